/**
 * A recorded trace as a source of pictures. Its index of the whole is read from the file, or made here from the events where
 * the file has none; of the events a stretch around the window is in memory.
 */
import { SEED_EVENTS, type StoredSeed, TraceIndexer } from '../../../../shared/timeline/indexer.ts';
import { WholeIndex } from '../../../../shared/timeline/view-record.ts';
import type { ViewRequest } from '../picture.ts';
import { copied, liveSource, type PictureSource, type WholeTrace } from '../picture-source.ts';
import { sentenceOf } from '../sentence-of.ts';
import { FINE_EVENTS } from '../window.ts';
import { PartTimes } from './part-times.ts';
import { STRETCH_EVENTS, Stretch } from './stretch.ts';
import type { TraceReader } from './trace-reader.ts';

/** Events of a window that are read for it; a longer one is drawn from the index of the whole. */
const WINDOW_EVENTS = STRETCH_EVENTS / 2;
/** Events read before a picture is made of what is there meanwhile: some 20 ms of work. */
const PATIENCE_EVENTS = 40_000;
/** The CQE list looks back so many events for its rows. */
const ROWS_EVENTS = 4096;

export interface Replay {
  /** null until something can be shown. */
  readonly source: PictureSource | null;
  /** Times of its first and last event, ns. */
  readonly oldest: number;
  readonly end: number;
  /** The index of the whole is being made: 0 … 1; 1 = it is there. */
  readonly progress: number;
  /**
   * Reads what the request shows. Resolves with false when that takes longer: then the state at its cursor is there, and marks
   * come from the index of the whole; `complete` reads the rest.
   */
  prepare(request: ViewRequest): Promise<boolean>;
  /** Reads all that the request shows, however long it takes. */
  complete(request: ViewRequest): Promise<void>;
  /** Reads so that a step from the cursor finds more events than the stretch holds; false = there are none. */
  onward(direction: 1 | -1, cursor: number): Promise<boolean>;
  /** The reader has more parts than before. */
  grown(): void;
  /** Makes the index where the file has none, a part at a time; resolves with false when there is nothing left to do. */
  index(): Promise<boolean>;
}

