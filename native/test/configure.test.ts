/** Parameters of a running workload: live changes, new rings, and what stays as it was. */
import { describe, expect, test } from 'vitest';
import { MarkCode, OwnOp } from '../../shared/schema/events.ts';
import { Opcode } from '../../shared/schema/uapi.ts';
import { defaultParams, type ParamName, paramNames, type WorkloadParams, workloadParams } from '../../shared/schema/workload-params.ts';
import { type Event, errorOf, isKind, isRecvReap, opOf, Run } from './harness.ts';
import { armsOf, checkBuffers, checkSnapshots, checkTotals } from './laws.ts';

const base: WorkloadParams = { ...defaultParams, connections: 3, buffers: 64, bufferSize: 256, rate: 4000, burst: 4, hold: 100 };
const isSetting = (name: ParamName, value: number) => (e: Event) => e.a === paramNames.indexOf(name) && e.userData === BigInt(value);
const open = (r: Run): number => r.kind('connect').length - r.kind('close').length;

test('a change is told as a setting event, only the one that changed', async () => {
  const run = new Run(base);
  await run.until((r) => r.count(isRecvReap) > 50);
  const before = run.kind('setting').length;
  expect(before).toBe(paramNames.length);
  run.workload.configure({ ...base, rate: 9000 });
  await run.seen('setting', isSetting('rate', 9000));
  expect(run.kind('setting').length).toBe(before + 1);
  const stats = await run.finish();
  checkTotals(run, stats);
});

describe.each(workloadParams.transport.values)('connections over %s', (transport) => {
  test('come and go while the workload runs', async () => {
    const params = { ...base, transport };
    const run = new Run(params);
    await run.until((r) => open(r) === 3);
    run.workload.configure({ ...params, connections: 7 });
    await run.until((r) => open(r) === 7);
    run.workload.configure({ ...params, connections: 2 });
    await run.until((r) => open(r) === 2);
    const slots = run
      .kind('close')
      .map((e) => e.a)
      .sort();
    expect(slots).toEqual([2, 3, 4, 5, 6]);
    run.workload.configure({ ...params, connections: 4 });
    await run.until((r) => open(r) === 4);
    // Every slot that came again has the next epoch.
    const again = run
      .kind('connect')
      .filter((e) => e.a === 2 || e.a === 3)
      .map((e) => Number(e.userData >> 16n));
    expect(again.sort()).toEqual([0, 0, 1, 1]);
    const from = run.events.length;
    await run.until((r) =>
      [0, 1, 2, 3].every((slot) => r.events.slice(from).some((e) => isRecvReap(e) && Number(e.userData & 0xfffn) === slot)),
    );
    const stats = await run.finish();
    expect(stats.connections).toBe(0);
    checkTotals(run, stats);
    checkBuffers(run);
    armsOf(run.events);
  });
});

test('the load can be switched off and on', async () => {
  const run = new Run(base);
  const marks = (code: number) => run.kind('mark').filter((e) => e.a === code).length;
  await run.until(() => marks(MarkCode.loadStarted) === 1);
  run.workload.configure({ ...base, load: false });
  await run.until((r) => marks(MarkCode.loadStopped) === 1 && open(r) === 0);
  run.workload.configure(base);
  await run.until((r) => marks(MarkCode.loadStarted) === 2 && open(r) === 3);
  const stats = await run.finish();
  expect(stats.bytesReceived).toBe(stats.bytesSent);
});

test('a held bid is never given back early, also when hold changes', async () => {
  const long = { ...base, hold: 4000, buffers: 256 };
  const run = new Run(long);
  await run.until((r) => r.kind('replenish').length > 256 + 300);
  const at = run.events.length;
  run.workload.configure({ ...long, hold: 50 });
  await run.until((r) => r.events.slice(at).filter((e) => isKind(e, 'replenish')).length > 600);
  await run.finish();
  const taken = new Map<number, number>();
  const holds: number[] = [];
  for (const e of run.events) {
    if (isRecvReap(e) && (e.flags & 1) !== 0 && e.res > 0) taken.set(e.flags >>> 16, e.t);
    if (isKind(e, 'replenish') && e.userData !== 0n) holds.push(e.t - (taken.get(e.a) as number));
  }
  const changed = holds.findIndex((h) => h < 4_000_000);
  expect(changed).toBeGreaterThan(250);
  expect(holds.every((h) => h >= 50_000)).toBe(true);
});

test('echo can be switched on and off', async () => {
  const run = new Run(base);
  run.workload.configure({ ...base, app: 'echo' });
  await run.seen('reap', (e) => opOf(e.userData) === OwnOp.send && e.res > 0, 20);
  run.workload.configure(base);
  const stats = await run.finish();
  checkTotals(run, stats);
  checkBuffers(run);
});

test('rearm: connections that ended under never are armed under when-free', async () => {
  const dry: WorkloadParams = { ...base, buffers: 4, bufferSize: 16, rearm: 'never', hold: 1000 };
  const run = new Run(dry);
  await run.until((r) => r.count((e) => isRecvReap(e) && e.res === -105) === 3);
  run.workload.configure({ ...dry, rearm: 'when-free' });
  await run.until((r) => r.count((e) => isRecvReap(e) && e.res === -105) > 6);
  const stats = await run.finish();
  expect(stats.bytesReceived).toBe(stats.bytesSent);
});

