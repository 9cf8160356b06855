/** What the two ways of running `ringlens live` share. */
import type { BreakpointSpec } from '../../../shared/protocol/debug.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { compileBreakpoints } from '../session/debugging.ts';
import { createSource } from '../sources/registry.ts';
import type { SourceError } from '../sources/source.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import type { RecordOptions } from './record-options.ts';
import type { KeepOptions } from './run-options.ts';

export interface LiveRun {
  readonly params: WorkloadParams;
  readonly durationMs: number | undefined;
  /** null: nothing is recorded. */
  readonly record: RecordOptions | null;
  readonly keep: KeepOptions;
  readonly listenPort: number | undefined;
  readonly unixPath: string | undefined;
  readonly breakpoints: readonly BreakpointSpec[];
}

/** Its source, not started yet. Throws SourceError where there can be none. */
export const sourceOf = (run: LiveRun) => createSource('live', { ...run, breakpoints: compileBreakpoints(run.breakpoints) });

/** How long what is left in the sockets is waited for at the end of --duration. */
export const FINISH_TIMEOUT_MS = 5000;

/** A source that would not start: 3 where this machine can't, 1 for what the user can change. */
export function cliErrorOf(error: SourceError): CliError {
  const unsupported = ['EUNSUPPORTED', 'ENOSYS', 'EPERM', 'ENOMEM'].includes(error.code);
  return new CliError(unsupported ? ExitCode.unsupported : ExitCode.failed, error.message);
}
