/** Snapshots of the tracer: who begins to read there knows the rings and the recvs in flight. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { tableOf } from '../../shared/codec/event-table.ts';
import { RingModel } from '../../shared/model/ring-model.ts';
import { Kind, Provenance, SnapshotArmFlag } from '../../shared/schema/events.ts';
import { armedServer } from './attach-events.ts';
import { isKind, Traced } from './harness.ts';
import { BUILD_MS, buildWhereUseful, needsTracing, Sender, start } from './tracer/harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

/** The state of one who reads from the n-th snapshot on. */
function modelFrom(run: Traced, snapshot: number): RingModel {
  const begin = run.events.indexOf(run.kind('snapshot')[snapshot] as (typeof run.events)[number]);
  const table = tableOf(run.events.slice(begin));
  const model = new RingModel(table.dictionary);
  for (let i = 0; i < table.length; i++) model.apply(table, i);
  return model;
}

test('a reader that begins at a snapshot knows the rings and the recvs in flight', async () => {
  const server = start('recv_tcp', ['--connections', '3']);
  const port = await server.port();
  const pid = server.child.pid as number;
  const run = new Traced([pid]);
  const sender = new Sender('tcp', port, ['--connections', '3', '--messages', '5']);
  await sender.connected();
  // Armed, and quiet since.
  await run.seen('poll_arm', () => true, 3);
  const before = run.kind('snapshot').length;
  await run.until((r) => r.kind('snapshot_end').length >= before + 2);

  const model = modelFrom(run, before + 1);
  expect([...model.rings.values()].map(({ foreign, pid: of, fd, cqEntries, open }) => ({ foreign, of, fd, cqEntries, open }))).toEqual([
    { foreign: true, of: pid, fd: 3, cqEntries: 1024, open: true },
  ]);
  const submits = run.kind('submit');
  const lanes = model.lanes.map((l) => ({ fd: l?.fd, armed: l?.armed, multishot: l?.multishot, bgid: l?.bgid, request: l?.request }));
  expect(lanes.sort((a, b) => (a.request ?? 0) - (b.request ?? 0))).toEqual(
    submits.map((e) => ({ fd: e.res, armed: true, multishot: true, bgid: 7, request: e.request })),
  );
  // A block that holds one says so: the agent lets clients begin there.
  const withSnapshot = run.blocks.filter((b) => (b.header.flags & 2) !== 0);
  expect(withSnapshot.length).toBeGreaterThan(0);

  await sender.send();
  await sender.end();
  await run.ended();
  for (const e of run.events.filter((x) => isKind(x, 'snapshot_arm')))
    expect(e).toMatchObject({ provenance: Provenance.tracepoint, b: 7 << 16, flags: SnapshotArmFlag.armed | SnapshotArmFlag.multishot });
  expect(run.kind('ring_create').length).toBe(1);
  expect(run.trace.stats()).toMatchObject({ dropped: 0, kernelLost: 0 });
});

test('a ring that is closed and a recv that has ended are not restated', async () => {
  const server = start('rings', ['--connections', '2']);
  const port = await server.port();
  const run = new Traced([server.child.pid as number], { sampleIntervalMs: 5 });
  const first = new Sender('tcp', port, ['--messages', '5']);
  await first.connected();
  await first.send();
  await first.end();
  await run.seen('ring_close');
  const closed = run.kind('ring_close')[0]?.ring;
  const before = run.kind('snapshot').length;
  await run.until((r) => r.kind('snapshot_end').length >= before + 2);
  const begin = run.events.findLastIndex((e) => e.kind === Kind.snapshot);
  const restated = run.events.slice(begin);
  expect(restated.filter((e) => isKind(e, 'ring_create') || isKind(e, 'snapshot_arm')).filter((e) => e.ring === closed)).toEqual([]);
  expect(restated.filter((e) => isKind(e, 'ring_create')).length).toBe(1);
  await run.close();
  server.child.kill('SIGKILL');
});

test('a recv that was armed before the trace is restated once it has shown itself', async () => {
  const { server, sender, pid } = await armedServer([], ['--messages', '3', '--gap', '1000']);
  const run = new Traced([pid]);
  await sender.send();
  await run.seen('request_found');
  const before = run.kind('snapshot').length;
  await run.until((r) => r.kind('snapshot_end').length >= before + 2);
  const model = modelFrom(run, before + 1);
  expect(model.lanes.map((l) => [l?.armed, l?.multishot, l?.fd])).toEqual([[true, true, run.kind('request_found')[0]?.res]]);
  await sender.end();
  await run.ended();
  expect((await server.ended).code).toBe(0);
});
