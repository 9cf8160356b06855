/** A run without a page: takes in the stream of a session until it ends, and gives what its rings did. */
import { setTimeout as delay } from 'node:timers/promises';
import { unpackBlock } from '../../../shared/codec/block.ts';
import { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { RingSummary } from '../../../shared/model/summary.ts';
import type { DebugInfo } from '../../../shared/protocol/debug.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { RecordOptions } from './record-options.ts';
import { RunRecordings } from './recording.ts';
import type { EndSignal, Shutdown } from './shutdown.ts';

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
}

/** Starts the session (throws SourceError), runs it to its end, and sums it up. */
export async function runToEnd(session: Session, options: HeadlessOptions): Promise<Ended> {
  const { durationMs, shutdown, goesOn = false, timeoutMs, message } = options;
  const dictionary = new UserDataDictionary();
  const summary = new RingSummary(dictionary);
  const stopped = new Promise<'source'>((resolve) => session.listen({ onStopped: () => resolve('source') }));
  let startNs = 0n;
  session.listen({
    onBlocks(blocks) {
      for (const block of blocks) summary.add(unpackBlock(block, dictionary, startNs).table);
    },
  });
  const hit = new Promise<void>((resolve) => {
    session.listen({ onDebug: ({ stop }) => stop?.reason === 'breakpoint' && resolve() });
  });
  const recording = new RunRecordings(session, options.record, options.say);
  await recording.prepare();
  session.start();
  recording.start();
  startNs = BigInt(session.info().startNs);
  const timer = new AbortController();
  const endings: Promise<EndedBy>[] = goesOn ? [stopped] : [stopped, shutdown.requested];
  if (options.untilHit) endings.push(hit.then(() => 'breakpoint' as const));
  if (durationMs !== undefined)
    endings.push(delay(durationMs, 'duration' as const, { signal: timer.signal }).catch(() => 'duration' as const));
  const endedBy = await Promise.race(endings);
  timer.abort();
  const debug = endedBy === 'breakpoint' ? session.debugInfo() : null;
  // Behind a hit nothing more is received.
  if (endedBy === 'breakpoint') await session.close();
  else await session.finish(message, timeoutMs(endedBy));
  await recording.finish();
  return { endedBy, summary, debug };
}
