/** What `ringlens check` prints: lines for people, and the JSON (docs/json.md). */
import type { Environment } from '../preflight/environment.ts';
import { type CheckedLine, runChecks } from '../preflight/registry.ts';
import { verdictOf } from '../preflight/verdict.ts';
import { wrap } from './table.ts';

/** Fields are only added within one `schema`. */
export interface CheckReport {
  /** Version of ringlens. */
  ringlens: string;
  schema: 1;
  kernel: string;
  live: boolean;
  backend: string;
  attach: boolean;
  checks: CheckedLine[];
}

export interface TextOptions {
  /** Lines are broken at this width; undefined = not at all. */
  readonly columns: number | undefined;
  readonly color: boolean;
}

export interface CheckResult {
  readonly report: CheckReport;
  /** What follows for the user, in words. */
  readonly verdict: readonly CheckedLine[];
}

export function checkMachine(environment: Environment, version: string): CheckResult {
  const { live, backend, attach, lines } = verdictOf(environment);
  const kernel = `${environment.system} ${environment.kernelRelease}`;
  return {
    report: { ringlens: version, schema: 1, kernel, live, backend, attach, checks: runChecks(environment) },
    verdict: lines,
  };
}

const MARK_WIDTH = 'problem'.length + 2;
const TITLE_WIDTH = 'kernel.perf_event_paranoid'.length + 2;
/** Wider lines are hard to read. */
const WIDEST = 120;

const ESC = '\u001b[';
const colors = { ok: 32, note: 33, problem: 31 } as const;

function lineOf(line: CheckedLine, { columns, color }: TextOptions): string {
  const { status, title, detail } = line;
  const remedy = line.status === 'ok' ? undefined : line.remedy;
  const indent = MARK_WIDTH + TITLE_WIDTH;
  const details = columns === undefined ? [detail] : wrap(detail, Math.max(Math.min(columns, WIDEST) - indent, 20));
  const mark = `${color ? `${ESC}${colors[status]}m${status}${ESC}0m` : status}${' '.repeat(MARK_WIDTH - status.length)}`;
  // A command is never broken: it is copied.
  const type = remedy === undefined ? '' : `${' '.repeat(MARK_WIDTH)}type: ${remedy}\n`;
  return `${mark}${title.padEnd(TITLE_WIDTH)}${details.join(`\n${' '.repeat(indent)}`)}\n${type}`;
}

/** A line each: mark, title, detail; what to type is in the line below. */
export function checkAsText({ report, verdict }: CheckResult, options: TextOptions): string {
  return [
    `ringlens ${report.ringlens} on ${report.kernel}\n\n`,
    ...report.checks.map((line) => lineOf(line, options)),
    '\n',
    ...verdict.map((line) => lineOf(line, options)),
  ].join('');
}

/** How to print on a stream: in colour and broken into lines only where a person looks at it. */
export function textOptionsFor(stream: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv): TextOptions {
  if (stream.isTTY !== true) return { columns: undefined, color: false };
  // https://no-color.org: set and not empty.
  return { columns: stream.columns ?? 80, color: (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb' };
}
