/** Recordings of real runs: what is in them is what the run itself counted, however they end. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { StatsReport } from '../../agent/src/cli/stats-report.ts';
import { openTraceSource } from '../../agent/src/trace/files.ts';
import { inflate } from '../../agent/src/trace/zlib.ts';
import { unpackBlock } from '../../shared/codec/block.ts';
import { UserDataDictionary } from '../../shared/codec/event-table.ts';
import { recordOf } from '../../shared/model/keyframe-record.ts';
import { RingModel } from '../../shared/model/ring-model.ts';
import { KEYFRAME_EVENTS } from '../../shared/timeline/event-store.ts';
import { readSeed } from '../../shared/timeline/seed-record.ts';
import { WholeIndex } from '../../shared/timeline/view-record.ts';
import { TraceFile } from '../../shared/trace-file/trace-file.ts';
import { needsRing } from '../support/needs-ring.ts';
import { isOneSentence, runAgent, spawnAgent } from '../support/run-agent.ts';

beforeEach(needsRing);

const folder = mkdtempSync(join(tmpdir(), 'ringlens-record-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const fresh = (): string => join(folder, `${++files}.ringlens`);

const statsOf = async (path: string): Promise<StatsReport> => {
  const { code, out, err } = await runAgent('stats', path, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
};

async function opened(path: string): Promise<TraceFile> {
  const source = await openTraceSource(path);
  onTestFinished(() => source.close());
  return TraceFile.open(source, inflate);
}

/** The numbers of a run, without what is told of the run itself. */
function counts(report: object): unknown {
  const {
    durationNs,
    multishot,
    single,
    total,
    replenished,
    connects,
    closes,
    overflowed,
    wakes,
    completions,
    reapBatches,
    pollArms,
    latencies,
    rings,
  } = report as StatsReport;
  return {
    durationNs,
    multishot,
    single,
    total,
    replenished,
    connects,
    closes,
    overflowed,
    wakes,
    completions,
    reapBatches,
    pollArms,
    latencies,
    rings,
  };
}

