/** What a traced process did, as JSON (docs/json.md). */
import type { RingSummaryJson } from '../../../shared/model/summary.ts';
import type { TargetInfo } from '../../../shared/protocol/messages.ts';
import type { KernelTraceJson } from './kernel-trace.ts';

/** Fields are only added within one `schema`. */
export interface TraceReport extends RingSummaryJson {
  /** Version of ringlens. */
  ringlens: string;
  kernel: string;
  command: 'attach' | 'run';
  /** `exit`: the process has ended. */
  endedBy: 'exit' | 'duration' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'failure';
  /** Of several processes the first one. */
  target: TargetInfo;
  /** All processes that were looked at. */
  pids: number[];
  /** How the command of `run` ended, one of them null; null for `attach`, and while it still runs. */
  exit: { code: number | null; signal: string | null } | null;
  kernelTrace: KernelTraceJson;
  /** What of the numbers is not observed, one sentence each: always read them with the numbers. */
  inferred: string[];
}

/** What nobody tells of another process. */
export function inferredOf({ rings }: RingSummaryJson): string[] {
  const older = rings.filter((ring) => !ring.created).length;
  return [
    'When the process reaps a CQE and gives a buffer back is not observed: freeBuffersMin, replenished, reapBatches are no counts of it.',
    ...(older === 0
      ? []
      : [
          `${older} of ${rings.length} rings are older than the trace: requests from before it show with their first event, and their opcode may be unknown.`,
        ]),
  ];
}

/** Whom it looks at, in words: "server (process 4711)", "3 processes called server". */
export const whoOf = (target: TargetInfo | null, pids: readonly number[]): string =>
  pids.length > 1 ? `${pids.length} processes called ${target?.name}` : `${target?.name} (process ${target?.pid})`;
