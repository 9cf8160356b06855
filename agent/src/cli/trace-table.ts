/**
 * What a traced process did, as a table for people: a block for each ring, or a line for each where they are many; a column
 * for each opcode, the busiest first, and what has no room in one column "others", so that a line adds up.
 */
import { KernelCounts, type KernelCountsJson } from '../../../shared/model/kernel-counts.ts';
import type { RingJson, RingSummaryJson } from '../../../shared/model/summary.ts';
import type { KernelTraceJson } from './kernel-trace.ts';
import { factLine, headLine, latencyFacts, number, seconds, traced } from './table.ts';
import { type TraceReport, whoOf } from './trace-report.ts';

/** More rings than this have a line each and one table together, and no more lines than these. */
const MOST_TABLES = 3;
const MOST_LINES = 20;

type Row = [string, (counts: KernelCountsJson) => number];
type Column = [string, KernelCountsJson];

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

const GAP = 2;
const NAME_WIDTH = 24;

/** What a column takes: its title, or its largest number. */
const widthOf = ([title, c]: Column): number =>
  GAP +
  Math.max(title.length, ...rows.map(([, of]) => number(of(c)).length), ...Object.values(c.terminations).map((n) => number(n).length));

function sum(columns: readonly Column[]): KernelCounts {
  const total = new KernelCounts();
  for (const [, counts] of columns) total.add(counts);
  return total;
}

/** The columns that fit into `width`: at least one opcode, "others", "all". */
function columnsOf(opcodes: Record<string, KernelCountsJson>, total: KernelCountsJson, width: number): Column[] {
  const busiest: Column[] = Object.entries(opcodes).sort(([, a], [, b]) => b.completions - a.completions || b.submits - a.submits);
  if (busiest.length < 2) return busiest.length === 0 ? [['all', total]] : busiest;
  const all: Column = ['all', total];
  for (let shown = busiest.length; shown > 1; shown--) {
    const left = busiest.slice(shown);
    const others: Column[] = left.length === 0 ? [] : [[`${left.length} others`, sum(left)]];
    const columns = [...busiest.slice(0, shown), ...others, all];
    if (columns.reduce((n, column) => n + widthOf(column), NAME_WIDTH) <= width) return columns;
  }
  const left = busiest.slice(1);
  return [busiest[0] as Column, [`${left.length} others`, sum(left)], all];
}

function countsTable(opcodes: Record<string, KernelCountsJson>, total: KernelCountsJson, width: number): string {
  const columns = columnsOf(opcodes, total, width);
  const causes = [...new Set(columns.flatMap(([, c]) => Object.keys(c.terminations)))];
  const ended = causes.map((cause): Row => [`ended: ${cause}`, (c) => c.terminations[cause] ?? 0]);
  const line = (name: string, cells: readonly string[]) =>
    `${`  ${name}`.padEnd(NAME_WIDTH)}${cells.map((cell, i) => cell.padStart(widthOf(columns[i] as Column))).join('')}\n`;
  return [
    line(
      '',
      columns.map(([title]) => title),
    ),
    ...[...rows, ...ended]
      .filter(([, of]) => columns.some(([, counts]) => of(counts) > 0))
      .map(([name, of]) =>
        line(
          name,
          columns.map(([, counts]) => (of(counts) === 0 ? '·' : number(of(counts)))),
        ),
      ),
  ].join('');
}

const titleOf = ({ id, pid, fd, sqEntries, cqEntries, created }: RingJson): string =>
  `ring ${id}: process ${pid}, fd ${fd}${cqEntries > 0 ? `, SQ ${sqEntries}, CQ ${cqEntries}` : ''}${created ? '' : ', older than the trace'}`;

function ringLines(rings: readonly RingJson[]): string {
  const busiest = [...rings].sort((a, b) => b.total.completions - a.total.completions);
  const shown = busiest.slice(0, MOST_LINES);
  const left = busiest.length - shown.length;
  const most = (of: (ring: RingJson) => string) => Math.max(...shown.map((ring) => of(ring).length));
  const [titles, submits, cqes] = [
    most(titleOf),
    most(({ total }) => number(total.submits)),
    most(({ total }) => number(total.completions)),
  ];
  const line = (ring: RingJson) =>
    `${titleOf(ring).padEnd(titles)}  submits ${number(ring.total.submits).padStart(submits)}  CQEs ${number(ring.total.completions).padStart(cqes)}\n`;
  return `${shown.map(line).join('')}${left > 0 ? `… and ${number(left)} further rings: --json has them\n` : ''}\n`;
}

/** What the requests of each ring did, by opcode. */
export function ringsTable({ rings, opcodes }: RingSummaryJson, width: number): string {
  if (rings.length === 0) return 'It made no io_uring ring while it was traced.\n\n';
  const total = sum(Object.entries(opcodes));
  const together = rings.length === 1 ? '' : `all ${number(rings.length)} rings\n${countsTable(opcodes, total, width)}\n`;
  if (rings.length > MOST_TABLES) return `${ringLines(rings)}${together}`;
  return `${rings.map((ring) => `${titleOf(ring)}\n${countsTable(ring.opcodes, ring.total, width)}\n`).join('')}${together}`;
}

/** What else is told of another process. */
export function foreignFacts(report: RingSummaryJson & { kernelTrace: KernelTraceJson }): [string, string][] {
  const { events, dropped, kernelTrace } = report;
  return [
    ...latencyFacts(report.latencies),
    ['events', `${number(events)}, ${number(dropped)} lost by ringlens`],
    ['kernel tracepoints', traced(kernelTrace)],
    ...kernelTrace.notes.map((note): [string, string] => ['', note]),
  ];
}

export function traceAsTable(report: TraceReport, width: number): string {
  const { target, pids, exit } = report;
  const how = exit === null ? '' : exit.signal !== null ? `, ended by ${exit.signal}` : `, exit status ${exit.code}`;
  return [
    headLine(
      [report.kernel, `${whoOf(target, pids)}${how}`, `${seconds(report.durationNs)} of trace`, `ended by ${report.endedBy}`],
      width,
    ),
    '\n',
    ringsTable(report, width),
    ...foreignFacts(report).map(([name, value]) => factLine(name, value, width)),
  ].join('');
}
