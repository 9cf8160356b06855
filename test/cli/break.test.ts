/** `ringlens live --headless --break`: a breakpoint ends the run, and says what it was hit at. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LiveReport } from '../../agent/src/cli/report.ts';
import type { StopJson } from '../../agent/src/cli/stop-report.ts';
import { openTraceSource } from '../../agent/src/trace/files.ts';
import { inflate } from '../../agent/src/trace/zlib.ts';
import { unpackBlock } from '../../shared/codec/block.ts';
import { type EventRecord, eventAt, UserDataDictionary } from '../../shared/codec/event-table.ts';
import { breakpointOf, stopReasonOf } from '../../shared/schema/debug.ts';
import { Kind, MarkCode } from '../../shared/schema/events.ts';
import { CqeFlag } from '../../shared/schema/uapi.ts';
import { TraceFile } from '../../shared/trace-file/trace-file.ts';
import { needsRing } from '../support/needs-ring.ts';
import { isOneSentence, runAgent, spawnAgent } from '../support/run-agent.ts';

beforeEach(needsRing);

const folder = mkdtempSync(join(tmpdir(), 'ringlens-break-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const live = (...args: string[]) => runAgent('live', '--headless', '--json', ...args);
/** The report of a run that a breakpoint ended. The time is only so that a breakpoint which is never hit ends, too. */
async function hit(...args: string[]): Promise<LiveReport & { stop: StopJson }> {
  const { code, out, err } = await live('--duration', '45s', ...args);
  expect(code, err).toBe(0);
  // Of a recording, where it is.
  if (!args.includes('--record')) expect(err).toBe('');
  const report: LiveReport = JSON.parse(out);
  expect(report.endedBy).toBe('breakpoint');
  expect(report.stop).toMatchObject({ breakpoint: { hits: expect.any(Number) }, reapedAfter: 0 });
  return report as LiveReport & { stop: StopJson };
}

describe('a breakpoint that is hit', () => {
  type Stopped = NonNullable<StopJson['event']>;
  const cases: [expression: string, args: string[], fits: (e: Stopped) => boolean][] = [
    ['!MORE', [], (e) => e.kind === 'reap' && (e.flags & CqeFlag.F_MORE) === 0 && !e.flagNames?.includes('F_MORE')],
    ['ENOBUFS', ['--kernel', 'off'], (e) => e.kind === 'reap' && e.res < 0 && e.errno === 'ENOBUFS' && e.bid === undefined],
    ['bid=5 cqe', ['--preset', 'steady'], (e) => e.kind === 'reap' && e.bid === 5 && e.flags >>> 16 === 5],
    ['conn=2 bytes>=10 SOCK_NONEMPTY', [], (e) => (BigInt(e.userData) & 0xfffn) === 2n && e.res >= 10],
    ['user_data=0x1003 kind=reap', ['--preset', 'steady'], (e) => e.userData === String(0x1003)],
    ['hold>5ms', ['--hold', '6ms'], (e) => e.kind === 'replenish' && e.flagNames === undefined],
    ['rearm', [], (e) => e.kind === 'submit' && e.request > 0],
    ['shot>100 !(free>500)', ['--preset', 'steady'], (e) => e.kind === 'reap'],
  ];
  it.each(cases)('%s', async (expression, args, fits) => {
    const { stop } = await hit('--break', expression, ...args);
    expect(stop.breakpoint).toEqual({ id: 1, text: expression, hits: expect.any(Number) });
    // SQEs that are prepared in one turn are handed in together, and each of them is asked about.
    if (stop.event?.kind !== 'submit') expect(stop.breakpoint.hits).toBe(1);
    expect(stop.event).not.toBeNull();
    expect(fits(stop.event as Stopped), JSON.stringify(stop.event)).toBe(true);
    expect(stop.cqes).toBeGreaterThan(0);
  });

  it.each([
    ['with the kernel as it comes', []],
    ['without the kernel', ['--kernel', 'off']],
  ])('at the full rate of the ring, %s: no CQE is reaped behind it', async (_, args) => {
    const { stop, params, total, dropped, reapBatches, bytesReceived } = await hit(
      '--preset',
      'firehose',
      '--break',
      'conn=2 res>0',
      ...args,
    );
    expect(params.rate).toBe(0);
    expect(stop.event).toMatchObject({ kind: 'reap', userData: String(0x1002), flagNames: expect.arrayContaining(['F_BUFFER']) });
    expect(stop.event?.res).toBeGreaterThan(0);
    expect(stop.reapedAfter).toBe(0);
    expect(dropped).toBe(0);
    expect(total.cqes).toBeGreaterThan(0);
    // The kernel goes on posting; seen from the application alone, no recv has more CQEs than were reaped.
    expect(reapBatches).toBeLessThanOrEqual(stop.cqes);
    if (params.kernel !== 'off') return;
    expect(total.cqes).toBeLessThanOrEqual(stop.cqes);
    expect(total.bytesReceived).toBe(bytesReceived);
  });

  it('of several, the one that was hit is named', async () => {
    const { stop } = await hit('--break', 'conn=4000', '--break', 'cause=ENOBUFS');
    expect(stop.breakpoint).toEqual({ id: 2, text: 'cause=ENOBUFS', hits: 1 });
    expect(stop.event?.errno).toBe('ENOBUFS');
  });

  it('needs no duration, and is told in the table', async () => {
    const { code, out, err } = await runAgent('live', '--headless', '--break', 'ENOBUFS');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/ended by breakpoint\n/);
    expect(out).toMatch(/^stopped by +breakpoint 1: ENOBUFS$/m);
    expect(out).toMatch(/^event +CQE at [\d.]+ ms, c\d+, user_data 0x100\d: res -105 \(ENOBUFS\), flags 0x0/m);
    expect(out).toMatch(/^CQEs reaped +[\d,]+ up to the hit, 0 behind it$/m);
  });

  it('is known without any event of the stream, too', async () => {
    const { stop, events } = await hit('--no-probe', '--kernel', 'off', '--break', 'ENOBUFS');
    expect(stop.event).toMatchObject({ kind: 'reap', errno: 'ENOBUFS' });
    expect(events).toBe(0);
  });

  it('and recorded: the trace ends at the stop, and opens', async () => {
    const path = join(folder, 'stop.ringlens');
    const { stop, total, replenished, events: counted } = await hit('--break', 'ENOBUFS', '--record', path);
    const source = await openTraceSource(path);
    onTestFinished(() => source.close());
    const file = await TraceFile.open(source, inflate);
    const dictionary = new UserDataDictionary();
    const events: EventRecord[] = [];
    for (let part = 0; part < file.parts.length; part++)
      for (const block of await file.blocks(part)) {
        const { table } = unpackBlock(block, dictionary, BigInt(file.header.session.startNs));
        for (let i = 0; i < table.length; i++) events.push(eventAt(table, i));
      }
    const at = events.findIndex((e) => e.kind === Kind.mark && e.a === MarkCode.stopped);
    const mark = events[at] as EventRecord;
    expect([stopReasonOf(mark.b), breakpointOf(mark.b)]).toEqual(['breakpoint', 1]);
    expect(String(mark.userData)).toBe(stop.event?.userData);
    expect(events[at - 1]).toMatchObject({ kind: Kind.reap, userData: mark.userData, res: stop.event?.res, t: stop.event?.t });
    // Behind it the kernel goes on; the application takes, hands in and gives nothing, and what takes the ring down is left out.
    const own = new Set<number>([Kind.reap, Kind.submit, Kind.replenish]);
    expect(events.slice(at).filter(({ kind }) => own.has(kind))).toEqual([]);
    const stats = await runAgent('stats', path, '--json');
    expect(stats.code).toBe(0);
    expect(JSON.parse(stats.out)).toMatchObject({ complete: true, trouble: [], total, replenished, events: counted });
    expect(events).toHaveLength(counted);
  });
});

