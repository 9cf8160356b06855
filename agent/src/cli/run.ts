/** `ringlens run`: starts a command and looks at its rings from the first io_uring_setup on. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Option } from 'commander';
import { type CommandEnd, checkCommand } from '../sources/launch.ts';
import { createSource } from '../sources/registry.ts';
import { SourceError } from '../sources/source.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { addOptions } from './run-options.ts';
import { addTraceOptions, runTrace, type TraceFlags, traceOptionsOf } from './trace-run.ts';

const examples = `
Examples:
  ringlens run -- ./server --port 9000              its rings in the browser, from the first io_uring_setup on
  ringlens run --headless -- ./server               what its rings did, on standard error when it has ended
  ringlens run --headless --json -o did.json -- ./server
The command has your terminal: its input, output and exit status are its own. What ringlens says goes to standard
error.
Exit codes: that of the command, 128 + N when signal N ended it · 127 there is no such program · 2 wrong command line
  3 not permitted, or not possible here · 1 the trace failed`;

interface RunFlagsOf extends TraceFlags {
  output?: string;
}

/** As a shell tells it. */
const statusOf = ({ code, signal }: CommandEnd): number =>
  signal !== null ? 128 + (constants.signals[signal] ?? 0) : (code ?? ExitCode.failed);

/** Makes sure, before anything runs, that the report can be written. */
function reserve(path: string | undefined): void {
  if (path === undefined) return;
  try {
    closeSync(openSync(path, 'wx'));
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    throw new CliError(
      ExitCode.failed,
      code === 'EEXIST' ? `--output: ${path} exists already; choose another name.` : `--output: ${path} can't be written (${code}).`,
    );
  }
}

async function run(command: string[], flags: RunFlagsOf, output: CliOutput): Promise<number> {
  const options = traceOptionsOf(flags);
  const { kernel, backend, bufferBytes } = options;
  if (flags.output !== undefined && !options.headless)
    throw new CliError(ExitCode.usage, '--output takes the report of a run without a page; add --headless.');
  try {
    checkCommand(command[0] ?? '');
  } catch (e) {
    if (e instanceof SourceError) throw new CliError(ExitCode.noProgram, e.message);
    throw e;
  }
  reserve(flags.output);
  const source = createSource('run', { command, kernel, backend, bufferBytes });
  let end: CommandEnd | null = null;
  const ended = source.ended.then((how) => {
    end = how;
    return how;
  });
  const code = await runTrace({
    command: 'run',
    source,
    options,
    output,
    say: (text) => output.err(text),
    tell: (text) => (flags.output === undefined ? output.err(text) : writeFileSync(flags.output, text)),
    onSignal: (signal) => {
      // A terminal has sent Ctrl-C to the command already.
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) source.kill(signal);
      return true;
    },
    exit: () => end,
  });
  if (code === ExitCode.failed) return code;
  return statusOf(await ended);
}

export const runCommand: CliCommand = {
  name: 'run',
  register(program, output, done) {
    const command = program
      .command('run')
      .description('Start a command and look at its rings.')
      .argument('<command...>', 'the command and its arguments, behind --')
      .passThroughOptions()
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', examples);
    addOptions(
      command,
      'Report:',
      new Option('-o, --output <file>', 'with --headless: write the report there; an existing file is never overwritten'),
    );
    addTraceOptions(command, 'end the look after this time; the command goes on: 5s, 500ms');
    command.action(async (words: string[], flags: RunFlagsOf) => done(await run(words, flags, output)));
  },
};
