/**
 * The laws of multishot recv, asked of the real ring for every way in which the workload can receive.
 * What a kernel lacks is skipped with its name; what features() promises is never skipped.
 */
import { describe, expect, test } from 'vitest';
import { Provenance } from '../../shared/schema/events.ts';
import { CqeFlag, Errno, Opcode, RecvIoprio } from '../../shared/schema/uapi.ts';
import { type WorkloadParams, workloadParams } from '../../shared/schema/workload-params.ts';
import { addon, isRecvReap, runFor } from './harness.ts';
import { checkLaws, overflowing } from './laws.ts';

const features = addon.features();

/** Room for everything, so that nothing but the end ends a request; gentle enough for datagrams. */
const easy: Partial<WorkloadParams> = {
  connections: 4,
  buffers: 256,
  bufferSize: 512,
  messageMin: 20,
  messageMax: 400,
  rate: 8000,
  burst: 8,
  hold: 300,
};

/** io_uring_recvmsg_out, and the name where there is one. */
const headerBytes = (p: Partial<WorkloadParams>): number =>
  p.op === 'recvmsg' && p.mode !== 'single' ? 16 + (p.transport === 'udp' ? 16 : 0) : 0;

describe.each(workloadParams.transport.values)('%s', (transport) => {
  describe.each(workloadParams.bufferKind.values)('%s buffers', (bufferKind) => {
    describe.each(workloadParams.mode.values)('%s', (mode) => {
      test.each(workloadParams.op.values)('%s delivers every byte and keeps the laws', async (op) => {
        // A datagram that finds its socket full is gone: send few enough to make up for a stall.
        const params = { ...easy, ...(transport === 'udp' ? { rate: 2000, burst: 4 } : {}), transport, bufferKind, mode, op };
        const { run, stats } = await runFor(600, params);
        const arms = checkLaws(run, stats, headerBytes(params));
        expect(stats.bytesReceived).toBe(stats.bytesSent);
        const opcode = op === 'recv' ? Opcode.RECV : Opcode.RECVMSG;
        expect(new Set(arms.map((a) => a.submit.a & 0xff))).toEqual(new Set([opcode]));
        // On a machine that stalls the group can run dry after all; else one arm for each connection.
        if (mode === 'multishot') expect(arms.filter((a) => a.reaps.at(-1)?.res !== -Errno.ENOBUFS).length).toBe(4);
        else expect(arms.length).toBe(run.count(isRecvReap));
      });
    });
  });
});

interface Variant {
  name: string;
  params: Partial<WorkloadParams>;
  has: boolean;
}
const variants: Variant[] = [
  { name: 'pollFirst', params: { pollFirst: true }, has: true },
  { name: 'bundle', params: { bundle: true, bufferSize: 64 }, has: features.bundle },
  { name: 'bundle, single-shot', params: { bundle: true, bufferSize: 64, mode: 'single' }, has: features.bundle },
  { name: 'incremental', params: { incremental: true, buffers: 32, bufferSize: 4096 }, has: features.incremental },
  {
    name: 'incremental, single-shot',
    params: { incremental: true, buffers: 32, bufferSize: 4096, mode: 'single' },
    has: features.incremental,
  },
  {
    name: 'incremental bundle',
    params: { incremental: true, bundle: true, buffers: 64, bufferSize: 256 },
    has: features.incremental && features.bundle,
  },
  { name: 'COOP_TASKRUN', params: { coopTaskrun: true }, has: features.coopTaskrun },
  { name: 'SINGLE_ISSUER', params: { singleIssuer: true }, has: features.singleIssuer },
  { name: 'DEFER_TASKRUN', params: { deferTaskrun: true }, has: features.deferTaskrun },
  { name: 'DEFER_TASKRUN and COOP_TASKRUN', params: { deferTaskrun: true, coopTaskrun: true }, has: features.deferTaskrun },
  { name: 'SQPOLL', params: { sqpoll: true }, has: features.sqpoll },
  { name: 'SQPOLL, single-shot', params: { sqpoll: true, mode: 'single' }, has: features.sqpoll },
  { name: 'SQPOLL, legacy buffers', params: { sqpoll: true, bufferKind: 'legacy' }, has: features.sqpoll },
  { name: 'an SQ of one', params: { sqEntries: 1, mode: 'single' }, has: true },
  { name: 'an SQ of one, legacy buffers', params: { sqEntries: 1, bufferKind: 'legacy' }, has: true },
  { name: 'echo', params: { app: 'echo' }, has: true },
  { name: 'echo of unix, single-shot, no hold', params: { app: 'echo', transport: 'unix', mode: 'single', hold: 0 }, has: true },
  { name: 'sends traced', params: { traceSends: true }, has: true },
  { name: 'one buffer', params: { buffers: 1, hold: 0 }, has: true },
  {
    name: 'messages of a megabyte',
    params: { messageMin: 1 << 20, messageMax: 1 << 20, rate: 40, burst: 1, bufferSize: 65536 },
    has: true,
  },
];