test('a new ring: everything of the old one is closed first, and the address stays', async () => {
  const run = new Run(base);
  await run.until((r) => r.count(isRecvReap) > 50);
  const address = run.workload.listen;
  run.workload.configure({ ...base, mode: 'single', buffers: 128, deferTaskrun: true });
  expect(run.workload.listen).toBe(address);
  await run.until((r) => r.count((e) => isRecvReap(e) && e.ring === 2) > 50);
  run.workload.configure({ ...base, op: 'recvmsg', bufferKind: 'legacy' });
  await run.until((r) => r.count((e) => isRecvReap(e) && e.ring === 3) > 50);
  const stats = await run.finish();
  for (const ring of [1, 2, 3]) {
    const kinds = run.events.filter((e) => e.ring === ring && e.thread === 1);
    const at = (kind: 'ring_create' | 'group_register' | 'group_unregister' | 'ring_close') => kinds.findIndex((e) => isKind(e, kind));
    expect(at('ring_create')).toBe(0);
    expect(at('group_register')).toBe(1);
    expect(at('ring_close')).toBe(kinds.length - 1);
    expect(at('group_unregister')).toBe(kinds.length - 2);
    // In the end the load closes its streams itself, and the ring goes a little later.
    if (ring < 3) expect(kinds.findLastIndex((e) => isKind(e, 'close'))).toBe(kinds.length - 3);
    expect(kinds.filter((e) => isKind(e, 'setting')).length).toBe(paramNames.length);
    expect(kinds.filter((e) => isKind(e, 'connect')).length).toBe(kinds.filter((e) => isKind(e, 'close')).length);
  }
  // Every request of every ring got its last CQE before its ring went.
  expect(armsOf(run.events).filter((a) => ((a.reaps.at(-1)?.flags ?? 2) & 2) !== 0)).toEqual([]);
  checkBuffers(run);
  expect(checkSnapshots(run)).toBeGreaterThanOrEqual(3);
  expect(stats.cqes).toBe(run.kind('reap').length);
});

test('every transport after every other, on one workload', async () => {
  const run = new Run(base);
  let ring = 1;
  for (const transport of ['udp', 'unix', 'udp', 'tcp', 'unix', 'tcp'] as const) {
    run.workload.configure({ ...base, transport });
    ring++;
    expect(run.workload.listen.startsWith('127.0.0.1:')).toBe(transport !== 'unix');
    await run.until((r) => r.count((e) => isRecvReap(e) && e.ring === ring) > 20);
  }
  await run.finish();
  checkBuffers(run);
  expect(run.stopped?.error).toBeUndefined();
});

test('the probe can be switched off and on; totals go on', async () => {
  const run = new Run(base);
  await run.until((r) => r.count(isRecvReap) > 20);
  run.workload.configure({ ...base, probe: false });
  run.workload.configure(base);
  await run.until((r) => r.count((e) => isRecvReap(e) && e.ring === 3) > 20);
  expect(run.events.some((e) => e.ring === 2)).toBe(false);
  const stats = await run.finish();
  expect(stats.events).toBe(run.events.length);
  expect(stats.cqes).toBeGreaterThanOrEqual(run.kind('reap').length);
});

test('what is refused changes nothing', async () => {
  const run = new Run(base);
  await run.seen('connect');
  for (const bad of [{ buffers: 12 }, { rate: -1 }, { bundle: true, op: 'recvmsg' as const }, { sqpoll: true, deferTaskrun: true }]) {
    expect(errorOf(() => run.workload.configure({ ...base, ...bad }))).toMatchObject({ code: 'EINVALIDPARAM' });
  }
  expect(errorOf(() => run.workload.configure({} as WorkloadParams))).toMatchObject({ code: 'EINVALIDPARAM' });
  const settings = run.kind('setting').length;
  await run.finish();
  expect(run.kind('setting').length).toBe(settings);
  expect(errorOf(() => run.workload.configure(base))).toMatchObject({ code: 'ESRCH' });
});

test('the same seed sends the same messages over the same connections', async () => {
  const sends = async (seed: number): Promise<string[]> => {
    const run = new Run({ ...base, buffers: 1024, hold: 0, rate: 5000, burst: 5, traceSends: true, seed });
    await run.seen('send', () => true, 200);
    await run.finish();
    return run
      .kind('send')
      .slice(0, 200)
      .map((e) => `${e.a}:${e.res}`);
  };
  const first = await sends(42);
  expect(await sends(42)).toEqual(first);
  expect(await sends(43)).not.toEqual(first);
  expect(new Set(first.map((s) => s.split(':')[0])).size).toBe(3);
});

test('sends and receives are in time order, the send first', async () => {
  const run = new Run({ ...base, connections: 1, burst: 1, rate: 500, traceSends: true });
  await run.seen('send', () => true, 30);
  const stats = await run.finish();
  checkTotals(run, stats);
  let sent = 0;
  let received = 0;
  for (const e of run.events) {
    if (isKind(e, 'send')) sent += e.res;
    if (isRecvReap(e)) received += Math.max(0, e.res);
    expect(received).toBeLessThanOrEqual(sent);
  }
  expect(run.count((e) => isKind(e, 'submit') && (e.a & 0xff) === Opcode.RECV)).toBe(1);
});
