/** The texts that can be imported. A new one is a file and a line here. */
import { traceCmd, tracefs } from './ftrace.ts';
import { perfScript } from './perf-script.ts';
import { LONGEST_LINE, type TextFormat } from './text-format.ts';

/** Every place that this runs in has it; the types of shared/ know no place. */
declare class TextDecoder {
  decode(bytes: Uint8Array): string;
}

/** In the order in which they are tried: the lines of trace-cmd are those of tracefs, its first one is not. */
export const textFormats: readonly TextFormat[] = [traceCmd, perfScript, tracefs];

/** Where the form of a text is looked for, bytes. */
const SNIFF_BYTES = 64 * 1024;

/** The form of the text that this is the beginning of; null = of none that is known. */
export async function sniffSource(source: { read(offset: number, length: number): Promise<Uint8Array> }): Promise<TextFormat | null> {
  const start = new TextDecoder().decode(await source.read(0, SNIFF_BYTES));
  return sniffText(start.split('\n'));
}

/** The form of the first line that any of them knows; null = none does. */
export function sniffText(lines: Iterable<string>): TextFormat | null {
  for (const line of lines) {
    if (line.length > LONGEST_LINE) continue;
    const format = textFormats.find(({ sniff }) => sniff(line));
    if (format !== undefined) return format;
  }
  return null;
}
