/** The debugger of the reactor, on a real ring: stops, steps, breakpoints. */
import { afterEach, describe, expect, it } from 'vitest';
import { compileBreakpoint } from '../../shared/filter/lower.ts';
import { breakpointOf, handActions, StopReason, stepUnits } from '../../shared/schema/debug.ts';
import { Kind, MarkCode } from '../../shared/schema/events.ts';
import { CqeFlag, Errno } from '../../shared/schema/uapi.ts';
import { defaultParams } from '../../shared/schema/workload-params.ts';
import { type Event, isKind, isRecv, isRecvReap, Run } from './harness.ts';
import { checkLaws, checkSnapshots } from './laws.ts';

const isMark = (code: number) => (e: Event) => isKind(e, 'mark') && e.a === code;
const isStop = isMark(MarkCode.stopped);
const isResume = isMark(MarkCode.resumed);
const breakpoint = (expression: string, more: { id?: number; enabled?: boolean; ignore?: number } = {}) => ({
  id: 1,
  enabled: true,
  ignore: 0,
  ...more,
  program: compileBreakpoint(expression),
});

const full = { connections: 4, buffers: 256, bufferSize: 256, messageMin: 64, messageMax: 64, rate: 0, hold: 0, kernel: 'off' } as const;
const busy = { connections: 4, buffers: 32, bufferSize: 64, messageMin: 20, messageMax: 400, rate: 2000, hold: 1000 } as const;

let run: Run;
afterEach(() => run.close());

/** Events behind the newest stop. */
const behindStop = (): Event[] => run.events.slice(run.events.findLastIndex(isStop) + 1);

describe('pause', () => {
  it('reaps nothing more at full speed, while the kernel fills the CQ; and goes on without a loss', async () => {
    run = new Run({ ...full, kernel: 'all', rate: 20_000 });
    await run.until((r) => r.count(isRecvReap) > 2000);
    run.workload.pause();
    const { stop, stopped } = run.workload.debugState();
    expect(stopped).toBe(true);
    expect(stop?.reason).toBe(StopReason.pause);
    await run.until((r) => r.count(isStop) === 1);
    // The kernel goes on posting until the group is empty.
    await run.until(() => behindStop().some((e) => isKind(e, 'complete') && e.res === -Errno.ENOBUFS));
    expect(run.workload.debugState().cqes).toBe(stop?.cqes);
    expect(behindStop().filter((e) => isKind(e, 'reap'))).toEqual([]);
    await run.until(() => behindStop().some((e) => isKind(e, 'ring_state') && e.userData >> 32n > (e.userData & 0xffffffffn)));
    run.workload.resume();
    const reaped = run.count(isRecvReap);
    await run.until((r) => r.count(isRecvReap) > reaped + 2000);
    const stats = await run.finish();
    expect(stats.bytesReceived).toBe(stats.bytesSent);
    checkLaws(run, stats);
  });
  it('of ten seconds under full load loses nothing that the kernel did not drop, and the overflow of the CQ is told', async () => {
    run = new Run({ ...full, buffers: 1024, kernel: 'arms', cqEntries: 64, sqEntries: 64 });
    await run.until((r) => r.count(isRecvReap) > 5000);
    run.workload.pause();
    await run.until((r) => r.count(isStop) === 1);
    // A snapshot a second is written while it stands.
    await run.until(() => behindStop().filter((e) => isKind(e, 'snapshot_end')).length >= 11);
    const [first, last] = [run.events.find(isStop), run.events.at(-1)];
    expect((last?.t ?? 0) - (first?.t ?? 0)).toBeGreaterThan(10e9);
    expect(behindStop().filter((e) => isKind(e, 'reap'))).toEqual([]);
    // The CQ is full, or what did not fit waits on the kernel's list: then its requests have ended, and the CQ was emptied since.
    const { waiting, overflowed } = run.workload.debugState();
    expect(waiting === 64 || overflowed).toBe(true);
    // Each CQE that found the CQ full is told.
    expect(run.count((e) => isKind(e, 'cqe_overflow'))).toBeGreaterThan(0);
    run.workload.resume();
    const stats = await run.finish();
    expect(stats.bytesReceived).toBe(stats.bytesSent);
    expect(stats.dropped).toBe(0);
    expect(checkSnapshots(run)).toBeGreaterThan(10);
  });
  it('is over when the workload ends', async () => {
    run = new Run(busy);
    await run.seen('reap');
    run.workload.pause();
    run.workload.pause();
    const stats = await run.finish();
    expect(stats.bytesReceived).toBe(stats.bytesSent);
    expect(() => run.workload.pause()).toThrow('The workload has ended; start it again.');
  });
  it.each([
    ['DEFER_TASKRUN', { deferTaskrun: true }],
    ['COOP_TASKRUN', { coopTaskrun: true }],
    ['SQPOLL', { sqpoll: true }],
    ['single shot', { mode: 'single' }],
    ['recvmsg over UDP', { op: 'recvmsg', transport: 'udp', bufferSize: 512 }],
  ] as const)('with %s: the kernel goes on, nothing is reaped, and it ends in order', async (_, params) => {
    run = new Run({ ...busy, kernel: 'all', ...params });
    await run.until((r) => r.count(isRecvReap) > 100);
    run.workload.pause();
    await run.until((r) => r.count(isStop) === 1);
    const { stop } = run.workload.debugState();
    await run.until(() => behindStop().some((e) => isKind(e, 'ring_state') && e.userData >> 32n > (e.userData & 0xffffffffn)));
    expect(run.workload.debugState().cqes).toBe(stop?.cqes);
    expect(behindStop().filter((e) => isKind(e, 'reap'))).toEqual([]);
    run.workload.resume();
    const stats = await run.finish();
    if (!('transport' in params)) expect(stats.bytesReceived).toBe(stats.bytesSent);
    expect(stats.dropped).toBe(0);
    expect(checkSnapshots(run)).toBeGreaterThan(0);
  });
  it('takes a new ring meanwhile', async () => {
    run = new Run(busy);
    await run.seen('reap');
    run.workload.pause();
    run.workload.configure({ ...defaultParams, ...busy, buffers: 64 });
    await run.until((r) => r.kind('group_register').some((e) => e.b === 64));
    expect(run.workload.debugState().stopped).toBe(true);
    run.workload.resume();
    await run.until(() => run.events.slice(run.events.findLastIndex(isResume)).some(isRecvReap));
  });
});

