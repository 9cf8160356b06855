/** What a headless run did: the JSON (docs/json.md) and the table for people. */
import type { ModeSummary, RingSummaryJson } from '../../../shared/model/summary.ts';
import { terminateCauses } from '../../../shared/model/terminate-cause.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { KernelTraceJson } from './kernel-trace.ts';
import { type StopJson, stopFacts } from './stop-report.ts';
import { factLine, headLine, latencyFacts, number, seconds, traced } from './table.ts';

/** Fields are only added within one `schema`. */
export interface LiveReport extends RingSummaryJson {
  /** Version of ringlens. */
  ringlens: string;
  kernel: string;
  endedBy: 'duration' | 'breakpoint' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'failure';
  /** With --break: why the run ended; null = no breakpoint was hit. */
  stop?: StopJson | null;
  params: WorkloadParams;
  /** By the load generator, exact. */
  messagesSent: number;
  bytesSent: number;
  /** By recv CQEs, exact: counted in the reactor and not from events. */
  bytesReceived: number;
  kernelTrace: KernelTraceJson;
}

function rows(report: RingSummaryJson): [string, (mode: ModeSummary) => number][] {
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

type Facts = [string, string][];

/** What the recv requests did, by mode. */
export function modesTable(report: RingSummaryJson): string {
  const { multishot, single, total } = report;
  const line = (name: string, ...cells: string[]) => `${name.padEnd(24)}${cells.map((cell) => cell.padStart(16)).join('')}\n`;
  return [
    line('', 'multishot', 'single', 'total'),
    ...rows(report).map(([name, of]) => line(name, number(of(multishot)), number(of(single)), number(of(total)))),
  ].join('');
}

/** What else is told of the own workload; `buffers` = size of its group. */
export function ownFacts(report: RingSummaryJson & { kernelTrace: KernelTraceJson }, buffers: number): Facts {
  const { kernelTrace, pollArms } = report;
  const kernelSide: Facts = [
    ['poll arms', kernelTrace.backend === '' ? `~${number(pollArms.inferred)} (inferred)` : number(pollArms.observed)],
    ...(kernelTrace.scope === 'all'
      ? ([
          ['wakes', number(report.wakes)],
          ['CQEs seen in the kernel', number(report.completions)],
        ] as Facts)
      : []),
    ...(report.fairnessBreaks > 0 ? [['fairness breaks', number(report.fairnessBreaks)] as [string, string]] : []),
  ];
  return [
    ['fewest available buffers', report.freeBuffersMin < 0 ? 'unknown' : `${report.freeBuffersMin} of ${buffers}`],
    ['buffers given back', number(report.replenished)],
    ...kernelSide,
    ...latencyFacts(report.latencies),
    ['CQ overflow (kernel)', number(report.overflowed)],
    ['dropped (ringlens)', number(report.dropped)],
    ['events', number(report.events)],
    ['kernel tracepoints', traced(kernelTrace)],
    ...kernelTrace.notes.map((note): [string, string] => ['', note]),
  ];
}

export function reportAsTable(report: LiveReport, width: number): string {
  const facts: Facts = [
    ['sent', `${number(report.messagesSent)} messages, ${number(report.bytesSent)} bytes`],
    ['received', `${number(report.bytesReceived)} bytes`],
    ...ownFacts(report, report.params.buffers),
  ];
  return [
    headLine([report.kernel, `${seconds(report.durationNs)} of trace`, `ended by ${report.endedBy}`], width),
    '\n',
    ...(report.stop === undefined ? [] : [...stopFacts(report.stop).map(([name, value]) => factLine(name, value, width)), '\n']),
    modesTable(report),
    '\n',
    ...facts.map(([name, value]) => factLine(name, value, width)),
  ].join('');
}
