/** The texts that can be imported. A new one is a file and a line here. */
import { traceCmd, tracefs } from './ftrace.ts';
import { perfScript } from './perf-script.ts';
import { LONGEST_LINE, type TextFormat } from './text-format.ts';

/** In the order in which they are tried: the lines of trace-cmd are those of tracefs, its first one is not. */
export const textFormats: readonly TextFormat[] = [traceCmd, perfScript, tracefs];

/** The form of the first line that any of them knows; null = none does. */
export function sniffText(lines: Iterable<string>): TextFormat | null {
  for (const line of lines) {
    if (line.length > LONGEST_LINE) continue;
    const format = textFormats.find(({ sniff }) => sniff(line));
    if (format !== undefined) return format;
  }
  return null;
}
