/** `ringlens live` with the page. */
import { Session } from '../session/session.ts';
import { SourceError } from '../sources/source.ts';
import type { CliOutput } from './command.ts';
import { ExitCode } from './exit-codes.ts';
import { cliErrorOf, type LiveRun, sourceOf } from './live-run.ts';
import { type PageOptions, sessionOptionsOf } from './run-options.ts';
import { serve } from './serve.ts';
import { Shutdown } from './shutdown.ts';

/** Runs until a signal comes; resolves with the exit code after all threads and sockets have ended. */
export async function runServer(run: LiveRun, page: PageOptions, output: CliOutput): Promise<number> {
  const shutdown = new Shutdown();
  try {
    const session = new Session(sourceOf(run), run.params, {
      ...sessionOptionsOf(run.keep, (text) => output.err(text)),
      breakpoints: run.breakpoints,
    });
    let failed = false;
    session.listen({
      onStopped: ({ message }) => {
        failed = session.state === 'failed';
        if (failed) output.err(`ringlens: the workload failed: ${message}\n`);
      },
    });
    const signal = await serve(session, {
      page,
      durationMs: run.durationMs,
      record: run.record,
      overMessage: 'The workload ran for the time that --duration gave it.',
      shutdown,
      banner: () => `The workload listens on ${session.info().listen}. Ctrl-C ends both.`,
      say: (text) => output.out(text),
      output,
    });
    if (signal === 'SIGTERM' || signal === 'SIGHUP') return ExitCode.terminated;
    return failed ? ExitCode.failed : ExitCode.ok;
  } catch (e) {
    if (e instanceof SourceError) throw cliErrorOf(e);
    throw e;
  } finally {
    shutdown.dispose();
  }
}