describe('a breakpoint that is not hit', () => {
  it('is status 4 when the time is over, and no stop', async () => {
    const { code, out, err } = await live('--duration', '300ms', '--preset', 'steady', '--break', 'ENOBUFS', '--break', 'conn=4000');
    expect([code, err]).toEqual([4, '']);
    expect(JSON.parse(out)).toMatchObject({ endedBy: 'duration', stop: null, schema: 1 });
    const table = await runAgent('live', '--headless', '--duration', '100ms', '--break', 'conn=4000');
    expect(table.code).toBe(4);
    expect(table.out).toMatch(/^breakpoints +none was hit$/m);
  });

  it.each([
    ['SIGINT', 4],
    ['SIGTERM', 143],
  ] as const)('is no stop when a signal ends the run: %s, status %i', async (signal, status) => {
    // Its socket shows that it runs.
    const own = mkdtempSync(join(folder, 'socket-'));
    const appeared = once(watch(own), 'change');
    const args = ['--transport', 'unix', '--unix-path', join(own, 'socket'), '--break', 'conn=4000'];
    const agent = spawnAgent(['live', '--headless', '--json', ...args]);
    await Promise.race([appeared, agent.ended]);
    agent.child.kill(signal);
    const { code, out, err } = await agent.ended;
    expect([code, err]).toEqual([status, '']);
    expect(JSON.parse(out)).toMatchObject({ endedBy: signal, stop: null });
  });

  it('is not there: no stop in the report, and status 0', async () => {
    const { code, out } = await live('--duration', '100ms');
    expect(code).toBe(0);
    expect(JSON.parse(out)).not.toHaveProperty('stop');
  });
});

describe('what is no condition', () => {
  it.each([
    [['resl<0'], 'ringlens: --break "resl<0": There is no field "resl"; did you mean res?\n'],
    [['!MORE', 'filled>8'], /^ringlens: --break "filled>8": The reactor does not know filled at its own events/],
    [[''], /^ringlens: --break "": A breakpoint needs a condition/],
    [Array.from({ length: 65 }, () => 'MORE'), 'ringlens: --break: there can be no more than 64 breakpoints.\n'],
  ] as const)('%#: status 2 and a sentence', async (expressions, sentence) => {
    const { code, out, err } = await live('--duration', '45s', ...expressions.flatMap((text) => ['--break', text]));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(sentence);
    expect(isOneSentence(err), err).toBe(true);
  });
});
