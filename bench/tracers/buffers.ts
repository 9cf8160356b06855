/** The buffers of our own tracer: how large they are, and how large they must be to lose nothing. */
import type { WorkloadParams } from '../../shared/schema/workload-params.ts';
import { type Run, runOnce } from '../workloads.ts';
import { scriptInTracefs, TRACEFS } from './child.ts';

const MOST_KIB = 256 * 1024;
const MOST_EVENTS = 1 << 22;

/** Smaller instances of ours are there for a moment only, to find a ring. */
const INSTANCES = `for d in ${TRACEFS}/instances/ringlens-${process.pid}-*; do
  kib=$(cat "$d/buffer_size_kb" 2>/dev/null) || continue
  [ "$kib" -ge 1024 ] || continue`;

/** KiB of the kernel for each CPU, of the workload that runs; 0 when it is read in another way. */
export async function kernelBufferKib(): Promise<number> {
  return Number((await scriptInTracefs(`${INSTANCES}\necho $kib; done; exit 0`)).split('\n')[0]);
}

/** A running instance takes another size; what is recorded meanwhile may be lost, so look at losses only afterwards. */
const resize = (kib: number): Promise<string> => scriptInTracefs(`${INSTANCES}\necho ${kib} > "$d/buffer_size_kb"; done; exit 0`);

export interface Size {
  kernelKib: number;
  /** Events between reactor and merger. */
  ringEvents: number;
}

export interface SizeTry extends Size {
  runs: Pick<Run, 'kernelLost' | 'dropped'>[];
}

/** Doubles what lost until `rounds` runs in a row lose nothing. */
export async function findSize(params: Partial<WorkloadParams>, from: Size, rounds: number, runMs: number): Promise<SizeTry[]> {
  const tries: SizeTry[] = [];
  let { kernelKib, ringEvents } = from;
  while (kernelKib <= MOST_KIB && ringEvents <= MOST_EVENTS) {
    const size = { kernelKib, ringEvents, runs: [] as SizeTry['runs'] };
    tries.push(size);
    for (let round = 0; round < rounds; round++) {
      const run = await runOnce(params, runMs, { eventRingEvents: ringEvents, beforeMeasuring: () => resize(size.kernelKib) });
      size.runs.push({ kernelLost: run.kernelLost, dropped: run.dropped });
      if (run.kernelLost + run.dropped > 0) break;
    }
    const last = size.runs.at(-1);
    if (last === undefined || last.kernelLost + last.dropped === 0) return tries;
    if (last.kernelLost > 0) kernelKib *= 2;
    if (last.dropped > 0) ringEvents *= 2;
  }
  return tries;
}
