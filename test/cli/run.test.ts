/** `ringlens run`: the command keeps its input, its output and its exit status, as without ringlens. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TraceReport } from '../../agent/src/cli/trace-report.ts';
import { isOneSentence, runAgent } from '../support/run-agent.ts';
import {
  BUILD_MS,
  buildTargets,
  needsTracing,
  ownTarget,
  type Running,
  Sender,
  start,
  startRinglens,
  temporaryFolder,
} from '../support/targets.ts';
import { WsClient } from '../support/ws-client.ts';

beforeAll(buildTargets, BUILD_MS);

/** What a shell would say of how it ended. */
async function statusOf(running: Running): Promise<number | null> {
  const { code, signal } = await running.ended;
  return signal === null ? code : 128 + constants.signals[signal];
}

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Starts it, lets `act` drive it, and gives how it ended; a port is another one each time. */
async function outcome(running: Running, act: (running: Running) => Promise<unknown> = async () => {}): Promise<Outcome> {
  await act(running);
  running.child.stdin?.end();
  const status = await statusOf(running);
  return { status, stdout: running.stdout.replace(/port \d+/, 'port'), stderr: running.stderr };
}

const say = (text: string) => async (running: Running) => running.child.stdin?.write(text);
const echoed = async (running: Running) => new Sender('tcp', await running.port(), ['--messages', '20', '--echo']).all();

describe('a command under ringlens', () => {
  beforeEach(needsTracing);

  const commands: [string, string[], { code: number | null; signal: string | null }, ((running: Running) => Promise<unknown>)?][] = [
    ['that ends well', ['true'], { code: 0, signal: null }],
    ['that fails', ['sh', '-c', 'echo out; echo err >&2; exit 3'], { code: 3, signal: null }],
    ['that a signal ends', ['sh', '-c', 'echo out; kill -KILL $$'], { code: null, signal: 'SIGKILL' }],
    ['that reads its input', ['cat'], { code: 0, signal: null }, say('one\ntwo\n')],
    ['with arguments of all kinds', ['printf', '<%s>', '', 'a b', '$HOME', '--json', "it's"], { code: 0, signal: null }],
    [
      'that sees its descriptors',
      ['sh', '-c', 'for n in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$n ] && echo $n; done; true'],
      { code: 0, signal: null },
    ],
  ];

  it.each(commands)('%s', async (_, command, exit, act) => {
    const [program = '', ...args] = command;
    const alone = await outcome(start(program, args), act);
    const file = join(temporaryFolder(), 'report.json');
    const traced = await outcome(startRinglens(['run', '--headless', '--json', '-o', file, '--', ...command]), act);
    expect(traced).toEqual(alone);
    const report: TraceReport = JSON.parse(readFileSync(file, 'utf8'));
    expect(report).toMatchObject({ command: 'run', endedBy: 'exit', exit, rings: [], opcodes: {}, dropped: 0, target: { command } });
  });

  const endings: [string, string[], Partial<TraceReport['exit']>][] = [
    ['serves and ends', [], { code: 0 }],
    ['ends with a status of its own', ['--end', 'exit7'], { code: 7 }],
    ['aborts', ['--end', 'abort'], { signal: 'SIGABRT' }],
    ['crashes', ['--end', 'segv'], { signal: 'SIGSEGV' }],
  ];

  it.each(endings)('with a ring: %s', async (_, end, exit) => {
    const { path } = ownTarget('recv_tcp');
    const args = ['--echo', ...end];
    const alone = await outcome(start(path, args), echoed);
    const file = join(temporaryFolder(), 'report.json');
    const traced = await outcome(startRinglens(['run', '--headless', '--json', '-o', file, '--', path, ...args]), echoed);
    expect(traced).toEqual(alone);
    const report: TraceReport = JSON.parse(readFileSync(file, 'utf8'));
    expect(report).toMatchObject({ endedBy: 'exit', exit: { code: null, signal: null, ...exit }, dropped: 0 });
    expect(report.opcodes.RECV).toMatchObject({ submits: 1, fMore: 20, terminations: { EOF: 1 } });
  });

  it('that has no ring is told so, on standard error', async () => {
    const { status, stdout, stderr } = await outcome(startRinglens(['run', '--headless', '--', 'echo', 'out']));
    expect([status, stdout]).toEqual([0, 'out\n']);
    expect(stderr).toContain('It made no io_uring ring while it was traced.');
    expect(stderr).toMatch(/^Linux .* · echo \(process \d+\), exit status 0 · .* · ended by exit\n/);
  });

  it('gets the signal that ringlens gets', async () => {
    const script = 'sleep 1000 >/dev/null 2>&1 & trap "kill $!; echo caught; exit 5" TERM; echo ready; wait';
    const ringlens = startRinglens(['run', '--headless', '--', 'sh', '-c', script]);
    await ringlens.saw('stdout', /ready/);
    ringlens.child.kill('SIGTERM');
    expect(await statusOf(ringlens)).toBe(5);
    expect(ringlens.stdout).toBe('ready\ncaught\n');
  });

  it('has the page beside it: its target, and how it ended', async () => {
    const { path, comm } = ownTarget('recv_tcp');
    const ringlens = startRinglens(['run', '--port', '0', '--', path, '--echo', '--end', 'exit7']);
    const client = await WsClient.connect(await ringlens.saw('stderr', /live: (http:\S+)/));
    const { session, params } = await client.message('hello');
    expect(session).toMatchObject({ source: 'run', target: { name: comm, command: [path, '--echo', '--end', 'exit7'] }, features: null });
    expect(params).toBeNull();
    await echoed(ringlens);
    const { code, message } = await client.message('stopped');
    expect([code, message]).toEqual(['EENDED', `${comm} (process ${session.target?.pid}) ended with exit status 7.`]);
    expect(ringlens.isOver).toBe(false);
    ringlens.child.kill('SIGINT');
    expect(await statusOf(ringlens)).toBe(7);
    expect(ringlens.stdout).toMatch(/^port \d+\nmessages 20 [^\n]+\n$/);
  });
});

