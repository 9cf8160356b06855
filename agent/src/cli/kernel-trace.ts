/** What a report tells of the kernel's tracepoints: the same for every source (docs/json.md). */
import type { SourceCapabilities, SourceStats } from '../../../shared/protocol/messages.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';

/** How the kernel's tracepoints were read at the end, and the events of them. */
export interface KernelTraceJson {
  /** "tracefs", "perf"; empty = they were not read. */
  backend: string;
  scope: WorkloadParams['kernel'];
  /** Why they were not read. */
  missing: string;
  notes: string[];
  events: number;
  /** By the kernel. */
  lost: number;
  /** Came behind their time, and were moved up. */
  late: number;
}

export const kernelTraceOf = (
  { kernelBackend: backend, kernelScope: scope, kernelMissing: missing, kernelNotes: notes }: SourceCapabilities,
  { kernelEvents: events, kernelLost: lost, kernelLate: late }: SourceStats,
): KernelTraceJson => ({ backend, scope, missing, notes, events, lost, late });
