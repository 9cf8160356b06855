/** `ringlens live --headless`: runs the workload without a page and prints what the ring did. */
import { setTimeout as delay } from 'node:timers/promises';
import { unpackBlock } from '../../../shared/codec/block.ts';
import { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { RingSummary } from '../../../shared/model/summary.ts';
import { version } from '../paths.ts';
import { BlockLog } from '../session/block-log.ts';
import { Session } from '../session/session.ts';
import { createSource } from '../sources/registry.ts';
import { SourceError } from '../sources/source.ts';
import type { CliOutput } from './command.ts';
import { ExitCode } from './exit-codes.ts';
import { cliErrorOf, FINISH_TIMEOUT_MS, type LiveRun } from './live-run.ts';
import { type LiveReport, reportAsTable } from './report.ts';
import { Shutdown } from './shutdown.ts';

/** Ctrl-C ends the process within a second: what is left in the sockets gets this long. */
const INTERRUPTED_TIMEOUT_MS = 500;
/** Nobody reads the log here. */
const LOG_BYTES = 1024 * 1024;

/** Runs until the time is over or a signal comes; prints the report and resolves with the exit code. */
export async function runHeadless(run: LiveRun, json: boolean, output: CliOutput): Promise<number> {
  const shutdown = new Shutdown();
  const session = new Session(createSource('live', run), run.params, new BlockLog({ maxBytes: LOG_BYTES, maxSummaryBytes: 0 }));
  const dictionary = new UserDataDictionary();
  const summary = new RingSummary(dictionary);
  const timer = new AbortController();
  try {
    const stopped = new Promise<'stopped'>((resolve) => session.listen({ onStopped: () => resolve('stopped') }));
    let startNs = 0n;
    session.listen({
      onBlocks(blocks) {
        for (const block of blocks) summary.add(unpackBlock(block, dictionary, startNs).table);
      },
    });
    session.start();
    const info = session.info();
    startNs = BigInt(info.startNs);
    const endings: Promise<LiveReport['endedBy'] | 'stopped'>[] = [stopped, shutdown.requested];
    if (run.durationMs !== undefined)
      endings.push(delay(run.durationMs, 'duration' as const, { signal: timer.signal }).catch(() => 'duration'));
    const first = await Promise.race(endings);
    timer.abort();
    const endedBy = first === 'stopped' ? 'failure' : first;
    await session.finish('The run is over.', endedBy === 'duration' ? FINISH_TIMEOUT_MS : INTERRUPTED_TIMEOUT_MS);
    const { bytesSent, messagesSent, bytesReceived, kernelEvents: events, kernelLost: lost, kernelLate: late } = session.stats();
    const { kernelBackend: backend, kernelScope: scope, kernelMissing: missing, kernelNotes: notes } = session.info().capabilities;
    const report: LiveReport = {
      ringlens: version,
      kernel: info.kernel,
      endedBy,
      params: session.params,
      messagesSent,
      bytesSent,
      bytesReceived,
      kernelTrace: { backend, scope, missing, notes, events, lost, late },
      ...summary.toJSON(),
    };
    output.out(json ? `${JSON.stringify(report, null, 2)}\n` : reportAsTable(report));
    if (session.end !== undefined && endedBy === 'failure') output.err(`ringlens: the workload failed: ${session.end.message}\n`);
    if (endedBy === 'failure') return ExitCode.failed;
    return endedBy === 'SIGTERM' || endedBy === 'SIGHUP' ? ExitCode.terminated : ExitCode.ok;
  } catch (e) {
    if (e instanceof SourceError) throw cliErrorOf(e);
    throw e;
  } finally {
    timer.abort();
    await session.close();
    shutdown.dispose();
  }
}
