/**
 * The kernel's side of the own ring, read through tracepoints and merged with the probe's. Where they can't be read the
 * tests are skipped with the reason; in CI that is a failure.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { type EventKind, OwnOp, Provenance } from '../../shared/schema/events.ts';
import { CqeFlag, Errno, Opcode, RecvIoprio } from '../../shared/schema/uapi.ts';
import { presetParams, type WorkloadParams, workloadParams } from '../../shared/schema/workload-params.ts';
import { fdOf, wordOf } from './attach-events.ts';
import { addon, type Event, isKind, isRecv, isRecvReap, opOf, Run, runFor } from './harness.ts';
import { checkTotals, overflowing } from './laws.ts';

const features = addon.features();
const refused = addon.kernelAccess().filter((b) => !b.permitted);
const permitted = addon.kernelAccess().filter((b) => b.permitted);

const easy: Partial<WorkloadParams> = {
  connections: 4,
  buffers: 256,
  bufferSize: 512,
  messageMin: 20,
  messageMax: 400,
  rate: 4000,
  burst: 8,
  hold: 300,
};

const ofKernel = (e: Event): boolean => e.provenance === Provenance.tracepoint;
const ofProbe = (e: Event): boolean => e.provenance === Provenance.probe;
const requestKey = (e: Event): string => `${e.ring}/${e.userData}/${e.request}`;

const countBy = (events: readonly Event[], key: (e: Event) => string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const e of events) counts.set(key(e), (counts.get(key(e)) ?? 0) + 1);
  return counts;
};

/** Each CQE that the application takes was posted by the kernel before, once, as the same; none is left over. */
function checkPostedBeforeReaped(run: Run): number {
  const posted = new Map<string, number>();
  let reaps = 0;
  run.events.forEach((e, i) => {
    const key = `${requestKey(e)} res=${e.res} flags=${e.flags}`;
    if (ofKernel(e) && (isKind(e, 'complete') || isKind(e, 'cqe_overflow'))) posted.set(key, (posted.get(key) ?? 0) + 1);
    if (!isKind(e, 'reap')) return;
    reaps++;
    const before = posted.get(key) ?? 0;
    if (before === 0) {
      const later = run.events
        .slice(i)
        .find((x) => ofKernel(x) && isKind(x, 'complete') && `${requestKey(x)} res=${x.res} flags=${x.flags}` === key);
      throw new Error(`${key} was reaped at ${e.t}, and posted ${later === undefined ? 'never' : `at ${later.t}`}`);
    }
    posted.set(key, before - 1);
  });
  const left = [...posted].filter(([key, n]) => n !== 0 && opOf(BigInt(key.split('/')[1] as string)) === OwnOp.recv);
  if (left.length > 0) throw new Error(`posted and never reaped: ${left[0]}`);
  return reaps;
}

/** The kernel numbers a request as the probe does, and does nothing for it before the probe has handed it in. */
function checkNumbers(run: Run): void {
  const submitted = new Set<string>();
  for (const e of run.events) {
    if (isKind(e, 'submit')) submitted.add(requestKey(e));
    else if (ofKernel(e) && e.request !== 0 && !submitted.has(requestKey(e)))
      throw new Error(`kind ${e.kind} of ${requestKey(e)}, which was not submitted`);
  }
  for (const kind of ['file_get', 'poll_arm', 'wake', 'complete'] as const) {
    const unknown = run.kind(kind).filter((e) => e.request === 0);
    if (unknown.length > 0) throw new Error(`${unknown.length} ${kind} events belong to no request`);
  }
}

