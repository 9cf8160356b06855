/** What is done by hand, on a real ring: each action gives exactly the CQEs that MULTISHOT.md tells of 6.18. */
import { afterEach, describe, expect, it } from 'vitest';
import { UserDataDictionary } from '../../shared/codec/event-table.ts';
import { RingModel } from '../../shared/model/ring-model.ts';
import { type HandAction, handActions, type Refusal, refusals } from '../../shared/schema/debug.ts';
import { BidState, Kind, MarkCode, OwnOp } from '../../shared/schema/events.ts';
import { CqeFlag, Errno, Opcode, SqeFlag } from '../../shared/schema/uapi.ts';
import type { WorkloadParams } from '../../shared/schema/workload-params.ts';
import { type Event, errorOf, isKind, isRecvReap, opOf, Run, slotOf } from './harness.ts';

const { F_BUFFER, F_MORE, F_SOCK_NONEMPTY } = CqeFlag;
const LONG = 10_000_000;
const silent = { connections: 2, buffers: 8, bufferSize: 64, traffic: false, hold: LONG, rearm: 'never', kernel: 'all' } as const;

let run: Run;
afterEach(() => run.close());

const act = (name: HandAction, target = 0, value = 0): void => run.workload.act({ action: handActions[name].code, target, value });
const refusalOf = (name: HandAction, target = 0, value = 0): string => errorOf(() => act(name, target, value)).code;

/** Connections open and silent, each with its recv handed in. */
async function quiet(params: Partial<WorkloadParams> = {}): Promise<void> {
  run = new Run({ ...silent, ...params });
  const { connections } = { ...silent, ...params };
  await run.until((r) => r.count((e) => isKind(e, 'submit') && opOf(e.userData) === OwnOp.recv) === connections);
  await run.until((r) => r.kind('mark').some((e) => e.a === MarkCode.loadStarted));
}

/** CQEs of a connection's recv, as [res, flags], when there are so many. */
async function cqesOf(slot: number, count: number): Promise<[number, number][]> {
  const of = (r: Run): Event[] => r.events.filter((e) => isRecvReap(e) && slotOf(e.userData) === slot);
  await run.until((r) => of(r).length >= count);
  return of(run).map((e) => [e.res, e.flags]);
}
const data = (bid: number, more: number = F_MORE): number => ((bid << 16) | F_BUFFER | more) >>> 0;

/** The state that the events give, after all of them. */
function model(): RingModel {
  const m = new RingModel(run.blocks[0]?.table.dictionary ?? new UserDataDictionary());
  for (const { table } of run.blocks) for (let i = 0; i < table.length; i++) m.apply(table, i);
  return m;
}
const seenSnapshots = (): number => run.kind('snapshot_end').length;
/** The next snapshot agrees with what the events gave. */
async function expectAgreed(): Promise<RingModel> {
  const before = seenSnapshots();
  await run.until((r) => r.kind('snapshot_end').length >= before + 2);
  const m = model();
  expect(m.snapshotConflicts).toBe(0);
  return m;
}

describe('the peer', () => {
  it('sends so many bytes: one CQE for each buffer that they fill', async () => {
    await quiet();
    act('send', 1, 100);
    expect(await cqesOf(1, 2)).toEqual([
      [64, data(0, F_MORE | F_SOCK_NONEMPTY)],
      [36, data(1)],
    ]);
    act('send', 0, 10);
    expect(await cqesOf(0, 1)).toEqual([[10, data(2)]]);
    expect(run.kind('send').map((e) => [e.a, e.res])).toEqual([
      [1, 100],
      [0, 10],
    ]);
    expect(refusalOf('send', 9, 1)).toBe('ENOCONN');
  });
  it('bursts on all connections', async () => {
    await quiet();
    act('burst', 0, 64);
    await cqesOf(0, 1);
    await cqesOf(1, 1);
    expect(run.events.filter(isRecvReap).map((e) => e.res)).toEqual([64, 64]);
  });
  it('shuts down: res 0 without F_BUFFER and F_MORE; another connects in its place', async () => {
    await quiet();
    act('send', 0, 4);
    await cqesOf(0, 1);
    act('shutdown', 0);
    const [, end] = await cqesOf(0, 2);
    expect(end).toEqual([0, F_SOCK_NONEMPTY]);
    await run.seen('close', (e) => e.a === 0);
    await run.seen('connect', (e) => e.a === 0, 2);
  });
  it('resets: ECONNRESET, flags 0', async () => {
    await quiet();
    act('reset', 1);
    expect(await cqesOf(1, 1)).toEqual([[-Errno.ECONNRESET, 0]]);
  });
  it('has no stream to end where there are datagrams', async () => {
    await quiet({ transport: 'udp' });
    expect(refusalOf('shutdown', 0)).toBe('EUNSUPPORTED');
    act('send', 0, 10);
    expect(await cqesOf(0, 1)).toEqual([[10, data(0)]]);
  });
});

