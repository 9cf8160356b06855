import { chosenBackend } from './backends.ts';
import { capable } from './capabilities.ts';
import type { Check } from './check.ts';
import { TRACEPOINTS_FOR_ALL } from './paranoid.ts';

/** Of the perf back end, for each CPU (Selection::bufferBytes of the tracer). */
const PERF_BUFFER_BYTES = 8 * 1024 * 1024;

const sizeOf = (bytes: number) =>
  bytes === Number.POSITIVE_INFINITY
    ? 'unlimited'
    : bytes >= 1024 * 1024
      ? `${+(bytes / 1024 / 1024).toFixed(1)} MiB`
      : `${+(bytes / 1024).toFixed(1)} KiB`;

/** perf's buffers count as locked memory: perf_mmap() in kernel/events/core.c. */
export const memlockCheck: Check = {
  id: 'memlock',
  title: 'RLIMIT_MEMLOCK',
  blocks: 'nothing',
  run(environment) {
    const { lockedMemoryBytes: limit, sysctl, cpus } = environment;
    if (limit === undefined) return undefined;
    const counts =
      chosenBackend(environment) === 'perf' &&
      !capable(environment, 'CAP_IPC_LOCK') &&
      (sysctl('kernel.perf_event_paranoid') ?? 2) > TRACEPOINTS_FOR_ALL;
    if (!counts || limit >= PERF_BUFFER_BYTES * cpus) return { status: 'ok', detail: sizeOf(limit) };
    return {
      status: 'note',
      detail: `${sizeOf(limit)}: too little for perf's buffers of 8 MiB a CPU; they get smaller, and more events can be lost.`,
      remedy: 'sudo prlimit --memlock=unlimited --pid $$',
    };
  },
};