/** Poll arms and wakes of each recv: an armed one is woken, in this order; the other found what it wanted at once. */
function checkPolls(run: Run): { multishot: number[]; single: number[] } {
  const arms = countBy(run.kind('poll_arm'), requestKey);
  const wakes = countBy(run.kind('wake'), requestKey);
  const found = { multishot: [] as number[], single: [] as number[] };
  for (const e of run.kind('submit').filter(isRecv)) {
    const polls = arms.get(requestKey(e)) ?? 0;
    if (polls > 0 !== (wakes.get(requestKey(e)) ?? 0) > 0)
      throw new Error(`${requestKey(e)} has ${polls} poll arms and ${wakes.get(requestKey(e))} wakes`);
    found[((e.a >>> 16) & RecvIoprio.RECV_MULTISHOT) !== 0 ? 'multishot' : 'single'].push(polls);
  }
  return found;
}

function checkKernel(run: Run, stats: ReturnType<Run['workload']['stats']>): void {
  expect(stats).toMatchObject({ kernelLost: 0, kernelLate: 0, dropped: 0 });
  expect(run.count(ofKernel)).toBe(stats.kernelEvents);
  checkTotals(run, stats);
  checkNumbers(run);
  expect(checkPostedBeforeReaped(run)).toBe(stats.cqes);
}

