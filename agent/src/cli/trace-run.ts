/** What `attach` and `run` share: their options, and a session with another process, with a page or without. */
import { type Command, Option } from 'commander';
import { version } from '../paths.ts';
import { Session } from '../session/session.ts';
import type { CommandEnd } from '../sources/launch.ts';
import { mustHaveAddon } from '../sources/native.ts';
import type { Source } from '../sources/source.ts';
import { SourceError } from '../sources/source.ts';
import type { CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { type EndedBy, headlessSession, runToEnd } from './headless.ts';
import { kernelTraceOf } from './kernel-trace.ts';
import { FINISH_TIMEOUT_MS } from './live-run.ts';
import { addOptions } from './option-groups.ts';
import { addRunOptions, type RunFlags, type RunOptions, runOptionsOf, sessionOptionsOf } from './run-options.ts';
import { serve } from './serve.ts';
import type { EndSignal, Shutdown } from './shutdown.ts';
import { tableWidth } from './table.ts';
import { inferredOf, type TraceReport, whoOf } from './trace-report.ts';
import { traceAsTable } from './trace-table.ts';
import { parseBytes } from './units.ts';

export interface TraceFlags extends RunFlags {
  kernel: 'all' | 'arms';
  backend?: 'tracefs' | 'perf';
  buffer?: string;
}

export interface TraceOptions extends RunOptions {
  kernel: 'all' | 'arms';
  backend: 'tracefs' | 'perf' | undefined;
  bufferBytes: number | undefined;
}

const LEAST_BUFFER = 64 * 1024;
const MOST_BUFFER = 1024 * 1024 * 1024;

export function addTraceOptions(command: Command, durationHelp: string): void {
  addOptions(
    command,
    'Trace:',
    new Option('--kernel <what>', 'all tracepoints, or arms: submits, poll arms, overflows and refusals only, which costs less')
      .choices(['all', 'arms'])
      .default('all'),
    new Option('--backend <name>', 'how the tracepoints are read (default: the best permitted one)').choices(['tracefs', 'perf']),
    new Option('--buffer <bytes>', "the kernel's buffer for each CPU: 64k to 1G (default: 8M)"),
  );
  addRunOptions(command, durationHelp);
}

/** Throws CliError with one sentence. */
export function traceOptionsOf(flags: TraceFlags): TraceOptions {
  const { kernel, backend, buffer } = flags;
  const bufferBytes = buffer === undefined ? undefined : parseBytes(buffer);
  if (buffer !== undefined && (bufferBytes === undefined || bufferBytes < LEAST_BUFFER || bufferBytes > MOST_BUFFER))
    throw new CliError(ExitCode.usage, `--buffer: "${buffer}" is not a size from 64k to 1G.`);
  return { ...runOptionsOf(flags), kernel, backend, bufferBytes };
}

/** 3 where this machine, or this user, can't; 1 for what the command line can change. */
export function traceErrorOf({ code, message }: SourceError): CliError {
  const unsupported = ['EUNSUPPORTED', 'ENOSYS', 'EPERM', 'EACCES', 'EADDONMISSING'].includes(code);
  return new CliError(unsupported ? ExitCode.unsupported : ExitCode.failed, sentenceOf(code, message));
}

/** In the words of the command line. */
function sentenceOf(code: string, message: string): string {
  // A thread of the kernel never makes a ring: that sentence is complete.
  if (code === 'ENORING' && !message.endsWith('.')) return `${message}, or wait until it makes one with --wait.`;
  return code === 'EINVALIDPARAM' ? message.replace(/^pids: /, '') : message;
}

/** Before a process is looked for or a port is taken: elsewhere than on Linux that would tell of the wrong thing. Throws CliError. */
export function mustTraceHere(): void {
  try {
    mustHaveAddon();
  } catch (e) {
    if (e instanceof SourceError) throw traceErrorOf(e);
    throw e;
  }
}

export interface TraceJob {
  command: TraceReport['command'];
  source: Source & { readonly pids: readonly number[] };
  options: TraceOptions;
  output: CliOutput;
  /** Says something beside the report: where it can't be taken for what the traced command prints. */
  say(text: string): void;
  /** Takes the report. */
  tell(text: string): void;
  /** The caller's. */
  shutdown: Shutdown;
  /** A signal does not end the look: the target has it too, and ends by itself or goes on. */
  goesOn?: true;
  /** How the command has ended, as far as it has. */
  exit?: () => CommandEnd | null;
}

/** Runs the trace to its end. Resolves with what ended it, and with the exit code where that is not the target's business. */
export async function runTrace(job: TraceJob): Promise<number> {
  const { options, source } = job;
  const session = new Session(source, null, options.headless ? headlessSession : sessionOptionsOf(options.keep, job.say));
  try {
    const endedBy = options.headless ? await headless(job, session) : await withPage(job, session);
    if (session.state === 'failed') {
      job.say(`ringlens: the trace failed: ${session.end?.message ?? ''}\n`);
      return ExitCode.failed;
    }
    return endedBy === 'SIGTERM' || endedBy === 'SIGHUP' ? ExitCode.terminated : ExitCode.ok;
  } catch (e) {
    if (e instanceof SourceError) throw traceErrorOf(e);
    throw e;
  } finally {
    await session.close();
  }
}

async function headless(job: TraceJob, session: Session): Promise<EndedBy> {
  const { command, source, options, shutdown, tell, goesOn, exit } = job;
  const { endedBy, summary } = await runToEnd(session, {
    durationMs: options.durationMs,
    record: options.record,
    say: job.say,
    shutdown,
    goesOn,
    timeoutMs: () => FINISH_TIMEOUT_MS,
    message: 'The trace is over.',
  });
  const { kernel, capabilities, target } = session.info();
  const json = summary.toJSON();
  const report: TraceReport = {
    ringlens: version,
    kernel,
    command,
    endedBy: session.state === 'failed' ? 'failure' : endedBy === 'source' || endedBy === 'breakpoint' ? 'exit' : endedBy,
    target: target ?? { pid: 0, name: '', command: [] },
    pids: [...source.pids],
    exit: exit?.() ?? null,
    kernelTrace: kernelTraceOf(capabilities, session.stats()),
    inferred: inferredOf(json),
    ...json,
  };
  tell(options.json ? `${JSON.stringify(report, null, 2)}\n` : traceAsTable(report, tableWidth(process.env)));
  return endedBy;
}

async function withPage({ source, options, output, shutdown, say }: TraceJob, session: Session): Promise<EndSignal> {
  session.listen({ onStopped: ({ message }) => say(`${message} Its picture stays until Ctrl-C.\n`) });
  return serve(session, {
    page: options.page,
    durationMs: options.durationMs,
    record: options.record,
    overMessage: 'The trace ran for the time that --duration gave it.',
    shutdown,
    banner: () => {
      const { target, capabilities } = session.info();
      return `It looks at ${whoOf(target, source.pids)} through ${capabilities.kernelBackend}. Ctrl-C ends the look.`;
    },
    say,
    output,
  });
}
