/** What a recorded trace holds, as JSON (docs/json.md) and as a table for people. */
import type { RingSummaryJson } from '../../../shared/model/summary.ts';
import type { SessionInfo, TargetInfo } from '../../../shared/protocol/messages.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { KernelTraceJson } from './kernel-trace.ts';
import { modesTable, ownFacts } from './report.ts';
import { factLine, headLine, seconds } from './table.ts';
import { whoOf } from './trace-report.ts';
import { foreignFacts, ringsTable } from './trace-table.ts';

/** Fields are only added within one `schema`. */
export interface StatsReport extends RingSummaryJson {
  /** Version of the ringlens that recorded it. */
  ringlens: string;
  kernel: string;
  file: string;
  source: SessionInfo['source'];
  /** null for the own workload. */
  target: TargetInfo | null;
  /** As the recording began; null for another process. */
  params: WorkloadParams | null;
  /** Start of the session, ISO 8601. */
  recordedAt: string;
  /** The recording came to its end; false = it was cut off. */
  complete: boolean;
  /** What can't be read, a sentence each: what it held is not in the numbers. */
  trouble: string[];
  /** Bookmarks and notes in it. */
  notes: number;
  kernelTrace: KernelTraceJson;
  /** What of the numbers is not observed, one sentence each: always read them with the numbers. */
  inferred: string[];
}

export function statsAsTable(report: StatsReport, width: number): string {
  const { source, target, params, complete } = report;
  const who = source === 'live' ? "ringlens' own workload" : target === null ? 'imported' : whoOf(target, []);
  const head = [
    report.kernel,
    who,
    `${seconds(report.durationNs)} of trace`,
    `recorded ${report.recordedAt}${complete ? '' : ', cut off'}`,
  ];
  const isOwn = source === 'live' && params !== null;
  return [
    headLine(head, width),
    '\n',
    isOwn ? `${modesTable(report)}\n` : ringsTable(report, width),
    ...(isOwn ? ownFacts(report, params.buffers) : foreignFacts(report)).map(([name, value]) => factLine(name, value, width)),
  ].join('');
}
