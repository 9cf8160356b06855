#!/usr/bin/env node
/** The entry of the command `ringlens`. */
import { ExitCode } from './cli/exit-codes.ts';
import { run } from './cli/program.ts';

/** People get a sentence; RINGLENS_DEBUG=1 gets the stack. */
function tell(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`ringlens: internal error: ${process.env.RINGLENS_DEBUG === '1' ? stack : message}; please report it.\n`);
}

process.on('uncaughtException', (e) => {
  tell(e);
  process.exit(ExitCode.failed);
});
// A reader that went away (ringlens … | head -1) is no reason to end.
process.stdout.on('error', () => {});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
