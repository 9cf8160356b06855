/** What pictures are made from: a live trace, or the part of a recorded one that is read, with the index of the whole. */
import type { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import type { LatencyName } from '../../../shared/model/latency.ts';
import { isOfOthers } from '../../../shared/model/rings.ts';
import type { RingTotals } from '../../../shared/model/summary.ts';
import type { EventStore } from '../../../shared/timeline/event-store.ts';
import type { History, Rates } from '../../../shared/timeline/live-rates.ts';
import type { ModelCursor } from '../../../shared/timeline/model-cursor.ts';
import type { TraceStore } from '../../../shared/timeline/trace-store.ts';
import type { Tracks } from '../../../shared/timeline/tracks.ts';

/** Of the whole trace, live or recorded. */
export interface WholeTrace {
  /** Oldest moment that can be gone back to, ns. */
  readonly oldest: number;
  /** Events that can be gone back to. */
  readonly kept: number;
  readonly leftOut: number;
  /** Poll arms are seen in the kernel, so that none is inferred. */
  readonly armsObserved: boolean;
  /** It is of other processes. */
  readonly foreign: boolean;
  totals(): RingTotals;
  /** Counts by bucket, copied. */
  latencies(): Record<LatencyName, Uint32Array>;
  /** At the newest moment; of a recorded trace, at the cursor. */
  rates(now: number, cursor: number): Rates;
  history(cursor: number): History;
}

export interface PictureSource {
  readonly dictionary: UserDataDictionary;
  /** Events that are there to be looked at, and the state at each. */
  readonly events: EventStore;
  readonly cursor: ModelCursor;
  /** Tracks of these events. */
  readonly tracks: Tracks;
  /** Tracks of more than these events, in longer bins; null = there are none. */
  readonly wholeTracks: Tracks | null;
  readonly whole: WholeTrace;
  /** All events after this moment, up to the newest that is there, are there. */
  readonly heldAfter: number;
  /** By which a search knows event `number` (Hits). */
  keyOf(number: number): number;
  /** Events between two moments, of those that are not there; may be estimated. */
  countBetween(t0: number, t1: number): number;
}

export const copied = (latencies: Record<LatencyName, { buckets: Uint32Array } | Uint32Array>): Record<LatencyName, Uint32Array> =>
  Object.fromEntries(
    Object.entries(latencies).map(([name, of]) => [name, (of instanceof Uint32Array ? of : of.buckets).slice()]),
  ) as Record<LatencyName, Uint32Array>;

/** A live trace as its store has it. `past`: the oldest moment that the agent keeps, ns; null = nothing before the store. */
export function liveSource(store: TraceStore, past: () => number | null = () => null): PictureSource {
  const { events, summary, rates } = store;
  return {
    dictionary: store.dictionary,
    events,
    cursor: store.cursor,
    tracks: store.index,
    wholeTracks: null,
    heldAfter: Number.NEGATIVE_INFINITY,
    keyOf: (number) => store.seqOf(number),
    countBetween: () => 0,
    whole: {
      get oldest() {
        return Math.min(events.oldestTime, past() ?? Number.POSITIVE_INFINITY);
      },
      get kept() {
        return events.length;
      },
      get leftOut() {
        return store.leftOut;
      },
      get armsObserved() {
        return summary.pollArmsObserved > 0;
      },
      get foreign() {
        return isOfOthers(summary.model.rings);
      },
      totals: () => summary.totals(),
      latencies: () => copied(summary.latencies),
      rates: (now) => rates.rates(now),
      history: () => rates.history(),
    },
  };
}