/** `live`: of the session whose past this is; without it the trace is whole. */
export async function openReplay(
  reader: TraceReader,
  startNs: bigint,
  onTrouble: (message: string) => void,
  live: WholeTrace | null = null,
): Promise<Replay> {
  const { parts } = reader;
  const told = new Set<string>();
  const trouble = (message: string): void => {
    if (told.has(message)) return;
    told.add(message);
    onTrouble(message);
  };
  const stored = await reader
    .view()
    .then((bytes) => (bytes === null ? null : WholeIndex.read(bytes)))
    .catch((e: unknown) => {
      trouble(`The index of this trace can't be read and is made anew (${sentenceOf(e)}).`);
      return null;
    });
  let times = new PartTimes(parts);
  const oldest = parts[0]?.tFirst ?? 0;
  const numberAt = (t: number): number => times.numberAt(t);

  const indexer = stored === null ? new TraceIndexer(startNs) : null;
  const seeds: StoredSeed[] = [];
  let indexed = 0;
  let stretch: Stretch | null = null;

  const countBetween = (t0: number, t1: number): number => numberAt(t1) - numberAt(t0);

  const seedCount = (): number => (indexer === null ? reader.keys.length : seeds.length);
  const seedAt = (i: number): { number: number; t: number } =>
    (indexer === null ? reader.keys[i] : seeds[i]) as { number: number; t: number };
  const seedBytes = (i: number): Promise<Uint8Array> =>
    indexer === null ? reader.keyframe(i) : Promise.resolve((seeds[i] as StoredSeed).bytes);
  /** The last seed before a moment; -1 = the start of the trace. */
  const seedBefore = (t: number): number => {
    let lo = 0;
    let hi = seedCount();
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (seedAt(mid).t < t) lo = mid + 1;
      else hi = mid;
    }
    return lo - 1;
  };

  /** Begins a stretch with a seed; one that can't be read is passed over for the one before it. */
  const beginAt = async (seed: number): Promise<Stretch> => {
    for (let i = seed; i >= 0; i--) {
      try {
        const fresh = Stretch.begin(reader, startNs, await seedBytes(i), trouble);
        if (fresh !== null) return fresh;
      } catch (e) {
        trouble(`A keyframe of this trace can't be read; more events are read in its place (${sentenceOf(e)}).`);
      }
    }
    return Stretch.begin(reader, startNs, null, trouble) as Stretch;
  };

  const wholeOf = (): WholeTrace => {
    if (live !== null) return live;
    const head = { oldest, kept: times.total };
    if (stored !== null) {
      return {
        ...head,
        leftOut: stored.leftOut,
        armsObserved: stored.armsObserved,
        foreign: stored.foreign,
        totals: () => stored.totals,
        latencies: () => copied(stored.latencies),
        rates: (_, cursor) => stored.rates.rates(cursor),
        history: (cursor) => stored.rates.history(cursor),
      };
    }
    const { store } = indexer as TraceIndexer;
    const { whole } = liveSource(store);
    return {
      ...head,
      get leftOut() {
        return whole.leftOut;
      },
      get armsObserved() {
        return whole.armsObserved;
      },
      get foreign() {
        return whole.foreign;
      },
      totals: whole.totals,
      latencies: whole.latencies,
      rates: (_, cursor) => store.rates.rates(cursor),
      history: (cursor) => store.rates.history(cursor),
    };
  };
  const whole = wholeOf();
  const wholeTracks = stored ?? (indexer as TraceIndexer).store.index;
  let source: PictureSource | null = null;

  const isIndexing = (): boolean => indexer !== null && indexed < parts.length;
  const indexedUpTo = (): number => (indexer !== null && isIndexing() ? indexer.store.lastT : Number.POSITIVE_INFINITY);
  const adopt = (fresh: Stretch): void => {
    stretch = fresh;
    const { dictionary, events, cursor, index: tracks } = fresh.store;
    source = {
      dictionary,
      events,
      cursor,
      tracks,
      wholeTracks,
      whole,
      countBetween,
      // A recorded trace is searched by the same numbers; of a live one the page has numbers of its own.
      keyOf: live === null ? (number) => number : (number) => fresh.store.seqOf(number),
      get heldAfter() {
        return fresh.heldAfter;
      },
    };
  };

  /** What a window needs: the seed to begin with, from when on all events are wanted, and how many are to be read for it. */
  const planFor = (from: number, to: number): { seed: number; from: number; anew: boolean; missing: number } => {
    const last = numberAt(to);
    let seed = seedBefore(from);
    let wanted = from;
    // Just behind a seed the CQE list would be empty.
    if (seed >= 0 && last - seedAt(seed).number < ROWS_EVENTS) {
      seed--;
      wanted = seed < 0 ? Number.NEGATIVE_INFINITY : seedAt(seed).t + 1;
    }
    const first = seed < 0 ? 0 : seedAt(seed).number;
    const end = stretch?.store.events.end ?? 0;
    // Far ahead of the stretch, reading all in between takes longer than to begin anew.
    const anew = stretch === null || stretch.heldAfter >= wanted || first > end + SEED_EVENTS;
    return { seed, from: wanted, anew, missing: last - (anew ? first : end) };
  };

  /** Makes the stretch hold every event of the window. */
  const cover = async (from: number, to: number): Promise<void> => {
    const { seed, anew } = planFor(from, to);
    const growing = anew || stretch === null ? await beginAt(seed) : stretch;
    while (!growing.reaches(to)) await growing.grow(to);
    adopt(growing);
  };

  const windowOf = ({ cursor, span, width }: ViewRequest): { t0: number; t1: number; isLong: boolean } => {
    const { end } = times;
    const t1 = Math.max(0, Math.min(cursor ?? end, end));
    const t0 = (cursor ?? end) - span;
    const count = countBetween(t0, t1);
    const isLong = count > WINDOW_EVENTS || (count > FINE_EVENTS && span / Math.max(1, width) >= wholeTracks.width.ns);
    return { t0, t1, isLong };
  };

  /** Goes through one more part. */
  const makeIndex = async (): Promise<void> => {
    if (indexer === null || !isIndexing()) return;
    const part = indexed;
    const blocks = await reader.blocks(part).catch((e: unknown) => {
      trouble(sentenceOf(e));
      return [];
    });
    // Somebody else may have asked for the same.
    if (part !== indexed) return;
    indexed++;
    try {
      seeds.push(...indexer.blocks(blocks));
    } catch (e) {
      trouble(sentenceOf(e));
    }
  };

  /** Seeds up to there, and what a long window is drawn from. */
  const reachIndex = async (t: number): Promise<void> => {
    while (t > indexedUpTo()) await makeIndex();
  };

  return {
    get source() {
      return source;
    },
    get end() {
      return times.end;
    },
    oldest,
    get progress() {
      return indexer === null || parts.length === 0 ? 1 : indexed / parts.length;
    },
    async prepare(request) {
      const { t0, t1, isLong } = windowOf(request);
      await reachIndex(t1);
      if (!isLong && planFor(t0, t1).missing <= PATIENCE_EVENTS) {
        await cover(t0, t1);
        return true;
      }
      // The state at the cursor and the rows of the list need events there, whatever the window is drawn from.
      await cover(t1, t1);
      return isLong;
    },
    async complete(request) {
      const { t0, t1, isLong } = windowOf(request);
      await reachIndex(t1);
      await cover(isLong ? t1 : t0, t1);
    },
    async onward(direction, t) {
      if (stretch === null) return false;
      if (direction === 1) {
        if (stretch.isAtEnd) return false;
        await stretch.grow();
        return true;
      }
      const { heldAfter, store } = stretch;
      if (heldAfter === Number.NEGATIVE_INFINITY) return false;
      // Up to the cursor where that is not too far: what is there counts as the place to step from.
      const { oldestTime } = store.events;
      const isNear = t > oldestTime && countBetween(oldestTime, t) < WINDOW_EVENTS;
      await cover(Math.min(heldAfter, oldestTime), isNear ? t : oldestTime);
      return true;
    },
    grown() {
      times = new PartTimes(parts);
    },
    async index() {
      await makeIndex();
      return isIndexing();
    },
  };
}
