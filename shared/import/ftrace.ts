/** Text in the form of ftrace: tracefs `trace` and `trace_pipe`, and `trace-cmd report` (also with -R, -t, -l). */
import { eventLine, type Line, nothing, type TextFormat, unreadable } from './text-format.ts';

/**
 *     comm-tid     (tgid)  [cpu] flags   seconds.fraction: event: payload
 *     ms-18459             [000] d..1.  2343.473738: io_uring_task_add: ring …
 *     server-4711  ( 4711) [001] .....  2343.473738123: io_uring_task_add: ring …
 */
const EVENT = /^\s*(.*)-(\d+)\s+(?:\(\s*(\d+|-+)\)\s+)?\[(\d+)\](?:\s+\S{1,8})?\s+(\d+)\.(\d{1,9}):\s+([\w:]+):\s*(.*)$/;
/** kernel/trace/trace.c, print_trace_line: the count is missing where the kernel does not know it. */
const LOST = /^CPU:(\d+) \[LOST (?:(\d+) )?EVENTS\]$/;
/** trace-cmd, tracecmd/trace-read.c. */
const DROPPED = /^CPU:(\d+) \[(?:(\d+) )?EVENTS DROPPED\]$/;

function read(line: string): Line {
  const text = line.trimEnd();
  if (text === '' || text.startsWith('#') || /^(?:cpus=\d+|version = \d+|CPU \d+ is empty)$/.test(text)) return nothing;
  const lost = LOST.exec(text) ?? DROPPED.exec(text);
  if (lost !== null) return { what: 'lost', cpu: Number(lost[1]), count: lost[2] === undefined ? -1 : Number(lost[2]), t: null };
  const parts = EVENT.exec(text);
  if (parts === null) return unreadable;
  const [, comm = '', tid = '', tgid, cpu = '', seconds = '', fraction = '', event = '', payload = ''] = parts;
  return eventLine({ comm, tid, pid: tgid?.startsWith('-') ? undefined : tgid, cpu, seconds, fraction, event, payload });
}

const isEvent = (line: string): boolean => EVENT.test(line.trimEnd());

export const tracefs: TextFormat = {
  name: 'tracefs',
  sniff: (line) => line.startsWith('# tracer:') || LOST.test(line.trimEnd()) || isEvent(line),
  read,
};

export const traceCmd: TextFormat = {
  name: 'trace-cmd report',
  sniff: (line) => /^(?:cpus=\d+|version = \d+)$/.test(line.trimEnd()) || DROPPED.test(line.trimEnd()),
  read,
};
