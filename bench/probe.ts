/** What the probe costs: the same workload with the probe off and on, interleaved. */
import { loadAddon } from '../native/index.ts';
import { defaultParams, type WorkloadParams } from '../shared/schema/workload-params.ts';
import { type BenchOptions, interleave, median, pause, type Result, ratio, short } from './harness.ts';

interface Run {
  /** recv CQEs a second. */
  rate: number;
  /** CPU time of the reactor thread for each CQE, nanoseconds. */
  cpuNs: number;
  dropped: number;
}

const workloads: Record<string, { doc: string; params: Partial<WorkloadParams> }> = {
  W1: {
    doc: 'request and response: 32 connections echo 64 B messages, one CQE a wake or little more',
    params: { connections: 32, buffers: 1024, bufferSize: 64, messageMin: 64, messageMax: 64, rate: 60000, burst: 1, hold: 0, app: 'echo' },
  },
  W2: {
    doc: 'multishot firehose: 8 connections, one CQE for each 64 B',
    params: { connections: 8, buffers: 1024, bufferSize: 64, messageMin: 64, messageMax: 64, rate: 0, hold: 0 },
  },
  W3: {
    doc: 'single-shot firehose: the same, one SQE for each CQE',
    params: { connections: 8, buffers: 1024, bufferSize: 64, messageMin: 64, messageMax: 64, rate: 0, hold: 0, mode: 'single' },
  },
};

async function runOnce(params: WorkloadParams, runMs: number): Promise<Run> {
  const workload = loadAddon().startWorkload(params, { onBlocks: () => drain(), onStopped: () => undefined });
  const drain = (): void => {
    while (workload.takeBlocks().length > 0);
  };
  await pause(runMs / 5); // connections come up
  const before = workload.stats();
  const t0 = performance.now();
  await pause(runMs);
  const after = workload.stats();
  const seconds = (performance.now() - t0) / 1000;
  await workload.close();
  drain();
  const cqes = after.cqes - before.cqes;
  return { rate: cqes / seconds, cpuNs: (after.reactorCpuNs - before.reactorCpuNs) / cqes, dropped: after.dropped };
}

export async function benchProbe({ rounds, runMs }: BenchOptions): Promise<Result> {
  const rows: (string | number)[][] = [];
  const data: Record<string, unknown> = {};
  for (const [name, { doc, params }] of Object.entries(workloads)) {
    const set = { ...defaultParams, ...params };
    const { a, b } = await interleave(
      rounds,
      () => runOnce({ ...set, probe: false }, runMs),
      () => runOnce({ ...set, probe: true }, runMs),
    );
    const rates = ratio(
      a.map((r) => r.rate),
      b.map((r) => r.rate),
    );
    const cpu = ratio(
      a.map((r) => r.cpuNs),
      b.map((r) => r.cpuNs),
    );
    data[name] = { doc, off: a, on: b, rateRatio: rates, cpuRatio: cpu };
    const m = (runs: Run[], key: keyof Run) => median(runs.map((r) => r[key]));
    rows.push([
      `${name}: ${doc}`,
      `${short(m(a, 'rate'))}/s`,
      `${short(m(b, 'rate'))}/s`,
      rates.toFixed(3),
      `${m(a, 'cpuNs').toFixed(0)} ns`,
      `${m(b, 'cpuNs').toFixed(0)} ns`,
      cpu.toFixed(3),
      b.reduce((n, r) => n + r.dropped, 0),
    ]);
  }
  return {
    name: 'probe',
    data,
    tables: [
      {
        title: 'Cost of the probe',
        note: `Own workload, probe off and on in turn, ${rounds} rounds of ${runMs} ms; ratios are medians of neighbouring rounds (rate: 1 = free; CPU time of the reactor thread a CQE: 1 = free).`,
        columns: ['workload', 'CQEs, off', 'CQEs, on', 'rate on : off', 'CPU a CQE, off', 'on', 'CPU on : off', 'events lost'],
        rows,
      },
    ],
  };
}
