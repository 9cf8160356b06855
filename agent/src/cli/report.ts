/** What a headless run did: the JSON (docs/json.md) and the table for people. */

import type { ModeSummary, RingSummaryJson } from '../../../shared/model/summary.ts';
import { terminateCauses } from '../../../shared/model/terminate-cause.ts';
import type { SourceCapabilities, SourceStats } from '../../../shared/protocol/messages.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';

/** Fields are only added within one `schema`. */
export interface LiveReport extends RingSummaryJson {
  /** Version of ringlens. */
  ringlens: string;
  kernel: string;
  endedBy: 'duration' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'failure';
  params: WorkloadParams;
  /** By the load generator, exact. */
  messagesSent: number;
  bytesSent: number;
  /** By recv CQEs, exact: counted in the reactor and not from events. */
  bytesReceived: number;
  kernelTrace: KernelTraceJson;
}

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

export const number = (n: number) => n.toLocaleString('en-US');

export const traced = ({ backend, scope, missing, events, lost }: KernelTraceJson) =>
  backend === '' ? missing : `${scope} through ${backend}: ${number(events)} events, ${number(lost)} lost by the kernel`;

function rows(report: LiveReport): [string, (mode: ModeSummary) => number][] {
  const errors = Object.keys(report.total.errors).filter((name) => name !== 'ENOBUFS');
  return [
    ['submits', (m) => m.submits],
    ['CQEs', (m) => m.cqes],
    ['  F_MORE', (m) => m.fMore],
    ['  F_SOCK_NONEMPTY', (m) => m.sockNonEmpty],
    ['  F_BUF_MORE', (m) => m.bufMore],
    ...terminateCauses.map((cause): [string, (m: ModeSummary) => number] => [`terminated: ${cause}`, (m) => m.terminations[cause]]),
    ['ENOBUFS', (m) => m.enobufs],
    ...errors.map((name): [string, (m: ModeSummary) => number] => [name, (m) => m.errors[name] ?? 0]),
    ['re-arms', (m) => m.rearms],
    ['bytes received', (m) => m.bytesReceived],
  ];
}

export function reportAsTable(report: LiveReport): string {
  const { multishot, single, total } = report;
  const line = (name: string, ...cells: string[]) => `${name.padEnd(24)}${cells.map((cell) => cell.padStart(16)).join('')}\n`;
  const facts: [string, string][] = [
    ['sent', `${number(report.messagesSent)} messages, ${number(report.bytesSent)} bytes`],
    ['received', `${number(report.bytesReceived)} bytes`],
    ['fewest available buffers', report.freeBuffersMin < 0 ? 'unknown' : `${report.freeBuffersMin} of ${report.params.buffers}`],
    ['buffers given back', number(report.replenished)],
    ['CQ overflow (kernel)', number(report.overflowed)],
    ['dropped (ringlens)', number(report.dropped)],
    ['events', number(report.events)],
    ['kernel tracepoints', traced(report.kernelTrace)],
  ];
  return [
    `${report.kernel} · ${(report.durationNs / 1e9).toFixed(3)} s of trace · ended by ${report.endedBy}\n\n`,
    line('', 'multishot', 'single', 'total'),
    ...rows(report).map(([name, of]) => line(name, number(of(multishot)), number(of(single)), number(of(total)))),
    '\n',
    ...facts.map(([name, value]) => `${name.padEnd(26)}${value}\n`),
  ].join('');
}