describe('where tracepoints can be read', () => {
  beforeEach(({ skip }) => {
    if (permitted.length === 0) skip(`skipped, because ${refused.map((b) => `${b.reason} ${b.remedy}`).join(' ')}`);
  });

  test('steady: one poll arm for each multishot recv, however many messages it delivers', async () => {
    const { run, stats } = await runFor(4000, presetParams('steady'));
    checkKernel(run, stats);
    const { multishot } = checkPolls(run);
    expect(multishot).toEqual(Array(presetParams('steady').connections).fill(1));
    expect(stats.bytesReceived).toBe(stats.bytesSent);
    // The kernel's events say whose they are: the probe's submit says what that is.
    const fds = new Map(
      run
        .kind('submit')
        .filter(isRecv)
        .map((e) => [requestKey(e), e.res]),
    );
    for (const e of run.events.filter((e) => isRecv(e) && e.provenance === Provenance.tracepoint)) {
      if (!['poll_arm', 'wake', 'complete'].some((kind) => isKind(e, kind as EventKind))) continue;
      expect(wordOf(e)).toEqual({ opcode: Opcode.RECV, multishot: true, older: false, ambiguous: false, fixedFile: false });
      expect(fdOf(e)).toBe(fds.get(requestKey(e)));
    }
  });

  test('steady, single-shot: one poll arm for each recv that found no data, in the order arm, wake, complete', async () => {
    const { run, stats } = await runFor(2000, { ...presetParams('steady'), mode: 'single' });
    checkKernel(run, stats);
    const { single } = checkPolls(run);
    expect(single.length).toBe(run.count(isRecvReap));
    expect(single.every((n) => n <= 1)).toBe(true);
    const polled = single.filter((n) => n === 1).length;
    expect(polled).toBeGreaterThan(500);
    const order = ['submit', 'poll_arm', 'wake', 'complete', 'reap'] as const;
    const last = new Map<string, number>();
    for (const e of run.events.filter(isRecv)) {
      const at = order.findIndex((kind) => isKind(e, kind));
      if (at < 0) continue;
      expect(at).toBeGreaterThan(last.get(requestKey(e)) ?? -1);
      last.set(requestKey(e), at);
    }
  });

  describe.each(workloadParams.transport.values)('over %s', (transport) => {
    test.each(workloadParams.bufferKind.values.flatMap((b) => workloadParams.mode.values.map((m) => [b, m] as const)))(
      '%s buffers, %s: what is reaped was posted before',
      async (bufferKind, mode) => {
        const { run, stats } = await runFor(400, { ...easy, transport, bufferKind, mode });
        checkKernel(run, stats);
        checkPolls(run);
      },
    );
  });

  const shapes: [string, Partial<WorkloadParams>, boolean][] = [
    ['SINGLE_ISSUER', { singleIssuer: true }, features.singleIssuer],
    ['COOP_TASKRUN', { coopTaskrun: true }, features.coopTaskrun],
    ['DEFER_TASKRUN', { deferTaskrun: true }, features.deferTaskrun],
    ['DEFER_TASKRUN, single-shot', { deferTaskrun: true, mode: 'single' }, features.deferTaskrun],
    ['SQPOLL', { sqpoll: true }, features.sqpoll],
    ['SQPOLL, single-shot', { sqpoll: true, mode: 'single' }, features.sqpoll],
    ['bundle', { bundle: true, bufferSize: 64 }, features.bundle],
    ['incremental', { incremental: true, buffers: 32, bufferSize: 4096 }, features.incremental],
    ['echo', { app: 'echo' }, true],
    ['recvmsg', { op: 'recvmsg' }, true],
    ['an SQ of one', { sqEntries: 1, mode: 'single' }, true],
  ];
  test.for(shapes)('%s', async ([name, params, has], { skip }) => {
    if (!has) skip(`this kernel lacks ${name}`);
    const { run, stats } = await runFor(400, { ...easy, ...params });
    expect(stats).toMatchObject({ kernelLost: 0, kernelLate: 0 });
    checkNumbers(run);
    expect(checkPostedBeforeReaped(run)).toBe(stats.cqes);
  });

  test.each(permitted.map((b) => b.name as 'tracefs' | 'perf'))('%s: bursts lose nothing and nothing is late', async (kernelBackend) => {
    const { run, stats } = await runFor(3000, presetParams('bursts'), { kernelBackend });
    expect(run.workload.kernel()).toEqual({ backend: kernelBackend, scope: 'all', missing: '', notes: [] });
    checkKernel(run, stats);
  });

  test.each(workloadParams.mode.values)('a group that runs dry, %s: each ENOBUFS is posted before it is reaped', async (mode) => {
    const dry = { connections: 3, buffers: 8, bufferSize: 64, messageMin: 300, messageMax: 400, rate: 3000, burst: 12, hold: 2000, mode };
    const { run, stats } = await runFor(400, dry);
    checkKernel(run, stats);
    const isDry = (e: Event) => isRecv(e) && e.res === -Errno.ENOBUFS;
    expect(run.kind('complete').filter(isDry).length).toBe(run.kind('reap').filter(isDry).length);
    expect(run.kind('reap').filter(isDry).length).toBeGreaterThan(0);
  });

  test('a CQ that overflows: what waits in the kernel was told before it is reaped', async () => {
    const { run, stats } = await runFor(3000, overflowing);
    expect(stats).toMatchObject({ kernelLost: 0, kernelLate: 0 });
    checkNumbers(run);
    checkPostedBeforeReaped(run);
    expect(run.count((e) => ofKernel(e) && isKind(e, 'cqe_overflow'))).toBeGreaterThan(0);
    expect(run.count((e) => ofProbe(e) && isKind(e, 'cqe_overflow'))).toBeGreaterThan(0);
  });

  test('EOF, reset and cancel are posted before they are reaped', async () => {
    const quiet: WorkloadParams = { ...presetParams('steady'), load: false, buffers: 16, bufferSize: 64, hold: 100 };
    const run = new Run(quiet);
    const dial = async (): Promise<Socket> => {
      const socket = connect(Number(run.workload.listen.split(':')[1]), '127.0.0.1');
      socket.on('error', () => {});
      const connections = run.kind('connect').length;
      await Promise.all([once(socket, 'connect'), run.seen('connect', () => true, connections + 1)]);
      socket.write('x');
      const from = run.events.length;
      await run.until((r) => r.events.slice(from).some((e) => isRecvReap(e) && e.res === 1));
      return socket;
    };
    const ended = (res: number) => (e: Event) => isRecv(e) && e.res === res && (e.flags & CqeFlag.F_MORE) === 0;
    (await dial()).end();
    await run.seen('reap', ended(0));
    (await dial()).resetAndDestroy();
    await run.seen('reap', ended(-Errno.ECONNRESET));
    const socket = await dial();
    run.workload.configure({ ...quiet, buffers: 32 });
    await run.seen('reap', ended(-Errno.ECANCELED));
    socket.destroy();
    const stats = await run.finish();
    checkKernel(run, stats);
    for (const res of [0, -Errno.ECONNRESET, -Errno.ECANCELED]) expect(run.kind('complete').some(ended(res))).toBe(true);
  });

  test('new rings one after the other: each event belongs to its ring, whatever is traced', async () => {
    const base: WorkloadParams = { ...presetParams('steady'), ...easy };
    const run = new Run(base);
    const rings: { change: Partial<WorkloadParams>; scope: WorkloadParams['kernel'] }[] = [
      { change: {}, scope: 'all' },
      { change: { mode: 'single' }, scope: 'all' },
      { change: { kernel: 'arms' }, scope: 'arms' },
      { change: { kernel: 'off' }, scope: 'off' },
      { change: { probe: false }, scope: 'off' },
      { change: { deferTaskrun: features.deferTaskrun, mode: 'single' }, scope: 'all' },
      { change: { transport: 'unix' }, scope: 'all' },
    ];
    for (const [i, { change, scope }] of rings.entries()) {
      if (i > 0) run.workload.configure({ ...base, ...change });
      expect(run.workload.kernel()).toMatchObject({ scope, missing: scope === 'off' ? expect.stringMatching(/is off/) : '' });
      if (change.probe !== false) await run.until((r) => r.count((e) => isRecvReap(e) && e.ring === i + 1) > 100);
    }
    const stats = await run.finish();
    expect(stats).toMatchObject({ kernelLost: 0, kernelLate: 0, dropped: 0 });
    checkNumbers(run);
    const arms = countBy(run.kind('poll_arm'), (e) => `${e.ring}`);
    const kinds = countBy(run.events.filter(ofKernel), (e) => `${e.ring}`);
    rings.forEach(({ scope }, i) => {
      const ring = `${i + 1}`;
      expect(arms.has(ring), `poll arms of ring ${ring}`).toBe(scope !== 'off');
      if (scope === 'off') expect(kinds.has(ring)).toBe(false);
      if (scope === 'arms') expect(kinds.get(ring)).toBe(arms.get(ring));
      const of = (kind: 'complete' | 'reap') => run.kind(kind).filter((e) => e.ring === i + 1 && isRecv(e)).length;
      if (scope === 'all') expect(of('complete')).toBe(of('reap'));
    });
    // A thread is the same in every ring.
    for (const e of run.kind('complete').filter(isRecv)) expect(e.thread).toBe(1);
  });

  test('close in the middle leaves soon, and the last events are there', async () => {
    const run = new Run(presetParams('bursts'));
    await run.until((r) => r.count(isRecvReap) > 200);
    const from = performance.now();
    const stats = await run.close();
    expect(performance.now() - from).toBeLessThan(5000); // within 1 s where nothing else runs; the machines are slow at times
    checkNumbers(run);
    expect(checkPostedBeforeReaped(run)).toBe(stats.cqes);
  });
});

describe('where they are not', () => {
  test('kernel off: no event of a tracepoint, and why', async () => {
    const { run, stats } = await runFor(200, { ...easy, kernel: 'off' });
    expect(run.count(ofKernel)).toBe(0);
    expect(stats.kernelEvents).toBe(0);
    expect(run.workload.kernel()).toEqual({
      backend: '',
      scope: 'off',
      missing: expect.stringMatching(/kernel is off: set it/),
      notes: [],
    });
  });

  test('no back end: the workload runs, with the probe alone', async () => {
    const { run, stats } = await runFor(200, { ...easy }, { kernelBackend: 'none' });
    expect(stats.bytesReceived).toBe(stats.bytesSent);
    expect(run.count(ofKernel)).toBe(0);
    expect(run.workload.kernel()).toMatchObject({ backend: '', scope: 'off', missing: expect.stringMatching(/^No back end may be used/) });
  });
});