describe('every variant keeps the laws', () => {
  for (const { name, params, has } of variants) {
    test.skipIf(!has)(name, async () => {
      const { run, stats } = await runFor(400, { ...easy, ...params });
      const arms = checkLaws(run, stats);
      expect(stats.bytesReceived).toBe(stats.bytesSent);
      const ioprio = (arms[0]?.submit.a ?? 0) >>> 16;
      expect((ioprio & RecvIoprio.RECVSEND_POLL_FIRST) !== 0).toBe(params.pollFirst === true);
      expect((ioprio & RecvIoprio.RECVSEND_BUNDLE) !== 0).toBe(params.bundle === true);
      if (params.bundle === true) expect(run.count((e) => isRecvReap(e) && e.res > 64)).toBeGreaterThan(0);
      if (params.incremental === true) expect(run.count((e) => (e.flags & CqeFlag.F_BUF_MORE) !== 0)).toBeGreaterThan(0);
      if (params.traceSends === true) expect(run.kind('send').reduce((sum, e) => sum + e.res, 0)).toBe(stats.bytesSent);
      if (params.app === 'echo') expect(run.count((e) => (e.a & 0xff) === Opcode.SEND)).toBeGreaterThan(0);
    });
  }
});

describe('a group that runs dry', () => {
  const dry: Partial<WorkloadParams> = {
    connections: 3,
    buffers: 8,
    bufferSize: 64,
    messageMin: 300,
    messageMax: 400,
    rate: 3000,
    burst: 12,
    hold: 2000,
  };

  test.each(['when-free', 'now'] as const)('ends its requests with one ENOBUFS each; rearm %s loses no byte', async (rearm) => {
    const { run, stats } = await runFor(400, { ...dry, rearm });
    const arms = checkLaws(run, stats);
    expect(stats.bytesReceived).toBe(stats.bytesSent);
    const starved = arms.filter((a) => a.reaps.at(-1)?.res === -Errno.ENOBUFS);
    expect(starved.length).toBeGreaterThan(3);
    expect(run.blocks.some((b) => b.header.minFree === 0)).toBe(true);
  });

  test('rearm never: each connection has one request, and finish does not wait for what nobody reads', async () => {
    const run = (await runFor(8, { ...dry, rearm: 'never' })).run;
    const arms = checkLaws(run, run.workload.stats());
    expect(arms.length).toBe(3);
  });

  test('single-shot asks again after each ENOBUFS', async () => {
    const { run, stats } = await runFor(400, { ...dry, mode: 'single' });
    checkLaws(run, stats);
    expect(stats.bytesReceived).toBe(stats.bytesSent);
    expect(run.count((e) => isRecvReap(e) && e.res === -Errno.ENOBUFS)).toBeGreaterThan(0);
  });
});

test('a CQ that overflows is seen, flushed, and ends requests with data', async () => {
  const { run, stats } = await runFor(3000, overflowing);
  const arms = checkLaws(run, stats);
  expect(stats.bytesReceived).toBe(stats.bytesSent);
  const seen = run.kind('cqe_overflow').filter((e) => e.provenance === Provenance.probe);
  expect(seen.every((e) => (e.a & 2) !== 0 && e.b > 0)).toBe(true);
  expect(seen.length).toBeGreaterThan(0);
  expect(arms.some((a) => (a.reaps.at(-1)?.res ?? 0) > 0)).toBe(true);
});
