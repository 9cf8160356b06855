/** A run without a page: takes in the stream of a session until it ends, and gives what its rings did. */
import { setTimeout as delay } from 'node:timers/promises';
import { unpackBlock } from '../../../shared/codec/block.ts';
import { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { RingSummary } from '../../../shared/model/summary.ts';
import type { DebugInfo } from '../../../shared/protocol/debug.ts';
import type { SourceStats } from '../../../shared/protocol/messages.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { RecordOptions } from './record-options.ts';
import { RunRecordings } from './recording.ts';
import type { EndSignal, Shutdown } from './shutdown.ts';
import { UntilHit } from './until-hit.ts';

/** Nobody reads the log here. */
const LOG_BYTES = 1024 * 1024;
export const headlessSession: SessionOptions = { log: { maxBytes: LOG_BYTES, maxSummaryBytes: 0 } };

/** `source`: it ended by itself, or failed (session.state tells). */
export type EndedBy = 'duration' | 'source' | 'breakpoint' | EndSignal;

export interface HeadlessOptions {
  durationMs: number | undefined;
  shutdown: Shutdown;
  /** A signal is no reason to end: the source ends by itself. */
  goesOn?: boolean | undefined;
  record: RecordOptions | null;
  /** The first stop at a breakpoint ends the run. */
  untilHit?: boolean | undefined;
  /** Says something beside the report. */
  say(text: string): void;
  /** How long the end in order may take. */
  timeoutMs(endedBy: EndedBy): number;
  message: string;
}

export interface Ended {
  endedBy: EndedBy;
  summary: RingSummary;
  /** Of a run that a breakpoint ended, as it was when the stop was known here: some ms after it. */
  debug: DebugInfo | null;
  stats: SourceStats;
}

/** Starts the session (throws SourceError), runs it to its end, and sums it up. */
export async function runToEnd(session: Session, options: HeadlessOptions): Promise<Ended> {
  const { durationMs, shutdown, goesOn = false, timeoutMs, message } = options;
  const dictionary = new UserDataDictionary();
  const summary = new RingSummary(dictionary);
  const stopped = new Promise<'source'>((resolve) => session.listen({ onStopped: () => resolve('source') }));
  const untilHit = options.untilHit ? new UntilHit(session) : null;
  let startNs = 0n;
  const stopListening = session.listen({
    onBlocks(blocks) {
      for (const block of blocks) {
        const { table } = unpackBlock(block, dictionary, startNs);
        summary.add(table);
        untilHit?.look(table);
      }
    },
  });
  const recording = new RunRecordings(session, options.record, options.say);
  await recording.prepare();
  session.start();
  recording.start();
  untilHit?.start();
  startNs = BigInt(session.info().startNs);
  const timer = new AbortController();
  const endings: Promise<EndedBy>[] = goesOn ? [stopped] : [stopped, shutdown.requested];
  const hit = untilHit?.hit.then(() => 'breakpoint' as const);
  if (hit !== undefined) endings.push(hit);
  if (durationMs !== undefined)
    endings.push(delay(durationMs, 'duration' as const, { signal: timer.signal }).catch(() => 'duration' as const));
  let endedBy = await Promise.race(endings);
  timer.abort();
  // Hit in the last moment: the news of it is on the way.
  if (endedBy === 'duration' && hit !== undefined && untilHit?.isKnown) endedBy = await hit;
  untilHit?.dispose();
  if (endedBy !== 'breakpoint') {
    await session.finish(message, timeoutMs(endedBy));
    await recording.finish();
    return { endedBy, summary, debug: null, stats: session.stats() };
  }
  // A ring that is taken down reaps what is in its CQ: that is behind the hit, and neither counted nor recorded.
  stopListening();
  const debug = session.debugInfo();
  const stats = session.stats();
  void recording.recordings.end();
  await session.close();
  await recording.finish();
  return { endedBy, summary, debug, stats };
}
