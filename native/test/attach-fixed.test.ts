/** Requests on registered files: the index stands for the fd, and the request word says so. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { Kind, SnapshotArmFlag } from '../../shared/schema/events.ts';
import { Opcode, SqeFlag } from '../../shared/schema/uapi.ts';
import { armedServer, fdOf, isMore, wordOf } from './attach-events.ts';
import { type Event, isKind, Traced } from './harness.ts';
import { BUILD_MS, buildWhereUseful, needsTracing, start, traffic } from './tracer/harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

const connections = 3;
const many = ['--connections', String(connections)];
const fixed = { opcode: Opcode.RECV, multishot: true, older: false, ambiguous: false, fixedFile: true };
const indexOf = (e: Event) => Number(e.userData - 0x1000n);
const plain = [Kind.poll_arm, Kind.wake, Kind.complete, Kind.cqe_overflow] as number[];
const plainOf = (run: Traced) => run.events.filter((e) => plain.includes(e.kind));

test('every event of the request has the index', async () => {
  const server = start('recv_tcp', ['--fixed', ...many]);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('tcp', port, [...many, '--messages', '20']);
  await run.ended();
  expect((await server.ended).code).toBe(0);
  expect(run.kind('file_get')).toEqual([]); // it is resolved already
  for (const e of run.kind('submit')) expect((e.a >>> 8) & 0xff).toBe(SqeFlag.FIXED_FILE | SqeFlag.BUFFER_SELECT);
  expect(new Set(plainOf(run).map((e) => e.kind)).size).toBeGreaterThanOrEqual(3);
  for (const e of plainOf(run)) expect([wordOf(e), fdOf(e)]).toEqual([fixed, indexOf(e)]);
});

test('CQEs that found the CQ full too; where the SQE was written over there is no index', async () => {
  const small = ['--buffers', '8', '--size', '16', '--sq', '2', '--cq', '4', '--lazy', '20'];
  const server = start('recv_tcp', ['--fixed', ...many, ...small]);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('tcp', port, [...many, '--messages', '20', '--size', '64']);
  await run.ended();
  expect((await server.ended).code).toBe(0);
  expect(run.kind('cqe_overflow').length).toBeGreaterThan(0);
  for (const e of plainOf(run)) {
    expect(wordOf(e)).toEqual(fixed);
    expect([indexOf(e), -1]).toContain(fdOf(e));
  }
});

test('of requests that are older than the trace the SQE memory tells it, and a snapshot restates it', async () => {
  const { server, sender, pid } = await armedServer(['--fixed', ...many], [...many, '--messages', '5'], connections);
  const run = new Traced([pid]);
  await sender.send();
  await run.until((r) => new Set(r.events.filter(isMore).map((e) => e.userData)).size === connections);
  const from = run.events.length;
  await run.until((r) => r.events.slice(from).some((e) => isKind(e, 'snapshot_end')));
  const armed = new Set(run.events.slice(from).filter((e) => isKind(e, 'snapshot_arm')));
  expect([...armed].map(indexOf).sort()).toEqual([0, 1, 2]);
  for (const e of armed) {
    const flags = SnapshotArmFlag.armed | SnapshotArmFlag.multishot | SnapshotArmFlag.fixedFile;
    expect(e).toMatchObject({ res: indexOf(e), flags, b: 7 << 16 });
  }
  await sender.end();
  await run.ended();
  expect((await server.ended).code).toBe(0);
  for (const e of plainOf(run)) expect([wordOf(e), fdOf(e)]).toEqual([{ ...fixed, older: true }, indexOf(e)]);
  expect(run.kind('request_found').map(indexOf).sort()).toEqual([0, 1, 2]);
  // What is restated is not counted again.
  const { events, kernelEvents } = run.trace.stats();
  expect(events).toBe(run.events.length);
  let restated = 0;
  for (const e of run.kind('snapshot')) restated += e.a + 2;
  const sampled = ['ring_state', 'ring_close', 'group_state', 'group_register', 'replenish', 'mark'] as const;
  expect(kernelEvents).toBe(run.events.length - restated - run.count((e) => sampled.some((k) => isKind(e, k))));
});