describe('step', () => {
  const stepTo = async (unit: keyof typeof stepUnits): Promise<Event[]> => {
    const stops = run.count(isStop);
    run.workload.step(stepUnits[unit].code);
    await run.until((r) => r.count(isStop) === stops + 1);
    const from = run.events.findLastIndex(isResume);
    return run.events.slice(from).filter(isRecvReap);
  };
  it('reaps one CQE of a recv, those of one recv that stand together, or up to an end', async () => {
    run = new Run({ ...busy, buffers: 8, burst: 6 });
    await run.seen('reap');
    run.workload.pause();
    await run.until((r) => r.count(isStop) === 1);
    for (let i = 0; i < 20; i++) expect(await stepTo('cqe')).toHaveLength(1);
    for (let i = 0; i < 5; i++) {
      const reaped = await stepTo('wake');
      expect(new Set(reaped.map((e) => e.userData)).size).toBe(1);
    }
    for (let i = 0; i < 3; i++) {
      const reaped = await stepTo('end');
      expect(reaped.filter((e) => (e.flags & CqeFlag.F_MORE) === 0)).toEqual([reaped.at(-1)]);
    }
    const turn = await stepTo('turn');
    expect(new Set(turn.map((e) => e.t)).size).toBeLessThanOrEqual(1);
    expect(run.workload.debugState().stop?.reason).toBe(StopReason.step);
    checkLaws(run, await run.finish());
  });
});

describe('slow motion', () => {
  it('reaps no more recv CQEs a second than wished', async () => {
    run = new Run({ ...busy, reapRate: 200 });
    await run.until((r) => r.count(isRecvReap) > 60);
    const times = run.events.filter(isRecvReap).map((e) => e.t);
    for (let i = 1; i < times.length; i++) expect((times[i] as number) - (times[i - 1] as number)).toBeGreaterThanOrEqual(1e9 / 200);
  });
});

