/** `ringlens live --headless`: runs the workload without a page and prints what the ring did. */
import { version } from '../paths.ts';
import { Session } from '../session/session.ts';
import { SourceError } from '../sources/source.ts';
import type { CliOutput } from './command.ts';
import { ExitCode } from './exit-codes.ts';
import { headlessSession, runToEnd } from './headless.ts';
import { kernelTraceOf } from './kernel-trace.ts';
import { cliErrorOf, FINISH_TIMEOUT_MS, type LiveRun, sourceOf } from './live-run.ts';
import { type LiveReport, reportAsTable } from './report.ts';
import { Shutdown } from './shutdown.ts';
import { stopJson } from './stop-report.ts';
import { tableWidth } from './table.ts';

/** Ctrl-C ends the process within a second: what is left in the sockets gets this long. */
const INTERRUPTED_TIMEOUT_MS = 500;

/** Runs until the time is over or a signal comes; prints the report and resolves with the exit code. */
export async function runHeadless(run: LiveRun, json: boolean, output: CliOutput): Promise<number> {
  const { params, durationMs } = run;
  const shutdown = new Shutdown();
  const session = new Session(sourceOf(run), params, { ...headlessSession, breakpoints: run.breakpoints });
  try {
    const untilHit = run.breakpoints.length > 0;
    const {
      endedBy: end,
      summary,
      debug,
      stats,
    } = await runToEnd(session, {
      durationMs,
      shutdown,
      timeoutMs: (by) => (by === 'duration' ? FINISH_TIMEOUT_MS : INTERRUPTED_TIMEOUT_MS),
      record: run.record,
      untilHit,
      say: (text) => output.err(text),
      message: 'The run is over.',
    });
    const endedBy = end === 'source' ? 'failure' : end;
    const { bytesSent = 0, messagesSent = 0, bytesReceived = 0 } = stats.workload ?? {};
    const { kernel, capabilities } = session.info();
    const report: LiveReport = {
      ringlens: version,
      kernel,
      endedBy,
      params,
      messagesSent,
      bytesSent,
      bytesReceived,
      kernelTrace: kernelTraceOf(capabilities, stats),
      ...(untilHit ? { stop: debug && stopJson(debug) } : {}),
      ...summary.toJSON(),
    };
    output.out(json ? `${JSON.stringify(report, null, 2)}\n` : reportAsTable(report, tableWidth(process.env)));
    if (session.end !== undefined && endedBy === 'failure') output.err(`ringlens: the workload failed: ${session.end.message}\n`);
    if (endedBy === 'failure') return ExitCode.failed;
    if (endedBy === 'SIGTERM' || endedBy === 'SIGHUP') return ExitCode.terminated;
    return untilHit && endedBy !== 'breakpoint' ? ExitCode.noHit : ExitCode.ok;
  } catch (e) {
    if (e instanceof SourceError) throw cliErrorOf(e);
    throw e;
  } finally {
    await session.close();
    shutdown.dispose();
  }
}
