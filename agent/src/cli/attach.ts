/** `ringlens attach`: looks at a running process. */
import { Option } from 'commander';
import { findByComm } from '../sources/processes.ts';
import { createSource } from '../sources/registry.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { addOptions } from './option-groups.ts';
import { Shutdown } from './shutdown.ts';
import { addTraceOptions, mustTraceHere, runTrace, type TraceFlags, traceOptionsOf } from './trace-run.ts';

const examples = `
Examples:
  ringlens attach 4711                              the rings of process 4711, in the browser
  ringlens attach --comm my_server                  of every process of that name
  ringlens attach 4711 --headless --duration 10s    no page: what its rings did in ten seconds
  ringlens attach 4711 --headless --json            as JSON (docs/json.md), until the process ends or Ctrl-C
Nothing in the process is changed, and it goes on when ringlens ends. Reading the tracepoints needs root, or
CAP_PERFMON and a readable tracefs; ringlens check says what is missing.
Exit codes: 0 done, the process has ended, or Ctrl-C · 1 no such process, no ring in it · 2 wrong command line
  3 not permitted, or not possible here · 143 ended by SIGTERM`;

interface AttachFlags extends TraceFlags {
  comm?: string;
  wait?: true;
}

function pidsOf(pid: string | undefined, comm: string | undefined): number[] {
  if ((pid === undefined) === (comm === undefined))
    throw new CliError(ExitCode.usage, 'Which process? Give its number, or its name with --comm.');
  if (comm !== undefined) {
    const pids = findByComm(comm);
    if (pids.length === 0)
      throw new CliError(ExitCode.failed, `--comm: there is no process called "${comm}"; ps -eo pid,comm lists those there are.`);
    return pids;
  }
  if (!/^[1-9]\d{0,9}$/.test(pid as string) || Number(pid) > 2 ** 31 - 1)
    throw new CliError(ExitCode.usage, `"${pid}" is not the number of a process; for a name use --comm.`);
  if (Number(pid) === process.pid)
    throw new CliError(ExitCode.failed, `Process ${pid} is ringlens itself; give the number of the process to look at.`);
  return [Number(pid)];
}

async function attach(pid: string | undefined, flags: AttachFlags, output: CliOutput): Promise<number> {
  const options = traceOptionsOf(flags);
  const { kernel, backend, bufferBytes } = options;
  mustTraceHere();
  const pids = pidsOf(pid, flags.comm);
  const shutdown = new Shutdown();
  try {
    return await runTrace({
      command: 'attach',
      source: createSource('attach', { pids, kernel, backend, bufferBytes, requireRing: flags.wait !== true }),
      options,
      output,
      shutdown,
      say: (text) => (options.headless ? output.err(text) : output.out(text)),
      tell: (text) => output.out(text),
    });
  } finally {
    shutdown.dispose();
  }
}

export const attachCommand: CliCommand = {
  name: 'attach',
  register(program, output, done) {
    const command = program
      .command('attach')
      .description('Look at the rings of a running process.')
      .argument('[pid]', 'number of the process')
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', examples);
    addOptions(
      command,
      'Process:',
      new Option('--comm <name>', 'every process of this name (the first 15 letters count)'),
      new Option('--wait', 'a process without a ring is no mistake: wait until it makes one'),
    );
    addTraceOptions(command, 'end the look after this time: 5s, 500ms');
    command.action(async (pid: string | undefined, flags: AttachFlags) => done(await attach(pid, flags, output)));
  },
};
