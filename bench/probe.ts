/** What watching costs: the same workload without and with the probe, and with the kernel's tracepoints, interleaved. */
import type { WorkloadParams } from '../shared/schema/workload-params.ts';
import { type BenchOptions, interleave, median, type Result, ratio, short, type Table } from './harness.ts';
import { type Run, runOnce, workloads } from './workloads.ts';

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
      const { a, b } = await interleave(
        rounds,
        () => runOnce({ ...params, probe: false, kernel: 'off' }, runMs),
        () => runOnce({ ...params, ...step.change }, runMs),
      );
      const of = (runs: Run[], key: 'rate' | 'cpuNs' | 'dropped' | 'kernelLost') => runs.map((r) => r[key]);
      const rates = ratio(of(a, 'rate'), of(b, 'rate'));
      const cpu = ratio(of(a, 'cpuNs'), of(b, 'cpuNs'));
      data[`${step.name} ${name}`] = { doc, off: a, on: b, rateRatio: rates, cpuRatio: cpu };
      const m = (runs: Run[], key: 'rate' | 'cpuNs' | 'dropped' | 'kernelLost') => median(of(runs, key));
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
