/** The workloads of the comparisons, and one measured run of one. */
import { loadAddon, type WorkloadOptions } from '../native/index.ts';
import { defaultParams, type WorkloadParams } from '../shared/schema/workload-params.ts';
import { pause } from './harness.ts';

export interface NamedWorkload {
  doc: string;
  params: Partial<WorkloadParams>;
}

export const workloads = {
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
} as const satisfies Record<string, NamedWorkload>;

export interface Run {
  /** CQEs a second. */
  rate: number;
  /** Messages received a second: CQEs of failed requests don't count. */
  messages: number;
  /** CPU time of the reactor thread for each CQE, nanoseconds. */
  cpuNs: number;
  /** CPU time of this process and of the tracer for each message, nanoseconds. */
  allCpuNs: number;
  dropped: number;
  kernelLost: number;
  /** From the start to the end, with what comes before and after the measured time. */
  whole: { seconds: number; cqes: number; kernelEvents: number; submits: number };
}

export interface RunOptions extends Pick<WorkloadOptions, 'eventRingEvents'> {
  /** When the connections are up, before the measured time. */
  beforeMeasuring?: () => Promise<unknown>;
  /** CPU time of a tracer that is another process, so far. */
  tracerCpuNs?: () => number;
  /** After the measured time, while the workload runs. */
  afterMeasuring?: () => Promise<unknown>;
}

/** Losses are those of the whole run, but with `beforeMeasuring` those from then on. */
export async function runOnce(change: Partial<WorkloadParams>, runMs: number, options: RunOptions = {}): Promise<Run> {
  const { beforeMeasuring, tracerCpuNs, afterMeasuring, ...workloadOptions } = options;
  const params = { ...defaultParams, ...change };
  const cpuNs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) * 1000 + (tracerCpuNs?.() ?? 0);
  };
  const begin = performance.now();
  const workload = loadAddon().startWorkload(params, { ...workloadOptions, onBlocks: () => drain(), onStopped: () => undefined });
  const drain = (): void => {
    while (workload.takeBlocks().length > 0);
  };
  try {
    await pause(runMs / 5); // connections come up
    await beforeMeasuring?.();
    const before = workload.stats();
    const cpu0 = cpuNs();
    const t0 = performance.now();
    await pause(runMs);
    const after = workload.stats();
    const seconds = (performance.now() - t0) / 1000;
    const cpu1 = cpuNs();
    await afterMeasuring?.();
    await workload.close();
    drain();
    const end = workload.stats();
    const cqes = after.cqes - before.cqes;
    const messages = (after.bytesReceived - before.bytesReceived) / ((params.messageMin + params.messageMax) / 2);
    return {
      rate: cqes / seconds,
      messages: messages / seconds,
      cpuNs: (after.reactorCpuNs - before.reactorCpuNs) / cqes,
      allCpuNs: (cpu1 - cpu0) / messages,
      dropped: end.dropped - (beforeMeasuring ? before.dropped : 0),
      kernelLost: end.kernelLost - (beforeMeasuring ? before.kernelLost : 0),
      whole: { seconds: (performance.now() - begin) / 1000, cqes: end.cqes, kernelEvents: end.kernelEvents, submits: end.submits },
    };
  } finally {
    await workload.close();
  }
}
