/** `ringlens run`: starts a command and looks at its rings from the first io_uring_setup on. */
import { constants } from 'node:os';
import { Option } from 'commander';
import { type CommandEnd, checkCommand, type LaunchSource } from '../sources/launch.ts';
import { createSource } from '../sources/registry.ts';
import { SourceError } from '../sources/source.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { addOptions } from './option-groups.ts';
import { checkOutput, writeOutput } from './report-file.ts';
import { Shutdown } from './shutdown.ts';
import { addTraceOptions, mustTraceHere, runTrace, type TraceFlags, traceOptionsOf } from './trace-run.ts';
import { Witness } from './witness.ts';

const examples = `
Examples:
  ringlens run -- ./server --port 9000              its rings in the browser, from the first io_uring_setup on
  ringlens run --headless -- ./server               what its rings did, on standard error when it has ended
  ringlens run --headless --json -o did.json -- ./server
The command has your terminal: its input, output and exit status are its own. What ringlens says goes to standard
error.
Each signal reaches it once, also one that was sent to ringlens alone; a second one of those ends ringlens at once, and
the command goes on. The look ends with the command, also when children of it live on.
Exit codes: that of the command, 128 + N when signal N ended it, whatever became of the trace. Where the command was not
  started: 127 there is no such program · 126 it may not be run · 2 wrong command line
  3 not permitted, or not possible here · 1 anything else, such as a port in use, or a report that can't be written`;

interface RunFlagsOf extends TraceFlags {
  output?: string;
}

/** As a shell tells it. */
const statusOf = ({ code, signal }: CommandEnd): number =>
  signal !== null ? 128 + (constants.signals[signal] ?? 0) : (code ?? ExitCode.failed);

/** Throws CliError as a shell would: 127 where there is no such program, 126 where it may not be run. */
function check(program: string): void {
  try {
    checkCommand(program);
  } catch (e) {
    if (e instanceof SourceError) throw new CliError(e.code === 'ENOENT' ? ExitCode.noProgram : ExitCode.notRunnable, e.message);
    throw e;
  }
}

/**
 * Signals while the command may run: each reaches it exactly once, and what ringlens does about one is to wait for the
 * command's end. Only the second one that is for ringlens alone ends it at once; the command then goes on.
 */
class Signals {
  readonly #witness = new Witness();
  readonly shutdown: Shutdown;
  readonly #quit: () => void;

  constructor(source: Pick<LaunchSource, 'cancel' | 'kill'>) {
    const isTheirs = async (signal: NodeJS.Signals) => {
      source.cancel(signal);
      const groupHas = await this.#witness.groupHas(signal);
      if (!groupHas) source.kill(signal);
      return groupHas;
    };
    this.shutdown = new Shutdown(isTheirs);
    // Ctrl-\: many programs dump what they do and go on.
    this.#quit = () => void isTheirs('SIGQUIT');
    process.on('SIGQUIT', this.#quit);
  }

  dispose(): void {
    this.shutdown.dispose();
    this.#witness.dispose();
    process.off('SIGQUIT', this.#quit);
  }
}

async function run(command: string[], flags: RunFlagsOf, output: CliOutput): Promise<number> {
  const options = traceOptionsOf(flags);
  const { kernel, backend, bufferBytes } = options;
  const { output: file } = flags;
  if (file !== undefined && !options.headless)
    throw new CliError(ExitCode.usage, '--output takes the report of a run without a page; add --headless.');
  mustTraceHere();
  check(command[0] ?? '');
  if (file !== undefined) checkOutput(file);
  const source = createSource('run', { command, kernel, backend, bufferBytes });
  let end: CommandEnd | null = null;
  const ended = source.ended.then((how) => {
    end = how;
    return how;
  });
  const tell = (text: string) => {
    const problem = file === undefined ? undefined : writeOutput(file, text);
    if (file !== undefined && problem === undefined) return;
    // Nobody runs a long command again for its report.
    output.err(problem === undefined ? text : `ringlens: ${problem}. Here it is:\n${text}`);
  };
  const signals = new Signals(source);
  try {
    await runTrace({
      command: 'run',
      source,
      options,
      output,
      shutdown: signals.shutdown,
      say: (text) => output.err(text),
      tell,
      goesOn: true,
      exit: () => end,
    });
    return statusOf(await ended);
  } catch (e) {
    if (source.canceledBy !== undefined) return statusOf({ code: null, signal: source.canceledBy });
    if (!source.isLaunched) throw e;
    // Whatever is wrong with the trace is no business of the command.
    output.err(`ringlens: ${e instanceof Error ? e.message : e}\n`);
    return statusOf(await ended);
  } finally {
    signals.dispose();
  }
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
