/** Our tracer against others at equal events: the same workload under each of them in turn. */
import type { WorkloadParams } from '../shared/schema/workload-params.ts';
import { type BenchOptions, median, type Result, ratio, short, type Table } from './harness.ts';
import { bpftraceCount, bpftracePrint } from './tracers/bpftrace.ts';
import { findSize, kernelBufferKib, type SizeTry } from './tracers/buffers.ts';
import { cleanly, isInstalled } from './tracers/child.ts';
import { perf } from './tracers/perf.ts';
import type { Losses, Tool } from './tracers/tool.ts';
import { traceCmd } from './tracers/trace-cmd.ts';
import { type Run, runOnce, workloads } from './workloads.ts';

/** Where a tracer makes W1 lag, what waits must find buffers: a storm of ENOBUFS would be measured in place of the tracer. */
const more = { W1: { buffers: 32768, cqEntries: 65536 }, W2: {}, W3: {} } as const satisfies Record<
  keyof typeof workloads,
  Partial<WorkloadParams>
>;

interface Variant {
  name: string;
  change: Partial<WorkloadParams>;
  tool?: Tool;
}
const untraced: Variant = { name: 'untraced', change: { probe: false, kernel: 'off' } };
const ours: Variant = { name: 'ringlens, kernel: all', change: { probe: true, kernel: 'all' } };
const tools: Variant[] = [perf, traceCmd, bpftraceCount, bpftracePrint].map((tool) => ({
  name: `\`${tool.command}\``,
  change: { probe: true, kernel: 'off' },
  tool,
}));
const variants: Variant[] = [
  untraced,
  { name: 'probe alone', change: { probe: true, kernel: 'off' } },
  { name: 'ringlens, kernel: arms', change: { probe: true, kernel: 'arms' } },
  ours,
  ...tools,
];

interface Measured extends Run {
  /** Of the whole run; undefined: nothing of the kernel is read. */
  kernel?: Losses;
}

/** Why a tool can't be compared with here, for the rest of the bench. */
type Refusals = Map<Tool, string>;

async function measure({ change, tool }: Variant, params: Partial<WorkloadParams>, runMs: number): Promise<Measured> {
  const set = { ...params, ...change };
  if (tool !== undefined) {
    const recording = await tool.start();
    try {
      const run = await runOnce(set, runMs, { tracerCpuNs: () => recording.cpuNs() });
      return { ...run, kernel: await recording.stop() };
    } finally {
      recording.dispose();
    }
  }
  const run = await runOnce(set, runMs);
  if (set.kernel === 'off') return run;
  // Submits are read from the kernel too, but written once: as the probe saw them.
  const recorded = run.whole.kernelEvents + run.whole.submits;
  return { ...run, kernel: { recorded, lost: run.kernelLost } };
}

async function rounds(params: Partial<WorkloadParams>, { rounds, runMs }: BenchOptions, refusals: Refusals) {
  const recorded = new Set<Tool>();
  const runs = new Map<Variant, Measured[]>(variants.map((v) => [v, []]));
  for (let round = 0; round < rounds; round++) {
    // Another one is first each time.
    for (let i = 0; i < variants.length; i++) {
      const variant = variants[(i + round * 3) % variants.length] as Variant;
      const { tool } = variant;
      if (tool !== undefined && refusals.has(tool)) continue;
      // What has worked once gets a second chance: the machine may be busy.
      for (let chances = tool !== undefined && recorded.has(tool) ? 2 : 1; chances > 0; chances--) {
        try {
          runs.get(variant)?.push(await measure(variant, params, runMs));
          if (tool !== undefined) recorded.add(tool);
          break;
        } catch (error) {
          if (tool === undefined) throw error;
          if (chances > 1) continue;
          refusals.set(
            tool,
            isInstalled(tool.program)
              ? `could not run here: ${(error as Error).message}`
              : `not installed: apt-get install ${tool.package}`,
          );
        }
      }
    }
  }
  // A tool that gave up half-way has no row of figures.
  for (const v of variants) if (v.tool !== undefined && refusals.has(v.tool)) runs.set(v, []);
  return runs;
}

const total = (runs: Measured[], key: keyof Losses): number => runs.reduce((n, r) => n + (r.kernel?.[key] ?? 0), 0);
/** By the kernel, by us. */
const lostByUs = (runs: Measured[]): number => runs.reduce((n, r) => n + r.dropped, 0);
const cpu = (runs: Measured[]): number[] => runs.map((r) => r.allCpuNs);
const messages = (runs: Measured[]): number[] => runs.map((r) => r.messages);

function row(name: string, variant: Variant, runs: Measured[], base: Measured[], refusals: Refusals): (string | number)[] {
  if (variant.tool !== undefined && runs.length === 0)
    return [name, variant.name, refusals.get(variant.tool) ?? 'did not run', '', '', '', '', ''];
  const seen = runs.filter((r) => r.kernel !== undefined);
  const perCqe = seen.map((r) => ((r.kernel?.recorded ?? 0) + (r.kernel?.lost ?? 0)) / r.whole.cqes);
  const seconds = seen.map((r) => (r.kernel?.recorded ?? 0) / r.whole.seconds);
  const lost = total(seen, 'lost') + (variant.tool === undefined ? lostByUs(seen) : 0);
  const kernel = seen.length === 0 ? ['', '', ''] : [`${short(median(seconds))}/s`, median(perCqe).toFixed(2), lost];
  return [
    name,
    variant.name,
    `${short(median(messages(runs)))}/s`,
    ratio(messages(base), messages(runs)).toFixed(3),
    finite(ratio(cpu(base), cpu(runs)), 3),
    ...kernel,
  ];
}

