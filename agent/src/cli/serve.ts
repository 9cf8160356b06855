/** A session with the page: the server, the address on the screen, the end. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { webRoot } from '../paths.ts';
import { AgentServer, type Served } from '../server/server.ts';
import type { Session } from '../session/session.ts';
import type { CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { FINISH_TIMEOUT_MS } from './live-run.ts';
import type { RecordOptions } from './record-options.ts';
import { RunRecordings } from './recording.ts';
import type { PageOptions } from './run-options.ts';
import type { EndSignal, Shutdown } from './shutdown.ts';

function explainListen(error: NodeJS.ErrnoException, { host, port }: PageOptions): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use, perhaps by another ringlens; choose another with --port, or any free one with --port 0.`;
    case 'EACCES':
      return `Port ${port} may not be used by this user; choose one above 1023 with --port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `--host: ${host} is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all of them.`;
    default:
      return `The server can't listen on ${host}, port ${port}: ${error.message}.`;
  }
}

/** What opens an address in the browser. */
const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

export function openInBrowser(url: string, output: CliOutput): void {
  const [command, ...args] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => output.err(`ringlens: --open found no ${command} here; open the address yourself.\n`));
  child.unref();
}

export interface ServeOptions {
  page: PageOptions;
  durationMs: number | undefined;
  record: RecordOptions | null;
  /** What the people are told when the time of --duration is over. */
  overMessage: string;
  shutdown: Shutdown;
  /** What is said when it runs, behind the address. */
  banner(session: Session): string;
  /** Says something to the person at the terminal. */
  say(text: string): void;
  output: CliOutput;
}

/** Listens for the page. Throws CliError where the port can't be had. */
export async function listenFor(served: Served, page: PageOptions): Promise<AgentServer> {
  try {
    return await AgentServer.listen(served, { ...page, webRoot });
  } catch (e) {
    throw new CliError(ExitCode.failed, explainListen(e as NodeJS.ErrnoException, page));
  }
}

/**
 * Starts the session and serves its page until a signal comes, also when the session has ended by then: its picture stays.
 * Throws SourceError, or CliError where the port can't be had. The session is closed at the end.
 */
export async function serve(session: Session, options: ServeOptions): Promise<EndSignal> {
  const { page, banner, say, output } = options;
  const recording = new RunRecordings(session, options.record, say);
  let server: AgentServer | undefined;
  try {
    await recording.prepare();
    server = await listenFor({ live: { session, recordings: recording.recordings } }, page);
    session.start();
    recording.start();
    say(`Ringlens is live: ${server.url}\n${banner(session)}\n`);
    if (page.open) openInBrowser(server.url, output);
    return await endOf(session, options);
  } finally {
    await session.close();
    await recording.finish();
    await server?.close();
    await session.forget();
  }
}

/** Waits for the signal; on the way the session ends when its time is over. */
async function endOf(session: Session, { durationMs, overMessage, shutdown }: ServeOptions): Promise<EndSignal> {
  if (durationMs === undefined) return shutdown.requested;
  const timer = new AbortController();
  const over = delay(durationMs, 'over' as const, { signal: timer.signal });
  const first = await Promise.race([over, shutdown.requested]);
  if (first !== 'over') {
    timer.abort();
    over.catch(() => {});
    return first;
  }
  await Promise.race([session.finish(overMessage, FINISH_TIMEOUT_MS), shutdown.requested]);
  return shutdown.requested;
}
