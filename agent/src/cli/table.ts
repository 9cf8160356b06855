/** What the tables for people share: numbers, times, lines that fit. */
import { isatty } from 'node:tty';
import { type LatencyName, latencyNames } from '../../../shared/model/latency.ts';
import type { RingSummaryJson } from '../../../shared/model/summary.ts';
import type { KernelTraceJson } from './kernel-trace.ts';

/** Wider tables are hard to read; narrower ones have no room for a number. */
const WIDEST = 100;
const NARROWEST = 70;
const NAME_WIDTH = 26;

/**
 * Columns that a table may take. `columns` = those of the terminal; undefined = it goes to no terminal.
 */
export function tableWidth(env: NodeJS.ProcessEnv, columns = terminalColumns()): number {
  const wanted = columns ?? Number(env.COLUMNS ?? Number.NaN);
  return Number.isFinite(wanted) && wanted > 0 ? Math.min(WIDEST, Math.max(NARROWEST, wanted)) : WIDEST;
}

function terminalColumns(): number | undefined {
  if (isatty(1)) return process.stdout.columns;
  return isatty(2) ? process.stderr.columns : undefined;
}

export const number = (n: number): string => n.toLocaleString('en-US');
export const seconds = (ns: number): string => `${(ns / 1e9).toFixed(3)} s`;

/** Words of `text` in lines of at most `width`; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** "name      value", the value in lines of its own column. */
export function factLine(name: string, value: string, width: number): string {
  return wrap(value, width - NAME_WIDTH)
    .map((line, i) => `${(i === 0 ? name : '').padEnd(NAME_WIDTH)}${line}\n`)
    .join('');
}

/** The parts with a dot between them, in as many lines as they need. */
export function headLine(parts: readonly string[], width: number): string {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + part.length <= width) lines[lines.length - 1] = `${last} · ${part}`;
    else lines.push(part);
  }
  return `${lines.join('\n')}\n`;
}

export const traced = ({ backend, scope, missing, events, lost }: KernelTraceJson): string =>
  backend === '' ? missing : `${scope} through ${backend}: ${number(events)} events, ${number(lost)} lost by the kernel`;

const titles: Readonly<Record<LatencyName, string>> = {
  submitToComplete: 'submit → first CQE',
  wakeToComplete: 'wake → CQE',
  completeToReap: 'CQE → reap',
  reapToReplenish: 'reap → given back',
};

const units: readonly [number, string, number][] = [
  [1e3, 'ns', 0],
  [1e6, 'µs', 1],
  [1e9, 'ms', 1],
  [Number.POSITIVE_INFINITY, 's', 1],
];

export function span(ns: number): string {
  const at = units.findIndex(([below]) => ns < below);
  const [, unit, digits] = units[at] as [number, string, number];
  return `${(ns / (units[at - 1]?.[0] ?? 1)).toFixed(digits)} ${unit}`;
}

/** Name and value of each that was measured; none when none was. They fit 80 columns up to some millions. */
export function latencyFacts(latencies: RingSummaryJson['latencies']): [string, string][] {
  return latencyNames.flatMap((name): [string, string][] => {
    const { count, p50, p99, max } = latencies[name];
    const value = `p50 ${span(p50).padStart(8)}  p99 ${span(p99).padStart(8)}  max ${span(max).padStart(8)}  of ${number(count)}`;
    return count === 0 ? [] : [[titles[name], value]];
  });
}
