/** The text of `perf script`, as it is without -F. */
import { eventLine, type Line, nothing, type TextFormat, timeOf, unreadable } from './text-format.ts';

/**
 *     comm   tid       [cpu]  seconds.fraction:  (period) subsystem:event: payload
 *     ms     15768     [001]  1844.590243:       io_uring:io_uring_create: ring …
 *     ms     15768/15769 …                                    with the process (-F pid,tid)
 */
const EVENT = /^\s*(.*\S)\s+(?:(\d+)\/)?(\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{1,9}):\s+(?:\d+\s+)?(\w+):(\w+):\s*(.*)$/;
/** With --show-lost-events. */
const LOST = /\s\[(\d+)\]\s+(\d+)\.(\d{1,9}):\s+PERF_RECORD_LOST(?:_SAMPLES)?:?\s+lost\s+(\d+)$/;

export const perfScript: TextFormat = {
  name: 'perf script',
  sniff: (line) => EVENT.test(line.trimEnd()) || LOST.test(line.trimEnd()),
  read(line): Line {
    const text = line.trimEnd();
    if (text === '' || text.startsWith('#')) return nothing;
    const parts = EVENT.exec(text);
    if (parts !== null) {
      const [, comm = '', pid, tid = '', cpu = '', seconds = '', fraction = '', , event = '', payload = ''] = parts;
      return eventLine({ comm, tid, pid, cpu, seconds, fraction, event, payload });
    }
    const lost = LOST.exec(text);
    if (lost === null) return unreadable;
    const [, cpu = '', seconds = '', fraction = '', count = ''] = lost;
    return { what: 'lost', cpu: Number(cpu), count: Number(count), t: timeOf(seconds, fraction) };
  },
};
