/** `ringlens attach`: the process goes on when the look ends, and the look ends when the process does. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TraceReport } from '../../agent/src/cli/trace-report.ts';
import { Kind } from '../../shared/schema/events.ts';
import { traceInstances } from '../process/trace-instances.ts';
import {
  armed,
  BUILD_MS,
  buildTargets,
  needsTracing,
  ownTarget,
  type Running,
  Sender,
  start,
  startRinglens,
  traces,
} from '../support/targets.ts';
import { WsClient } from '../support/ws-client.ts';

beforeAll(buildTargets, BUILD_MS);
beforeEach(needsTracing);

const headless = ['--headless', '--json'];

/** A server with one armed recv, all of whose messages are still to come. */
async function armedServer(...more: string[]): Promise<{ server: Running; sender: Sender; comm: string }> {
  const { path, comm } = ownTarget('recv_tcp');
  const server = start(path, ['--echo', ...more]);
  const sender = new Sender('tcp', await server.port(), ['--messages', '40', '--echo']);
  await sender.connected();
  await armed(server.pid);
  return { server, sender, comm };
}

/** How ringlens ended, and its report; it says nothing else. */
async function reportOf(ringlens: Running, code = 0): Promise<TraceReport> {
  expect(await ringlens.ended).toEqual({ code, signal: null });
  expect(ringlens.stderr).toBe('');
  expect(traceInstances(ringlens.pid)).toEqual([]);
  return JSON.parse(ringlens.stdout);
}

const served = /^port \d+\nmessages 40 bytes 640 enobufs 0 overflows 0\n$/;

describe('the process goes on', () => {
  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 143],
  ] as const)('when %s ends the look', async (signal, code) => {
    const { server, sender } = await armedServer();
    const ringlens = startRinglens(['attach', `${server.pid}`, ...headless]);
    await traces(ringlens);
    ringlens.child.kill(signal);
    expect(await reportOf(ringlens, code)).toMatchObject({ command: 'attach', endedBy: signal, exit: null, dropped: 0 });
    await sender.all();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.stdout).toMatch(served);
  });

  it('when the time is over, in the middle of its work', async () => {
    const { server, sender } = await armedServer();
    const ringlens = startRinglens(['attach', `${server.pid}`, ...headless, '--duration', '300ms']);
    await traces(ringlens);
    await sender.send();
    expect(await reportOf(ringlens)).toMatchObject({ endedBy: 'duration', target: { pid: server.pid }, dropped: 0 });
    expect(server.isOver).toBe(false);
    await sender.end();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.stdout).toMatch(served);
  });
});

describe('the look ends with the process', () => {
  it.each([
    ['exits', [], { code: 0, signal: null }],
    ['exits with a status', ['--end', 'exit7'], { code: 7, signal: null }],
    ['aborts', ['--end', 'abort'], { code: null, signal: 'SIGABRT' }],
    ['crashes', ['--end', 'segv'], { code: null, signal: 'SIGSEGV' }],
  ] as const)('that %s', async (_, end, status) => {
    const { server, sender } = await armedServer(...end);
    const ringlens = startRinglens(['attach', `${server.pid}`, ...headless]);
    await traces(ringlens);
    await sender.all();
    expect(await server.ended).toEqual(status);
    const report = await reportOf(ringlens);
    expect(report).toMatchObject({ endedBy: 'exit', exit: null, dropped: 0 });
    expect(report.opcodes.RECV).toMatchObject({ submits: 0, fMore: 40, terminations: { EOF: 1 } });
  });

  it('that is killed with a recv in flight: the kernel cancels it', async () => {
    const { server, sender } = await armedServer();
    const ringlens = startRinglens(['attach', `${server.pid}`, ...headless]);
    await traces(ringlens);
    await sender.send();
    server.child.kill('SIGKILL');
    const report = await reportOf(ringlens);
    expect(report).toMatchObject({ endedBy: 'exit', dropped: 0 });
    expect(report.opcodes.RECV).toMatchObject({ fMore: 40, terminations: { ECANCELED: 1 } });
  });
});

