/** `ringlens live`: runs the own workload, with a page or headless. */
import { type Command, Option } from 'commander';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { sentenceOf } from '../preflight/check.ts';
import { thisMachine } from '../preflight/environment.ts';
import { firstProblem } from '../preflight/registry.ts';
import { probeFeatures } from '../sources/workload.ts';
import { breakOption, breakpointsOf } from './breakpoints.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { runHeadless } from './live-headless.ts';
import type { LiveRun } from './live-run.ts';
import { runServer } from './live-server.ts';
import { addOptions } from './option-groups.ts';
import { addRunOptions, portOf, type RunFlags, type RunOptions, runOptionsOf } from './run-options.ts';
import { addWorkloadOptions, workloadParamsOf } from './workload-options.ts';

const examples = `
Examples:
  ringlens live                                     bursts, a slow application: the group runs dry
  ringlens live --preset firehose --port 0          as fast as the ring goes, on a free port
  ringlens live --buffers 8 --hold 20ms             fewer buffers, held longer: more ENOBUFS
  ringlens live --mode single --preset steady       one recv submitted for every completion
  ringlens live --transport udp --op recvmsg --buffer-size 256
  ringlens live --no-load --listen 9000 --app echo  feed it yourself: nc 127.0.0.1 9000
  ringlens live --headless --duration 5s --json     no page: what the ring did, as JSON (docs/json.md)
  ringlens live --break '!MORE' --break 'free<=2'   stop the reactor at an end, or when the group runs dry
  ringlens live --headless --break ENOBUFS --duration 10s   is it ever hit? status 0 yes, 4 no

Exit codes: 0 done, or ended with Ctrl-C · 1 something went wrong, such as a port in use · 2 wrong command line
  3 no io_uring here, or the kernel lacks what was asked for · 143 ended by SIGTERM
  With --headless --break: 0 a breakpoint was hit, which ends the run · 4 none was hit before it ended
A second Ctrl-C ends at once.`;

interface LiveOptions extends RunFlags {
  listen?: string;
  unixPath?: string;
  break?: string[];
}

function runOf(options: LiveOptions, params: WorkloadParams, { durationMs, record, keep }: RunOptions): LiveRun {
  const { listen, unixPath } = options;
  if (listen !== undefined && params.transport === 'unix') {
    throw new CliError(ExitCode.usage, '--listen is a port for transport tcp and udp; with transport unix use --unix-path.');
  }
  if (unixPath !== undefined && params.transport !== 'unix') {
    throw new CliError(ExitCode.usage, `--unix-path needs --transport unix; with transport ${params.transport} use --listen.`);
  }
  return {
    params,
    durationMs,
    record,
    keep,
    listenPort: listen === undefined ? undefined : portOf('--listen', listen),
    unixPath,
    breakpoints: breakpointsOf(options.break),
  };
}

async function live(options: LiveOptions & Record<string, unknown>, output: CliOutput): Promise<number> {
  const params = workloadParamsOf(options);
  const runOptions = runOptionsOf(options);
  const { page, headless, json } = runOptions;
  const run = runOf(options, params, runOptions);
  const problem = firstProblem(thisMachine(probeFeatures));
  if (problem !== undefined) throw new CliError(ExitCode.unsupported, sentenceOf(problem));
  return headless ? runHeadless(run, json, output) : runServer(run, page, output);
}

export const liveCommand: CliCommand = {
  name: 'live',
  register(program, output, done) {
    const command: Command = program
      .command('live')
      .description('Run a multishot recv workload on a real ring and show it in the browser.')
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', examples);
    addWorkloadOptions(command);
    addOptions(
      command,
      'Socket of the workload:',
      new Option('--listen <port>', 'port on 127.0.0.1 that the workload listens on (tcp, udp); default: any free one'),
      new Option('--unix-path <path>', 'path of its listening socket (unix); default: a fresh one in the temporary folder'),
    );
    addOptions(command, 'Debugger:', breakOption());
    addRunOptions(command, 'end the workload after this time: 5s, 500ms');
    command.action(async (options: LiveOptions & Record<string, unknown>) => done(await live(options, output)));
  },
};