describe('trouble is one sentence', () => {
  const trouble = async (code: number, ...args: string[]) => {
    const ended = await runAgent('run', ...args);
    expect(ended).toMatchObject({ code, out: '' });
    expect(isOneSentence(ended.err), ended.err).toBe(true);
    return ended.err;
  };

  it('for a program that is not here, or that nobody may run', async () => {
    expect(await trouble(127, '--headless', '--', 'no-such-program-here')).toContain('There is no program "no-such-program-here" here');
    expect(await trouble(126, '--headless', '--', '/etc/passwd')).toContain('"/etc/passwd"');
    expect(await trouble(126, '--headless', '--', '/tmp')).toContain('"/tmp"');
  });

  it('for a report that is there already: it stays, and the command never runs', async () => {
    const folder = temporaryFolder();
    const [file, made] = [join(folder, 'report.json'), join(folder, 'made')];
    writeFileSync(file, 'mine');
    expect(await trouble(1, '--headless', '-o', file, '--', 'touch', made)).toContain('it exists already; choose another name');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(existsSync(made)).toBe(false);
    expect(await trouble(1, '--headless', '-o', join(folder, 'no/such'), '--', 'touch', made)).toContain('there is no such folder');
  });

  it('for a wrong command line', async () => {
    expect(await trouble(2)).toMatch(/missing required argument 'command'/);
    expect(await trouble(2, '-o', '/tmp/x', '--', 'true')).toMatch(/add --headless/);
    expect(await trouble(2, '--backend', 'bpf', '--', 'true')).toMatch(/tracefs, perf/);
    expect(await trouble(2, '--buffer', '1k', '--', 'true')).toMatch(/64k to 1G/);
  });
});