describe('a recording', () => {
  for (const [name, args] of [
    ['of bursts, with all of the kernel', []],
    ['of single shots, without the kernel', ['--mode', 'single', '--kernel', 'off']],
    ['of recvmsg over udp', ['--transport', 'udp', '--op', 'recvmsg', '--buffer-size', '256']],
    ['of bundles', ['--bundle']],
  ] as const) {
    it(`${name} gives the numbers of the run`, async () => {
      const path = fresh();
      const run = await runAgent('live', '--headless', '--json', '--duration', '600ms', '--record', path, ...args);
      expect(run.code).toBe(0);
      expect(run.err).toMatch(/^Recorded to \d+\.ringlens: \d+ events in \d+ bytes\.\n(The index of the recording is being made.*\n)?$/);
      const recorded = await statsOf(path);
      expect(counts(recorded)).toEqual(counts(JSON.parse(run.out)));
      expect(recorded).toMatchObject({ complete: true, trouble: [], source: 'live', dropped: 0 });
    });
  }

  it('has the state of the model at each of its keyframes, and an index of the whole', async () => {
    const path = fresh();
    // Enough events for some keyframes.
    const run = await runAgent(
      'live',
      '--headless',
      '--json',
      '--preset',
      'firehose',
      '--rate',
      '60000',
      '--duration',
      '2s',
      '--record',
      path,
    );
    expect(run.code).toBe(0);
    const trace = await opened(path);
    expect(trace.keys.length).toBeGreaterThan(1);
    const dictionary = new UserDataDictionary();
    const model = new RingModel(dictionary);
    const startNs = BigInt(trace.header.session.startNs);
    let number = 0;
    let key = 0;
    for (let part = 0; part < trace.parts.length; part++) {
      for (const block of await trace.blocks(part)) {
        const { table } = unpackBlock(block, dictionary, startNs);
        for (let i = 0; i < table.length; i++, number++) {
          if (number === trace.keys[key]?.number) {
            const own = new UserDataDictionary();
            const seed = readSeed(await trace.keyframe(key), own);
            expect(seed?.number).toBe(number);
            expect(recordOf((seed as { keyframe: ReturnType<RingModel['keyframe']> }).keyframe, own)).toEqual(
              recordOf(model.keyframe(), dictionary),
            );
            key++;
          }
          model.apply(table, i);
        }
      }
    }
    expect(key).toBe(trace.keys.length);
    expect(number).toBeGreaterThan(KEYFRAME_EVENTS);
    expect(model.snapshotConflicts).toBe(0);
    const bytes = await trace.view();
    const whole = bytes === null ? null : WholeIndex.read(bytes);
    expect(whole?.end).toBe(number);
    const { total } = JSON.parse(run.out) as StatsReport;
    expect(whole?.totals.total).toEqual(total);
  });

  it('is readable up to its last part when ringlens is killed, and says that it was cut off', async () => {
    const path = fresh();
    const agent = spawnAgent(['live', '--headless', '--duration', '60s', '--record', path]);
    // Until parts have been written: the header alone is smaller.
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!existsSync(path) || statSync(path).size < 40_000) return;
        watcher.close();
        resolve();
      };
      const watcher = watch(folder, look);
      look();
    });
    const before = statSync(path).size;
    agent.child.kill('SIGKILL');
    await agent.ended;
    const trace = await opened(path);
    expect(trace.isCut).toBe(true);
    expect(trace.trouble).toEqual(['The recording was cut off: its last moments may be missing.']);
    // Everything that was in the file is read.
    const last = trace.parts.at(-1);
    expect((last?.offset ?? 0) + (last?.stored ?? 0)).toBeGreaterThanOrEqual(before - 64 * 1024);
    const { code, out, err } = await runAgent('stats', path, '--json');
    expect(code).toBe(0);
    expect(err).toContain('cut off');
    expect(JSON.parse(out)).toMatchObject({ complete: false, trouble: trace.trouble });
    // No gap between two parts is longer than what may be lost.
    for (const [i, part] of trace.parts.entries())
      expect(part.seq).toBe(i === 0 ? 0n : (trace.parts[i - 1]?.seq ?? 0n) + BigInt(trace.parts[i - 1]?.count ?? 0));
    // An index can be added to it, and it stays cut off.
    expect((await runAgent('index', path)).code).toBe(0);
    const indexed = await opened(path);
    expect(await indexed.view()).not.toBeNull();
    expect(indexed.isCut).toBe(true);
    expect(indexed.parts.map(({ seq }) => seq)).toEqual(trace.parts.map(({ seq }) => seq));
  });

  it('never writes over a file unless it is told to', async () => {
    const path = fresh();
    writeFileSync(path, 'precious');
    const refused = await runAgent('live', '--headless', '--duration', '100ms', '--record', path);
    expect(refused.code).toBe(1);
    expect(isOneSentence(refused.err)).toBe(true);
    expect(refused.err).toContain('exists and is not written over');
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect((await runAgent('live', '--headless', '--duration', '100ms', '--record', path, '--force')).code).toBe(0);
    expect((await statsOf(path)).events).toBeGreaterThan(0);
  });

  it('says in a sentence why it can not begin', async () => {
    for (const [args, code, says] of [
      [['--record', join(folder, 'no', 'such', 'x.ringlens')], 1, 'its folder does not exist'],
      [['--force'], 2, '--record FILE'],
      [['--record', ''], 2, 'name of a file'],
    ] as const) {
      const ended = await runAgent('live', '--headless', '--duration', '100ms', ...args);
      expect(ended.code).toBe(code);
      expect(isOneSentence(ended.err)).toBe(true);
      expect(ended.err).toContain(says);
    }
  });

  it('stops where the disk is full; the run goes on and what is written is readable', async ({ skip }) => {
    const full = join(folder, 'full');
    mkdirSync(full);
    // Room for the first part, whose blocks have 1 MiB before they are deflated, and for little more.
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', full], { stdio: 'ignore' });
    } catch {
      skip('skipped, because a small file system can be mounted by root only');
    }
    onTestFinished(() => void execFileSync('umount', ['-l', full]));
    const path = join(full, 'a.ringlens');
    const run = await runAgent('live', '--headless', '--json', '--preset', 'firehose', '--duration', '5s', '--record', path);
    expect(run.code).toBe(0);
    expect(run.err).toContain('The disk is full: the recording has stopped, and what is written stays readable.');
    expect(JSON.parse(run.out).endedBy).toBe('duration');
    const trace = await opened(path);
    expect(trace.isCut).toBe(true);
    expect(trace.parts.length).toBeGreaterThan(0);
    expect(await trace.blocks(trace.parts.length - 1)).not.toEqual([]);
  });
});

describe('a trace on the command line', () => {
  it('is read from standard input too', async () => {
    const path = fresh();
    await runAgent('live', '--headless', '--duration', '200ms', '--record', path);
    const piped = execFileSync(process.execPath, ['dist/agent/main.js', 'stats', '-', '--json'], {
      input: readFileSync(path),
      encoding: 'utf8',
    });
    expect(counts(JSON.parse(piped))).toEqual(counts(await statsOf(path)));
  });

  it('that is none is refused in a sentence', async () => {
    const text = join(folder, 'text');
    writeFileSync(text, 'a,b,c\n1,2,3\n');
    const traced = join(folder, 'traced');
    writeFileSync(traced, '# tracer: nop\n');
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    for (const [path, says] of [
      [text, 'not a ringlens trace'],
      [traced, 'the text of tracefs: make a trace of it with "ringlens import"'],
      [empty, 'is empty'],
      [join(folder, 'missing'), 'does not exist'],
      [folder, 'is a folder'],
    ] as const) {
      for (const command of ['stats', 'replay', 'index']) {
        const { code, err } = await runAgent(command, path);
        expect(code).toBe(1);
        expect(isOneSentence(err), err).toBe(true);
        expect(err).toContain(says);
      }
    }
  });
});