describe('buffers', () => {
  it('give back one that is held, or all', async () => {
    await quiet();
    act('send', 0, 200);
    await cqesOf(0, 4);
    act('give-back', 2);
    await run.seen('replenish', (e) => e.a === 2 && e.userData !== 0n);
    expect(refusalOf('give-back', 2)).toBe('ENOTHELD');
    expect(refusalOf('give-back', 7)).toBe('ENOTHELD');
    act('give-back-all');
    await run.until((r) => r.kind('replenish').filter((e) => e.userData !== 0n).length === 4);
    const m = await expectAgreed();
    expect(m.group?.pickOrder()).toEqual([4, 5, 6, 7, 2, 0, 1, 3]);
  });
  it('a leaked one is not given back in its time, but by hand', async () => {
    await quiet({ hold: 20_000 });
    run.workload.pause();
    act('send', 0, 100);
    await run.until((r) => r.count((e) => isKind(e, 'complete') && e.res > 0) === 2);
    run.workload.step(3);
    await cqesOf(0, 2);
    act('leak', 1);
    expect(refusalOf('leak', 5)).toBe('ENOTHELD');
    run.workload.resume();
    await run.seen('replenish', (e) => e.a === 0 && e.userData !== 0n);
    expect((await expectAgreed()).group?.state[1]).toBe(BidState.held);
    act('give-back', 1);
    await run.seen('replenish', (e) => e.a === 1 && e.userData !== 0n);
  });
  it('given back twice: the kernel fills the same buffer again while the application holds it', async () => {
    await quiet();
    act('send', 0, 100);
    await cqesOf(0, 2);
    act('give-twice', 0);
    const again = await run.seen('replenish', (e) => e.a === 0 && e.flags === 1).then(() => run.kind('replenish').at(-1));
    expect(again).toMatchObject({ a: 0, flags: 1 });
    expect(model().group?.pickOrder()).toEqual([2, 3, 4, 5, 6, 7, 0, 0]);
    expect(model().group?.twice()).toEqual([0]);
    // Eight pieces: the six that were there, and the one that came back, twice.
    act('send', 0, 8 * 64);
    const cqes = await cqesOf(0, 10);
    expect(cqes.slice(2).map(([, flags]) => flags >>> 16)).toEqual([2, 3, 4, 5, 6, 7, 0, 0]);
    const m = await expectAgreed();
    expect(m.group?.doubleReplenish).toBe(1);
    expect(m.group?.doubleUse).toBe(1);
    expect(m.group?.free).toBe(0);
  });
  it('given back twice into a full ring: its entry is written over the next pick, which nobody has any more', async () => {
    await quiet();
    act('give-twice', 5);
    await run.seen('buffer_remove');
    expect(run.kind('buffer_remove')).toMatchObject([{ a: 0, flags: 1, userData: 5n }]);
    expect(model().group?.pickOrder()).toEqual([5, 1, 2, 3, 4, 5, 6, 7, 5]);
    act('send', 0, 9 * 64);
    const cqes = await cqesOf(0, 9);
    expect(cqes.map(([, flags]) => flags >>> 16)).toEqual([5, 1, 2, 3, 4, 5, 6, 7, 5]);
    await expectAgreed();
  });
  it('given back twice many times over, until entries of one that was given back twice are written over', async () => {
    await quiet();
    for (let i = 0; i < 20; i++) act('give-twice', i % 3);
    await run.until((r) => r.kind('replenish').filter((e) => e.flags === 1).length === 20);
    const order = model().group?.pickOrder() ?? [];
    expect(order.length).toBe(28);
    act('send', 0, 28 * 64);
    const cqes = await cqesOf(0, 28);
    expect(cqes.map(([, flags]) => flags >>> 16)).toEqual(order);
    await expectAgreed();
  });
  it('given back twice, seen without the kernel, and of a legacy group', async () => {
    await quiet({ kernel: 'off', bufferKind: 'legacy' });
    act('give-twice', 3);
    await run.seen('replenish', (e) => e.flags === 1);
    act('send', 0, 9 * 64);
    const cqes = await cqesOf(0, 9);
    expect(cqes.map(([, flags]) => flags >>> 16)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 3]);
    const m = await expectAgreed();
    expect(m.group?.doubleUse).toBe(1);
  });
  it.each([
    ['available', 0],
    ['held', 10],
  ])('given back twice when %s, and filled twice while nobody reaps', async (_, bytes) => {
    await quiet();
    if (bytes > 0) {
      act('send', 0, bytes);
      await cqesOf(0, 1);
    }
    run.workload.pause();
    act('give-twice', 0);
    act('send', 0, 9 * 64);
    await run.until((r) => r.count((e) => isKind(e, 'complete') && e.res === 64) === 9);
    const filled = await expectAgreed();
    expect(filled.group).toMatchObject({ nextPick: -1, free: 0, doubleReplenish: 1 });
    expect(filled.group?.state[0]).toBe(BidState.filled);
    run.workload.resume();
    const reaped = await cqesOf(0, 9 + Math.sign(bytes)).then(expectAgreed);
    expect(reaped.group?.state[0]).toBe(BidState.held);
    act('give-back', 0);
    await run.until((r) => r.kind('replenish').some((e) => e.a === 0 && e.flags === 0 && e.userData !== 0n));
    expect((await expectAgreed()).group?.pickOrder()).toEqual([0]);
  });
  it('removed from a ring when they would be given back, and added again', async () => {
    await quiet({ hold: 1000 });
    act('remove-buffers', 0, 3);
    act('send', 0, 4 * 64);
    await run.until((r) => r.kind('buffer_remove').length === 3);
    await run.until((r) => r.kind('replenish').filter((e) => e.userData !== 0n).length === 1);
    expect((await expectAgreed()).group?.free).toBe(5);
    expect(refusalOf('remove-buffers', 0, 6)).toBe('ENOBUFFERS');
    act('add-buffers', 0, 3);
    await run.until((r) => r.kind('replenish').length === 8 + 1 + 3);
    expect((await expectAgreed()).group?.free).toBe(8);
    expect(refusalOf('add-buffers', 0, 1)).toBe('ENOBUFFERS');
  });
  it('removed from a legacy group at once: REMOVE_BUFFERS', async () => {
    await quiet({ bufferKind: 'legacy' });
    act('remove-buffers', 0, 6);
    await run.until((r) => r.kind('buffer_remove').length === 6);
    const reap = run.events.find((e) => isKind(e, 'reap') && opOf(e.userData) === OwnOp.remove);
    expect(reap).toMatchObject({ res: 6, flags: 0 });
    act('send', 0, 3 * 64);
    expect(await cqesOf(0, 3)).toEqual([
      [64, data(6, F_MORE | F_SOCK_NONEMPTY)],
      [64, data(7, F_MORE | F_SOCK_NONEMPTY)],
      [-Errno.ENOBUFS, 0],
    ]);
    await expectAgreed();
  });
  it('can be looked at', async () => {
    await quiet();
    act('send', 0, 10);
    await cqesOf(0, 1);
    const content = run.workload.look(0);
    expect(content).toMatchObject({ held: true, userData: 0x1000n, filled: 10 });
    expect(Buffer.from(content.bytes.subarray(0, 10)).toString()).toBe('abcdefghij');
    expect(run.workload.look(7)).toMatchObject({ held: false, userData: 0n, filled: 0 });
    expect(errorOf(() => run.workload.look(8)).code).toBe('ENOBID');
  });
});