describe('a process is found', () => {
  it('by its name, all of that name', async () => {
    const { path, comm } = ownTarget('recv_tcp');
    const servers = [start(path, ['--echo']), start(path, ['--echo'])];
    const senders = [];
    for (const server of servers) senders.push(new Sender('tcp', await server.port(), ['--messages', '40', '--echo']));
    for (const server of servers) await armed(server.pid);
    const ringlens = startRinglens(['attach', '--comm', comm, ...headless]);
    await traces(ringlens);
    for (const sender of senders) await sender.all();
    const report = await reportOf(ringlens);
    expect(report).toMatchObject({ endedBy: 'exit', target: { name: comm, command: [path, '--echo'] } });
    expect(report.rings.map(({ pid }) => pid).sort()).toEqual(servers.map(({ pid }) => pid).sort());
    expect(report.opcodes.RECV).toMatchObject({ fMore: 80, terminations: { EOF: 2 } });
    expect(report.rings.map(({ total }) => total.fMore)).toEqual([40, 40]);
  });

  it('before it has a ring, with --wait', async () => {
    const { path, comm } = ownTarget('recv_tcp');
    const server = start('sh', ['-c', 'read line; exec "$0" --echo', path]);
    const ringlens = startRinglens(['attach', `${server.pid}`, '--wait', ...headless]);
    await traces(ringlens);
    server.child.stdin?.write('go\n');
    await new Sender('tcp', await server.port(), ['--messages', '40', '--echo']).all();
    const report = await reportOf(ringlens);
    expect(report.rings).toEqual([expect.objectContaining({ pid: server.pid, created: true })]);
    expect(report.opcodes.RECV).toMatchObject({ submits: 1, pollArms: 1, fMore: 40, terminations: { EOF: 1 } });
    expect(server.stdout).toMatch(served);
    expect(comm).not.toBe('');
  });
});

describe('the page of a process', () => {
  it('says whose it is, shows its events, changes nothing, and stays when it has ended', async () => {
    const { server, sender, comm } = await armedServer();
    const ringlens = startRinglens(['attach', `${server.pid}`, '--port', '0']);
    const client = await WsClient.connect(await ringlens.saw('stdout', /live: (http:\S+)/));
    const { session, params, running } = await client.message('hello');
    expect(session).toMatchObject({ source: 'attach', target: { pid: server.pid, name: comm }, features: null, listen: '' });
    expect(session.target?.command.slice(1)).toEqual(['--echo']);
    expect(session.capabilities).toMatchObject({ probe: false, kernel: true, kernelScope: 'all', kernelMissing: '' });
    expect([params, running]).toEqual([null, true]);
    expect(ringlens.stdout).toContain(`It looks at ${comm} (process ${server.pid}) through ${session.capabilities.kernelBackend}.`);

    for (const request of [
      { type: 'configure', params: { connections: 2 } },
      { type: 'preset', name: 'steady' },
    ] as const) {
      const answer = await client.request(request);
      expect(answer).toMatchObject({ type: 'error', code: 'ENOTOURS', message: expect.stringMatching(/^[^\n]+\.$/) });
    }

    await sender.send();
    await client.event((e) => e.kind === Kind.complete && e.userData === 0x1000n);
    await sender.end();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(await client.message('stopped')).toMatchObject({ code: 'EENDED', message: `Process ${server.pid} (${comm}) has ended.` });
    expect(client.events((e) => e.kind === Kind.complete).length).toBe(41);
    expect(client.isUnbroken).toBe(true);

    // Who comes later sees the same.
    const late = await WsClient.connect(await ringlens.saw('stdout', /live: (http:\S+)/));
    expect(await late.message('hello')).toMatchObject({ running: false, params: null, session: { target: { name: comm } } });
    await late.message('stopped');
    await late.event((e) => e.kind === Kind.complete);
    ringlens.child.kill('SIGINT');
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(ringlens.stderr).toBe('');
  });
});
