/** `ringlens live` with the page: the server, the workload, the address on the screen. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { webRoot } from '../paths.ts';
import { AgentServer } from '../server/server.ts';
import { Session } from '../session/session.ts';
import { createSource } from '../sources/registry.ts';
import { SourceError } from '../sources/source.ts';
import type { CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { cliErrorOf, FINISH_TIMEOUT_MS, type LiveRun } from './live-run.ts';
import { Shutdown } from './shutdown.ts';

export interface PageOptions {
  host: string;
  port: number;
  open: boolean;
}

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

function openInBrowser(url: string, output: CliOutput): void {
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  child.on('error', () => output.err('ringlens: --open found no xdg-open here; open the address yourself.\n'));
  child.unref();
}

/** Runs until a signal comes; resolves with the exit code after all threads and sockets have ended. */
export async function runServer(run: LiveRun, page: PageOptions, output: CliOutput): Promise<number> {
  const shutdown = new Shutdown();
  const session = new Session(createSource('live', run), run.params);
  let server: AgentServer | undefined;
  try {
    server = await AgentServer.listen(session, { ...page, webRoot });
    session.start();
    session.listen({
      onStopped: ({ message }) => {
        if (session.state === 'failed') output.err(`ringlens: the workload failed: ${message}\n`);
      },
    });
    output.out(`Ringlens is live: ${server.url}\nThe workload listens on ${session.info().listen}. Ctrl-C ends both.\n`);
    if (page.open) openInBrowser(server.url, output);
    const signal = await endOf(run, session, shutdown);
    if (signal === 'SIGTERM' || signal === 'SIGHUP') return ExitCode.terminated;
    return (session.state as string) === 'failed' ? ExitCode.failed : ExitCode.ok;
  } catch (e) {
    if (e instanceof SourceError) throw cliErrorOf(e);
    if (e instanceof Error && 'syscall' in e) throw new CliError(ExitCode.failed, explainListen(e as NodeJS.ErrnoException, page));
    throw e;
  } finally {
    await session.close();
    await server?.close();
    shutdown.dispose();
  }
}

/** Waits for the signal; on the way the workload ends when its time is over, and its picture stays. */
async function endOf({ durationMs }: LiveRun, session: Session, shutdown: Shutdown) {
  if (durationMs === undefined) return shutdown.requested;
  const timer = new AbortController();
  const over = delay(durationMs, 'over' as const, { signal: timer.signal });
  const first = await Promise.race([over, shutdown.requested]);
  if (first !== 'over') {
    timer.abort();
    over.catch(() => {});
    return first;
  }
  await Promise.race([session.finish('The workload ran for the time that --duration gave it.', FINISH_TIMEOUT_MS), shutdown.requested]);
  return shutdown.requested;
}