describe('requests', () => {
  it('a cancelled one: 0 for the cancel, ECANCELED and flags 0 for the recv', async () => {
    await quiet();
    act('cancel', 1);
    expect(await cqesOf(1, 1)).toEqual([[-Errno.ECANCELED, 0]]);
    await run.seen('reap', (e) => opOf(e.userData) === OwnOp.cancel);
    expect(run.events.find((e) => isKind(e, 'reap') && opOf(e.userData) === OwnOp.cancel)).toMatchObject({ res: 0, flags: 0 });
    expect(refusalOf('cancel', 1)).toBe('ENOTARMED');
    expect(refusalOf('cancel', 99)).toBe('ENOCONN');
  });
  it('a second multishot on the same socket: each piece of data goes to one of the two, the end to both', async () => {
    await quiet();
    act('arm-second', 0);
    await run.seen('poll_arm', (e) => slotOf(e.userData) >= 2048);
    expect(run.kind('connect').at(-1)).toMatchObject({ a: 2048, flags: 1 });
    expect(refusalOf('arm-second', 2048)).toBe('ENOCONN');
    act('send', 0, 10);
    await run.until((r) => r.events.filter(isRecvReap).length === 1);
    act('send', 0, 10);
    await run.until((r) => r.events.filter(isRecvReap).length === 2);
    expect(run.events.filter(isRecvReap).map((e) => [e.res, e.flags])).toEqual([
      [10, data(0)],
      [10, data(1)],
    ]);
    await expectAgreed();
    act('shutdown', 0);
    for (const slot of [0, 2048]) await run.seen('reap', (e) => isRecvReap(e) && slotOf(e.userData) === slot && e.res === 0);
    await run.seen('close', (e) => e.a === 0);
    await run.seen('close', (e) => e.a === 2048);
    await expectAgreed();
  });
  it('the full CQ: the data CQE that does not fit ends its multishot', async () => {
    await quiet({ sqEntries: 4, cqEntries: 8 });
    act('fill-cq');
    await run.seen('mark', (e) => e.a === MarkCode.stopped);
    act('send', 0, 10);
    await run.seen('cqe_overflow', (e) => e.res === 10);
    expect(run.events.find((e) => isKind(e, 'cqe_overflow') && e.res === 10)).toMatchObject({ flags: data(0, 0), userData: 0x1000n });
    run.workload.resume();
    expect(await cqesOf(0, 1)).toEqual([[10, data(0, 0)]]);
    expect(run.count((e) => isKind(e, 'reap') && opOf(e.userData) === OwnOp.nop)).toBe(8);
  });
});