describe('a breakpoint', () => {
  it('stops at full speed with no CQE reaped behind its own', async () => {
    run = new Run(full);
    await run.until((r) => r.count(isRecvReap) > 5000);
    run.workload.setBreakpoints([breakpoint('conn=2 cqe', { id: 7, ignore: 1000 })]);
    await run.until((r) => r.count(isStop) === 1);
    const { stop, cqes, hits } = run.workload.debugState();
    expect(stop).toMatchObject({ reason: StopReason.breakpoint, breakpoint: 7, event: { kind: Kind.reap } });
    expect(Number((stop?.event?.userData ?? 0n) & 0xfffn)).toBe(2);
    expect(cqes).toBe(stop?.cqes);
    expect(hits).toEqual([{ id: 7, hits: 1001 }]);
    expect(breakpointOf((run.events.find(isStop) as Event).b)).toBe(7);
    // The mark stands right behind the CQE, and no other is reaped while the kernel fills the CQ.
    await run.until(() => behindStop().some((e) => isKind(e, 'ring_state')));
    const at = run.events.findIndex(isStop);
    expect(run.events[at - 1]).toMatchObject({ kind: Kind.reap, userData: stop?.event?.userData });
    expect(behindStop().filter((e) => isKind(e, 'reap'))).toEqual([]);
    expect(run.workload.stats().cqes).toBe(stop?.cqes);
  });

  const cases: [expression: string, params: object, fits: (e: Event) => boolean][] = [
    ['!MORE', { buffers: 8 }, (e) => isRecvReap(e) && (e.flags & CqeFlag.F_MORE) === 0],
    ['ENOBUFS', { buffers: 8 }, (e) => e.res === -Errno.ENOBUFS && e.flags === 0],
    ['cause=ENOBUFS multishot', { buffers: 8 }, (e) => e.res === -Errno.ENOBUFS],
    ['SOCK_NONEMPTY', {}, (e) => (e.flags & CqeFlag.F_SOCK_NONEMPTY) !== 0],
    ['bid=5', {}, (e) => (isKind(e, 'replenish') ? e.a === 5 : (e.flags & CqeFlag.F_BUFFER) !== 0 && e.flags >>> 16 === 5)],
    ['conn=3 bytes>=64', {}, (e) => (e.userData & 0xfffn) === 3n && e.res >= 64],
    ['user_data=0x1002', {}, (e) => e.userData === 0x1002n],
    ['hold>3ms', { hold: 4000 }, (e) => isKind(e, 'replenish')],
    ['rearm', { buffers: 8 }, (e) => isKind(e, 'submit')],
    ['kind=cqe_overflow', { sqEntries: 4, cqEntries: 4, burst: 60 }, (e) => isKind(e, 'cqe_overflow')],
    ['kind=connect', {}, (e) => isKind(e, 'connect')],
    ['opcode=RECV shot>10 !(free>30)', {}, (e) => isRecvReap(e)],
  ];
  it.each(cases)('%s', async (expression, params, fits) => {
    run = new Run({ ...busy, ...params });
    await run.until((r) => r.count(isRecvReap) > 50);
    run.workload.setBreakpoints([breakpoint(expression)]);
    // A connect comes with a new connection only.
    if (expression === 'kind=connect') run.workload.configure({ ...defaultParams, ...busy, connections: 5 });
    await run.until((r) => r.count(isStop) === 1);
    const { stop } = run.workload.debugState();
    const { event } = stop as NonNullable<typeof stop>;
    const at = run.events.findIndex(isStop);
    const found = run.events.slice(0, at).findLast((e) => e.kind === event?.kind && e.userData === event.userData);
    expect(found).toBeDefined();
    expect(fits(found as Event)).toBe(true);
    run.workload.setBreakpoints([]);
    run.workload.resume();
    checkLaws(run, await run.finish());
  });

  it('res=0 stops at the end of a stream, before the connection is closed', async () => {
    run = new Run({ ...busy, traffic: false }, { breakpoints: [breakpoint('res=0 !MORE')] });
    await run.until((r) => r.count((e) => isKind(e, 'submit') && isRecv(e)) === busy.connections);
    await run.until((r) => r.kind('mark').some((e) => e.a === MarkCode.loadStarted));
    run.workload.act({ action: handActions.shutdown.code, target: 1, value: 0 });
    await run.until((r) => r.count(isStop) === 1);
    const { event } = run.workload.debugState().stop ?? {};
    expect(event).toMatchObject({ res: 0, flags: CqeFlag.F_SOCK_NONEMPTY, userData: 0x1001n });
  });

  it('free<=4 stops where no more than four are available', async () => {
    run = new Run({ ...busy, buffers: 8 });
    await run.until((r) => r.count(isRecvReap) > 50);
    run.workload.setBreakpoints([breakpoint('free<=4', { enabled: false }), breakpoint('free<=4', { id: 2 })]);
    await run.until((r) => r.count(isStop) === 1);
    expect(run.workload.debugState().stop?.breakpoint).toBe(2);
    await run.until(() => behindStop().some((e) => isKind(e, 'snapshot_end')));
    const restated = behindStop();
    const from = restated.findIndex((e) => isKind(e, 'snapshot'));
    const available = restated.slice(from).filter((e) => isKind(e, 'snapshot_bid') && e.flags === 1);
    expect(available.length).toBeLessThanOrEqual(4);
  });

  it('refuses a program that can not run', async () => {
    run = new Run(busy);
    const bad =
      (...numbers: number[]) =>
      () =>
        run.workload.setBreakpoints([{ id: 1, enabled: true, ignore: 0, program: Float64Array.from(numbers) }]);
    expect(bad()).toThrow('three numbers');
    expect(bad(6, 0, 0)).toThrow('nothing to join');
    expect(bad(0, 99, 0)).toThrow('no such field');
    expect(bad(9, 0, 0)).toThrow('no such step');
    expect(bad(0, 0, 0, 0, 0, 0)).toThrow('one answer');
    expect(bad(Number.NaN, 0, 0)).toThrow('no such step');
  });
});
