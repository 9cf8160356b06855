/** How a trace of another process ends: with the process, however that ends, and never the other way round. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { MarkCode, Provenance } from '../../shared/schema/events.ts';
import { armedServer, isMore } from './attach-events.ts';
import { type Event, isKind, Traced } from './harness.ts';
import { BUILD_MS, buildWhereUseful, instances, needsTracing, start, traffic } from './tracer/harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

/** The stream ends with the end of the process: its rings closed, then the mark. */
function expectEnd(run: Traced, pid: number): void {
  expect(run.stopped).toEqual({ error: undefined });
  const [closed, mark] = run.events.slice(-2) as [Event, Event];
  expect(isKind(closed, 'ring_close')).toBe(true);
  expect(mark).toMatchObject({ a: MarkCode.processEnded, b: pid, provenance: Provenance.fdinfo });
  expect(run.kind('mark')).toEqual([mark]);
  for (let i = 1; i < run.events.length; i++) {
    expect((run.events[i] as Event).t).toBeGreaterThanOrEqual((run.events[i - 1] as Event).t);
  }
}

test.each([
  { end: 'exit7', code: 7, signal: null },
  { end: 'segv', code: null, signal: 'SIGSEGV' },
  { end: 'abort', code: null, signal: 'SIGABRT' },
])('the process ends by $end', async ({ end, code, signal }) => {
  const server = start('recv_tcp', ['--echo', '--end', end]);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('tcp', port, ['--messages', '30', '--echo']);
  await run.ended();
  expect(await server.ended).toEqual({ code, signal });
  expectEnd(run, server.child.pid as number);
  expect(run.count(isMore)).toBe(30);
  expect(instances(process.pid)).toEqual([]);
});

test('the process is killed with a recv in flight: its cancellation is in the stream', async () => {
  const { server, sender, pid } = await armedServer(['--echo'], ['--messages', '30', '--echo']);
  const run = new Traced([pid]);
  await sender.send();
  await run.until((r) => r.count(isMore) === 30);
  server.child.kill('SIGKILL');
  await run.ended();
  expectEnd(run, pid);
  expect(run.kind('complete').at(-1)).toMatchObject({ userData: 0x1000n, res: -125 }); // ECANCELED
});

test('of two processes each end is marked, and the last one ends the trace', async () => {
  const [a, b] = await Promise.all([armedServer([], ['--messages', '1']), armedServer([], ['--messages', '1'])]);
  const run = new Traced([a.pid, b.pid, a.pid]);
  a.server.child.kill('SIGKILL');
  await run.seen('mark', (e) => e.b === a.pid);
  expect(run.stopped).toBeUndefined();
  await b.sender.send();
  await run.until((r) => r.count(isMore) === 1);
  b.server.child.kill('SIGKILL');
  await run.ended();
  expect(run.kind('mark').map((e) => e.b)).toEqual([a.pid, b.pid]);
  // Everything can still be asked.
  expect(run.trace.rings().map((r) => r.pid)).toEqual([a.pid, b.pid]);
  expect(run.trace.stats().events).toBe(run.events.length);
  await run.close();
});

test('close and finish, again and again, while it starts to end by itself', async () => {
  const { server, pid } = await armedServer([], ['--messages', '1']);
  const run = new Traced([pid]);
  server.child.kill('SIGKILL');
  await Promise.all([run.trace.close(), run.trace.finish(), run.trace.close()]);
  expect(run.stopped).toEqual({ error: undefined });
  await run.trace.close();
  expect(run.trace.takeBlocks()).toEqual([]);
  expect(instances(process.pid)).toEqual([]);
});

test('a full ring of ours is told by dropped events, and counted', async () => {
  const server = start('recv_tcp', ['--echo']);
  const port = await server.port();
  const run = new Traced([server.child.pid as number], { eventRingEvents: 64 });
  await traffic('tcp', port, ['--messages', '3000', '--echo']);
  await run.ended();
  const stats = run.trace.stats();
  expect(stats.dropped).toBeGreaterThan(0);
  expect(run.kind('dropped').reduce((n, e) => n + e.a + e.b * 2 ** 32, 0)).toBe(stats.dropped);
  expect(stats.events).toBe(run.events.length);
});
