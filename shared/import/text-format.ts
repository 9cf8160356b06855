/** How one tracer writes a line. */
import type { KernelRow } from './kernel-row.ts';
import { isOurs, kindOfEvent, rowOf } from './payload.ts';

export type Line =
  /** A tracepoint that is taken in. */
  | { what: 'row'; row: KernelRow }
  /** The tracer lost events on this CPU before the next line of it; count -1 = it does not say how many. */
  | { what: 'lost'; cpu: number; count: number; t: number | null }
  /** A tracepoint of another subsystem, or one that says nothing for us. */
  | { what: 'other' }
  /** Not an event: a comment, a header, an empty line. */
  | { what: 'nothing' }
  | { what: 'unreadable' };

export interface TextFormat {
  /** "perf script" */
  readonly name: string;
  /** One line of a text of this form, that tells it from the others. */
  sniff(line: string): boolean;
  read(line: string): Line;
}

/** Whoever writes longer lines is no tracer: nothing is searched in them. */
export const LONGEST_LINE = 1024;

export const nothing: Line = { what: 'nothing' };
export const unreadable: Line = { what: 'unreadable' };

export interface EventLine {
  comm: string;
  tid: string;
  pid: string | undefined;
  cpu: string;
  seconds: string;
  /** 6 digits (µs) or 9 (ns). */
  fraction: string;
  event: string;
  payload: string;
}

/** ns; exact while the seconds are those of an uptime. */
export const timeOf = (seconds: string, fraction: string): number => Number(seconds) * 1e9 + Number(fraction.padEnd(9, '0').slice(0, 9));

export function eventLine({ comm, tid, pid, cpu, seconds, fraction, event, payload }: EventLine): Line {
  const t = timeOf(seconds, fraction);
  if (!Number.isSafeInteger(t)) return unreadable;
  if (!isOurs(event)) return { what: 'other' };
  const kind = kindOfEvent(event);
  if (kind === undefined) return { what: 'other' };
  const row = rowOf(kind, payload);
  if (row === null) return unreadable;
  row.t = t;
  row.cpu = Number(cpu);
  row.tid = Number(tid);
  row.pid = pid === undefined ? 0 : Number(pid);
  row.comm = comm;
  return { what: 'row', row };
}