describe('a request that the kernel refuses', () => {
  const submitted = (e: Event): boolean => isKind(e, 'submit') && slotOf(e.userData) === 2048;
  it.each(['no-buffer-select', 'waitall', 'ioprio', 'bundle-recvmsg', 'optlen'] satisfies Refusal[])(
    '%s: EINVAL at the door',
    async (what) => {
      await quiet();
      act('refuse', 0, refusals[what].code);
      expect(await cqesOf(2048, 1)).toEqual([[-Errno.EINVAL, 0]]);
      await run.seen('req_failed', (e) => slotOf(e.userData) === 2048);
      // Refused before it was submitted: no poll is armed, no file is taken.
      expect(run.kind('req_failed').filter((e) => slotOf(e.userData) === 2048)).toMatchObject([{ res: -Errno.EINVAL }]);
      expect(run.kind('poll_arm').filter((e) => slotOf(e.userData) === 2048)).toEqual([]);
      const sqe = run.events.find(submitted) as Event;
      expect(sqe.a & 0xff).toBe(what === 'bundle-recvmsg' ? Opcode.RECVMSG : Opcode.RECV);
      expect(((sqe.a >>> 8) & SqeFlag.BUFFER_SELECT) === 0).toBe(what === 'no-buffer-select');
      await run.seen('close', (e) => e.a === 2048);
    },
  );
  it('a length: this kernel refuses it, or takes it as the most bytes of a CQE', async () => {
    await quiet();
    act('refuse', 0, refusals.length.code);
    await run.until(
      (r) =>
        r.count(submitted) === 1 && r.count((e) => (isKind(e, 'poll_arm') || isKind(e, 'req_failed')) && slotOf(e.userData) === 2048) === 1,
    );
    if (run.kind('req_failed').length > 0) {
      expect(await cqesOf(2048, 1)).toEqual([[-Errno.EINVAL, 0]]);
      return;
    }
    act('cancel', 0);
    await cqesOf(0, 1);
    act('send', 0, 70);
    expect((await cqesOf(2048, 3)).map(([res]) => res)).toEqual([32, 32, 6]);
  });
});

it('what is done by hand stands in the stream', async () => {
  await quiet();
  act('send', 0, 10);
  await cqesOf(0, 1);
  act('give-back', 0);
  await run.seen('mark', (e) => e.a === MarkCode.handsOn);
  expect(run.kind('mark').filter((e) => e.a === MarkCode.handsOn)).toMatchObject([
    { kind: Kind.mark, b: handActions['give-back'].code, userData: 0n },
  ]);
});
