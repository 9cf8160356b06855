#!/usr/bin/env node
/** The entry of the command `ringlens`. */
import { ExitCode } from './cli/exit-codes.ts';
import { run } from './cli/program.ts';
import { notWritten } from './cli/report-file.ts';
import { leavePipesAlone, writeAll } from './cli/streams.ts';

leavePipesAlone();

const err = (text: string): void => void writeAll(2, text);

let isLost = false;
/** Nobody repeats a long look for its report: what a full disk does not take goes to standard error. */
function out(text: string): void {
  const problem = writeAll(1, text);
  if (problem === undefined) return;
  isLost = true;
  err(`ringlens: ${notWritten('standard output', problem)}. Here it is:\n${text}`);
}

/** People get a sentence; RINGLENS_DEBUG=1 gets the stack. */
function tell(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  err(`ringlens: internal error: ${process.env.RINGLENS_DEBUG === '1' ? stack : message}; please report it.\n`);
}

process.on('uncaughtException', (e) => {
  tell(e);
  process.exit(ExitCode.failed);
});

const exitCode = await run(process.argv.slice(2), { out, err });
process.exitCode = isLost && exitCode === ExitCode.ok ? ExitCode.failed : exitCode;
