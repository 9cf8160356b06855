/** The program: parses the command line, runs a command, tells trouble in one sentence. */
import { Command, CommanderError } from 'commander';
import { version } from '../paths.ts';
import type { CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { commands } from './registry.ts';

const epilogue = `
Exit codes: 0 done, or ended with Ctrl-C · 1 something went wrong · 2 wrong command line · 3 no io_uring here, or the
kernel lacks what was asked for · 143 ended by SIGTERM. run: that of its command`;

/** "error: unknown option '--por'\n(Did you mean --port?)" → one sentence. */
function sentenceOf(error: CommanderError): string {
  const text = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const suggestion = /^(.*?) \(Did you mean (.*)\?\)$/.exec(text);
  if (suggestion !== null) return `${suggestion[1]}; did you mean ${suggestion[2]}?`;
  return `${text.replace(/\.$/, '')}; ringlens --help tells what there is, and --help behind a command what that takes.`;
}

function build(output: CliOutput, done: (exitCode: number) => void): Command {
  const program = new Command('ringlens')
    .description('An interactive visual debugger and tracer for io_uring multishot recv.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText('after', epilogue)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text),
      writeErr: (text) => output.err(text),
      // Errors are told by run(), as one sentence.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? 110, 110),
      getErrHelpWidth: () => Math.min(process.stderr.columns ?? 110, 110),
    });
  const seen = new Set<string>();
  for (const command of commands) {
    if (seen.has(command.name)) throw new Error(`two commands are called ${command.name}`);
    seen.add(command.name);
    command.register(program, output, done);
  }
  return program;
}

/** Runs the command line `args` (without node and script) and resolves with the exit code. Never rejects for bad input. */
export async function run(args: readonly string[], output: CliOutput): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = build(output, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (e) {
    if (e instanceof CliError) {
      output.err(`ringlens: ${e.message}\n`);
      return e.exitCode;
    }
    if (!(e instanceof CommanderError)) throw e;
    if (e.exitCode === 0) return ExitCode.ok;
    if (e.code !== 'commander.help') output.err(`ringlens: ${sentenceOf(e)}\n`);
    return ExitCode.usage;
  }
}
