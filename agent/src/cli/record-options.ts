/** `--record` and `--force`. */
import { type Command, Option } from 'commander';
import { CliError, ExitCode } from './exit-codes.ts';
import { addOptions } from './option-groups.ts';

export interface RecordFlags {
  record?: string;
  force?: true;
}

export interface RecordOptions {
  path: string;
  force: boolean;
}

export function addRecordOptions(command: Command): void {
  addOptions(
    command,
    'Recording:',
    new Option('--record <file>', 'write the trace to this file, to be opened with "ringlens replay"'),
    new Option('--force', 'with --record: write over the file if it exists'),
  );
}

/** null: nothing is recorded. Throws CliError with one sentence. */
export function recordOptionsOf({ record, force }: RecordFlags): RecordOptions | null {
  if (record === undefined) {
    if (force === true) throw new CliError(ExitCode.usage, '--force is about the file of --record; add --record FILE.');
    return null;
  }
  if (record === '') throw new CliError(ExitCode.usage, '--record needs the name of a file.');
  return { path: record, force: force === true };
}
