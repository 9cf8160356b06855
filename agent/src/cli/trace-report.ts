/** What a traced process did: the JSON (docs/json.md) and the table for people. */
import type { KernelCountsJson } from '../../../shared/model/kernel-counts.ts';
import type { RingJson, RingSummaryJson } from '../../../shared/model/summary.ts';
import type { TargetInfo } from '../../../shared/protocol/messages.ts';
import { type KernelTraceJson, latencyLines, number, traced } from './report.ts';

/** Fields are only added within one `schema`. */
export interface TraceReport extends RingSummaryJson {
  /** Version of ringlens. */
  ringlens: string;
  kernel: string;
  command: 'attach' | 'run';
  /** `exit`: the process has ended. */
  endedBy: 'exit' | 'duration' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'failure';
  target: TargetInfo;
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

type Row = [string, (counts: KernelCountsJson) => number];
const rows: readonly Row[] = [
  ['submits', (c) => c.submits],
  ['  multishot', (c) => c.multishot],
  ['  single', (c) => c.single],
  ['refused', (c) => c.refused],
  ['poll arms', (c) => c.pollArms],
  ['wakes', (c) => c.wakes],
  ['fairness breaks', (c) => c.fairnessBreaks],
  ['CQEs', (c) => c.completions],
  ['  F_MORE', (c) => c.fMore],
  ['  F_SOCK_NONEMPTY', (c) => c.sockNonEmpty],
  ['  F_BUF_MORE', (c) => c.bufMore],
  ['  overflowed', (c) => c.overflowed],
];

/** Columns of a table that a terminal has room for. */
const MOST_COLUMNS = 5;

function ringTable({ id, pid, fd, sqEntries, cqEntries, created, opcodes, total }: RingJson): string {
  const busiest = Object.entries(opcodes).sort((a, b) => b[1].completions - a[1].completions);
  const shown = busiest.slice(0, MOST_COLUMNS - 1);
  const columns: [string, KernelCountsJson][] = [...shown, ['all', total]];
  const causes = [...new Set(columns.flatMap(([, c]) => Object.keys(c.terminations)))];
  const line = (name: string, cells: string[]) => `  ${name.padEnd(22)}${cells.map((cell) => cell.padStart(15)).join('')}\n`;
  const ended = causes.map((cause): Row => [`ended: ${cause}`, (c) => c.terminations[cause] ?? 0]);
  const size = cqEntries > 0 ? `, SQ ${sqEntries}, CQ ${cqEntries}` : '';
  const left = busiest.length - shown.length;
  return [
    `ring ${id}: process ${pid}, fd ${fd}${size}${created ? '' : ', older than the trace'}\n`,
    line(
      '',
      columns.map(([name]) => name),
    ),
    ...[...rows, ...ended]
      .filter(([, of]) => columns.some(([, counts]) => of(counts) > 0))
      .map(([name, of]) =>
        line(
          name,
          columns.map(([, counts]) => number(of(counts))),
        ),
      ),
    ...(left > 0 ? [`  (${left} further opcodes: --json has them)\n`] : []),
    '\n',
  ].join('');
}

export function traceAsTable(report: TraceReport): string {
  const { target, rings, dropped, kernelTrace, events, exit } = report;
  const how = exit === null ? '' : exit.signal !== null ? `, ended by ${exit.signal}` : `, exit status ${exit.code}`;
  return [
    `${report.kernel} · ${target.name} (process ${target.pid})${how} · ${(report.durationNs / 1e9).toFixed(3)} s of trace · ended by ${report.endedBy}\n\n`,
    ...(rings.length === 0 ? ['It made no io_uring ring while it was traced.\n\n'] : rings.map(ringTable)),
    ...latencyLines(report.latencies),
    `${'events'.padEnd(26)}${number(events)}, ${number(dropped)} lost\n`,
    `${'kernel tracepoints'.padEnd(26)}${traced(kernelTrace)}\n`,
  ].join('');
}