/** Under some tracers no message arrives in the measured time. */
const finite = (n: number, digits: number): string => (Number.isFinite(n) ? n.toFixed(digits) : 'no message');

/** "yes (1.42)": ours is so many times better. A paced workload shows its cost as CPU time, one at full speed as rate. */
function cheaper(own: Measured[], theirs: Measured[], isPaced: boolean): string {
  if (theirs.length === 0) return 'not compared';
  const times = isPaced ? ratio(cpu(own), cpu(theirs)) : ratio(messages(theirs), messages(own));
  return `${times > 1 ? 'yes' : 'no'} (${finite(times, 2)})`;
}

const sizeText = ({ kernelKib, ringEvents }: { kernelKib: number; ringEvents: number }): string =>
  `${kernelKib > 0 ? `${Math.round(kernelKib / 1024)} MiB a CPU` : 'not tracefs'}, ${ringEvents} events`;

function sizeResult(tries: SizeTry[]): string {
  if (tries.length === 0) return 'not looked for: not read through tracefs';
  const last = tries.at(-1) as SizeTry;
  const lost = last.runs.reduce((n, r) => n + r.kernelLost + r.dropped, 0);
  if (lost === 0) return sizeText(last);
  return `none found: ${lost} lost with ${sizeText(last)}`;
}

/** native/index.ts, WorkloadOptions.eventRingEvents */
const DEFAULT_RING_EVENTS = 1 << 18;

export const benchTracers = (given: BenchOptions): Promise<Result> => cleanly(() => compare({ ...given, runMs: given.runMs / 2 }));

async function compare(o: BenchOptions): Promise<Result> {
  const rows: Table['rows'] = [];
  const goals: Table['rows'] = [];
  const data: Record<string, unknown> = {};
  const refusals: Refusals = new Map();
  for (const [name, { doc, params: plain }] of Object.entries(workloads)) {
    const params = { ...plain, ...more[name as keyof typeof workloads] };
    const runs = await rounds(params, o, refusals);
    const of = (variant: Variant): Measured[] => runs.get(variant) ?? [];
    for (const variant of variants) rows.push(row(name, variant, of(variant), of(untraced), refusals));

    let kernelKib = 0;
    await runOnce({ ...params, ...ours.change }, o.runMs / 5, {
      afterMeasuring: async () => {
        kernelKib = await kernelBufferKib().catch(() => 0);
      },
    });
    const size = { kernelKib, ringEvents: DEFAULT_RING_EVENTS };
    const byKernel = total(of(ours), 'lost');
    const lost = byKernel + lostByUs(of(ours));
    // The default has lost, so it is not tried again.
    const next = {
      kernelKib: byKernel > 0 ? kernelKib * 2 : kernelKib,
      ringEvents: lost > byKernel ? DEFAULT_RING_EVENTS * 2 : DEFAULT_RING_EVENTS,
    };
    const tries = lost > 0 && kernelKib > 0 ? await findSize({ ...params, ...ours.change }, next, o.rounds, o.runMs) : [];
    goals.push([
      name,
      ...tools.map((tool) => cheaper(of(ours), of(tool), params.rate > 0)),
      lost === 0 ? 'yes' : `no: lost ${byKernel} by the kernel, ${lost - byKernel} by us`,
      sizeText(size),
      lost === 0 ? 'the default' : sizeResult(tries),
    ]);
    data[name] = {
      doc,
      params,
      runs: Object.fromEntries(variants.map((v) => [v.name, of(v)])),
      refused: Object.fromEntries([...refusals].map(([tool, reason]) => [tool.command, reason])),
      defaultSize: size,
      sizes: tries,
    };
  }
  return {
    name: 'tracers',
    data,
    tables: [
      {
        title: 'Against other tracers',
        note:
          `W1 to W3 as above, W1 with 32768 buffers, under each tracer in turn, ${o.rounds} rounds of ${o.runMs} ms. Rate: messages received; ratios are to the untraced run of the same round, medians of the rounds (CPU: of workload, load generator and tracer, a message). ` +
          'With a foreign tracer the probe is on and our reading of the kernel off. All read the io_uring tracepoints and nothing else: the foreign ones those of every ring of the machine and with their default buffers, ours those of the one ring (a filter on ctx in the kernel), without register, link, defer, short_write and queue_async_work. `arms` is a part of them: submits, poll arms, overflows, refusals. ' +
          'Events: read from the kernel from start to end of the workload, and for each CQE with those that the tracer or the kernel lost: equal where the tracers saw the same. Lost: the sum of the rounds as each reports it (perf: lost samples; trace-cmd: overrun and dropped events; bpftrace: "Lost N events", of which count() has none; ours: by the kernel and by us).',
        columns: ['workload', 'tracer', 'messages', 'rate : untraced', 'CPU : untraced', 'events recorded', 'events a CQE', 'lost'],
        rows,
      },
      {
        title: 'Goals of the tracer',
        note: `Of \`kernel: all\` in the runs of the table above. Less cost than each of them at equal events: by message rate for W2 and W3, which run at full speed, and for W1, which is paced, by that CPU time a message (in brackets: so many times better than theirs, median of the rounds). No loss at full rate with the default buffers, of the kernel and between our threads; where there was one, the one that lost was doubled until ${o.rounds} runs in a row lost nothing.`,
        columns: [
          'workload',
          ...tools.map((t) => `less cost than ${t.name}`),
          'no loss with the default buffers',
          'default buffers',
          'no loss with',
        ],
        rows: goals,
      },
    ],
  };
}
