/** Why a file that a command makes can't be written. */
import { CliError, ExitCode } from './exit-codes.ts';

/** `other`: what else can be chosen. */
export function outputError(path: string, e: unknown, other = 'another name'): CliError {
  const { code, message } = e as NodeJS.ErrnoException;
  return new CliError(
    ExitCode.failed,
    code === 'EEXIST'
      ? `${path} exists and is not written over: choose ${other}, or add --force.`
      : `${path} can't be written: ${message}.`,
  );
}
