/** What watching costs: the same workload without and with the probe, and with the kernel's tracepoints, interleaved. */
import { loadAddon } from '../native/index.ts';
import { defaultParams, type WorkloadParams } from '../shared/schema/workload-params.ts';
import { type BenchOptions, interleave, median, pause, type Result, ratio, short, type Table } from './harness.ts';

interface Run {
  /** recv CQEs a second. */
  rate: number;
  /** CPU time of the reactor thread for each CQE, nanoseconds. */
  cpuNs: number;
  dropped: number;
  kernelLost: number;
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
  return {
    rate: cqes / seconds,
    cpuNs: (after.reactorCpuNs - before.reactorCpuNs) / cqes,
    dropped: after.dropped,
    kernelLost: after.kernelLost,
  };
}

/** What is compared: always the one before, the plain workload, with the other. */
const steps = [
  { title: 'Cost of the probe', name: 'probe', change: { probe: true, kernel: 'off' } },
  { title: "Cost of the probe and the kernel's poll arms (--kernel arms)", name: 'arms', change: { probe: true, kernel: 'arms' } },
  { title: "Cost of the probe and all of the kernel's events (--kernel all)", name: 'all', change: { probe: true, kernel: 'all' } },
] as const satisfies { title: string; name: string; change: Partial<WorkloadParams> }[];

export async function benchProbe({ rounds, runMs }: BenchOptions): Promise<Result> {
  const tables: Table[] = [];
  const data: Record<string, unknown> = {};
  for (const step of steps) {
    const rows: (string | number)[][] = [];
    for (const [name, { doc, params }] of Object.entries(workloads)) {
      const set = { ...defaultParams, ...params };
      const { a, b } = await interleave(
        rounds,
        () => runOnce({ ...set, probe: false, kernel: 'off' }, runMs),
        () => runOnce({ ...set, ...step.change }, runMs),
      );
      const of = (runs: Run[], key: keyof Run) => runs.map((r) => r[key]);
      const rates = ratio(of(a, 'rate'), of(b, 'rate'));
      const cpu = ratio(of(a, 'cpuNs'), of(b, 'cpuNs'));
      data[`${step.name} ${name}`] = { doc, off: a, on: b, rateRatio: rates, cpuRatio: cpu };
      const m = (runs: Run[], key: keyof Run) => median(of(runs, key));
      rows.push([
        `${name}: ${doc}`,
        `${short(m(a, 'rate'))}/s`,
        `${short(m(b, 'rate'))}/s`,
        rates.toFixed(3),
        `${m(a, 'cpuNs').toFixed(0)} ns`,
        `${m(b, 'cpuNs').toFixed(0)} ns`,
        cpu.toFixed(3),
        of(b, 'dropped').reduce((n, lost) => n + lost, 0),
        of(b, 'kernelLost').reduce((n, lost) => n + lost, 0),
      ]);
    }
    tables.push({
      title: step.title,
      note: `Own workload without any tracing and with it in turn, ${rounds} rounds of ${runMs} ms; ratios are medians of neighbouring rounds (rate: 1 = free; CPU time of the reactor thread a CQE: 1 = free; the kernel's own work for a tracepoint counts as the thread's).`,
      columns: [
        'workload',
        'CQEs, off',
        'CQEs, on',
        'rate on : off',
        'CPU a CQE, off',
        'on',
        'CPU on : off',
        'lost by us',
        'lost by the kernel',
      ],
      rows,
    });
  }
  return { name: 'probe', data, tables };
}
