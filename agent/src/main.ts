#!/usr/bin/env node
/** The entry of the command `ringlens`. */
import { ExitCode } from './cli/exit-codes.ts';
import { run } from './cli/program.ts';
import { leavePipesAlone, writeAll } from './cli/streams.ts';

leavePipesAlone();

const out = (text: string): void => writeAll(1, text);
const err = (text: string): void => writeAll(2, text);

/** People get a sentence; RINGLENS_DEBUG=1 gets the stack. */
function tell(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  err(`ringlens: internal error: ${process.env.RINGLENS_DEBUG === '1' ? stack : message}; please report it.\n`);
}

process.on('uncaughtException', (e) => {
  tell(e);
  process.exit(ExitCode.failed);
});

process.exitCode = await run(process.argv.slice(2), { out, err });
