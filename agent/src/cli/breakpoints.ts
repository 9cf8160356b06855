/** `--break EXPR`: breakpoints from the command line. */
import { Option } from 'commander';
import type { BreakpointSpec } from '../../../shared/protocol/debug.ts';
import { MOST_BREAKPOINTS } from '../../../shared/schema/debug.ts';
import { compileBreakpoints } from '../session/debugging.ts';
import { SourceError } from '../sources/source.ts';
import { CliError, ExitCode } from './exit-codes.ts';

export const breakOption = (): Option =>
  new Option('--break <expr>', 'stop the reactor at the first event like this (docs/debugger.md); can be given more than once').argParser(
    (text: string, before: string[] | undefined) => [...(before ?? []), text],
  );

/** Numbered from 1, in the order in which they were typed. Throws CliError for one that is no condition. */
export function breakpointsOf(texts: readonly string[] = []): BreakpointSpec[] {
  if (texts.length > MOST_BREAKPOINTS)
    throw new CliError(ExitCode.usage, `--break: there can be no more than ${MOST_BREAKPOINTS} breakpoints.`);
  const specs = texts.map((text, i) => ({ id: i + 1, text, enabled: true, ignore: 0 }));
  try {
    compileBreakpoints(specs);
  } catch (e) {
    if (e instanceof SourceError) throw new CliError(ExitCode.usage, `--break ${e.message}`);
    throw e;
  }
  return specs;
}
