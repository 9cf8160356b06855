/** `ringlens live`: runs the own workload, with a page or headless. */
import { type Command, Option } from 'commander';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { sentenceOf } from '../preflight/check.ts';
import { thisMachine } from '../preflight/environment.ts';
import { firstProblem } from '../preflight/registry.ts';
import { probeFeatures } from '../sources/workload.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { runHeadless } from './live-headless.ts';
import type { LiveRun } from './live-run.ts';
import { runServer } from './live-server.ts';
import { parseMicroseconds } from './units.ts';
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

Exit codes: 0 done, or ended with Ctrl-C · 1 something went wrong, such as a port in use · 2 wrong command line
  3 no io_uring here, or the kernel lacks what was asked for · 143 ended by SIGTERM
A second Ctrl-C ends at once.`;

interface LiveOptions {
  port: string;
  host: string;
  open?: true;
  headless?: true;
  json?: true;
  duration?: string;
  listen?: string;
  unixPath?: string;
}

function portOf(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535))
    throw new CliError(ExitCode.usage, `${flag}: "${text}" is not a port: a whole number from 0 (any free one) to 65535.`);
  return port;
}

/** setTimeout takes no more than 2^31 - 1 ms. */
const LONGEST_MS = 24 * 3_600_000;

function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const us = parseMicroseconds(text);
  if (us === undefined || us < 1000 || us / 1000 > LONGEST_MS) {
    throw new CliError(ExitCode.usage, `--duration: "${text}" is not a time like 5s or 500ms, from 1ms to 24 hours.`);
  }
  return us / 1000;
}

function runOf(options: LiveOptions, params: WorkloadParams): LiveRun {
  const { listen, unixPath } = options;
  if (listen !== undefined && params.transport === 'unix') {
    throw new CliError(ExitCode.usage, '--listen is a port for transport tcp and udp; with transport unix use --unix-path.');
  }
  if (unixPath !== undefined && params.transport !== 'unix') {
    throw new CliError(ExitCode.usage, `--unix-path needs --transport unix; with transport ${params.transport} use --listen.`);
  }
  return {
    params,
    durationMs: durationOf(options.duration),
    listenPort: listen === undefined ? undefined : portOf('--listen', listen),
    unixPath,
  };
}

async function live(options: LiveOptions & Record<string, unknown>, output: CliOutput): Promise<number> {
  const { host, open = false, headless = false, json = false } = options;
  const run = runOf(options, workloadParamsOf(options));
  const port = portOf('--port', options.port);
  if (json && !headless) throw new CliError(ExitCode.usage, '--json prints what a run without a page did; add --headless.');
  if (open && headless)
    throw new CliError(ExitCode.usage, '--open opens the page, and --headless runs without one; leave one of them out.');
  const problem = firstProblem(thisMachine(probeFeatures));
  if (problem !== undefined) throw new CliError(ExitCode.unsupported, sentenceOf(problem));
  return headless ? runHeadless(run, json, output) : runServer(run, { host, port, open }, output);
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
    const add = (group: string, ...added: Option[]) => {
      for (const option of added) command.addOption(option.helpGroup(group));
    };
    add(
      'Socket of the workload:',
      new Option('--listen <port>', 'port on 127.0.0.1 that the workload listens on (tcp, udp); default: any free one'),
      new Option('--unix-path <path>', 'path of its listening socket (unix); default: a fresh one in the temporary folder'),
    );
    add(
      'Page:',
      new Option('--port <port>', 'port of the page, 0 = any free one').default('7117'),
      new Option('--host <address>', 'address that the page is served on').default('127.0.0.1'),
      new Option('--open', 'open the page in the browser'),
    );
    add(
      'Run:',
      new Option('--duration <time>', 'end the workload after this time: 5s, 500ms'),
      new Option('--headless', 'no page; print what the ring did at the end'),
      new Option('--json', 'with --headless: print it as JSON (docs/json.md)'),
    );
    command.action(async (options: LiveOptions & Record<string, unknown>) => done(await live(options, output)));
  },
};
