/**
 * Finds the events that a filter matches: from the oldest kept one on, in pieces of some milliseconds, and on with every new
 * event. Works over whatever can be gone through from a keyframe, live or recorded.
 *
 *     events    first ──────────── #at ──────────▶ end        scanned up to #at
 *     hits      h h  h     h                                  numbers and times, the newest MOST_HITS of them
 *
 * Hits are numbered from 1 over the whole search, so that "12 of 340" stays true when the oldest are no longer kept. An event is
 * known by its key: its number, or its sequence number in the stream where what is found may be read again elsewhere.
 */
import type { EventTable, UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { compileFilter, type FilterPredicate } from '../../../shared/filter/compile.ts';
import { parseFilter } from '../../../shared/filter/parser.ts';
import { RingModel } from '../../../shared/model/ring-model.ts';
import type { Keyframe } from '../../../shared/model/state.ts';
import type { FilterHits, Place } from './feed.ts';
import { HitBins } from './hit-bins.ts';

/** What a search needs of the events: numbered, in chunks, with keyframes. */
export interface SearchableEvents {
  readonly dictionary: UserDataDictionary;
  readonly first: number;
  readonly end: number;
  /** Events that will come, those that are there among them; without it, those that are there are all. */
  readonly total?: number;
  /** Key of an event; its number, where there is none. */
  keyOf?(number: number): number;
  /** Time of the oldest event that can be gone to, ns, where more can be than is kept. */
  readonly oldestReachable?: number | undefined;
  forEachChunk(from: number, to: number, visit: (chunk: { readonly table: EventTable }, begin: number, end: number) => void): void;
  keyframeBefore(number: number): { keyframe: Keyframe; at: number } | null;
}

/** Hits that can be gone to: the newest ones. */
export const MOST_HITS = 1 << 20;
const FIRST_HITS = 1024;
/** Events between two looks at the clock. */
const STRIDE = 4096;

/** What a search is to those who show it. Keys are the events' own (SearchableEvents.keyOf). */
export interface Hits {
  /** Every event has been looked at. */
  readonly done: boolean;
  /** Every event that is there has been looked at; more will come. */
  readonly starving: boolean;
  readonly count: number;
  scan(isOver: () => boolean): void;
  /**
   * The next hit behind the event `key`, or the one before it; null = there is none, undefined = that is not known before the
   * search has come farther.
   */
  next(key: number, direction: 1 | -1): Place | null | undefined;
  /** Hits among the events `from` … `to` - 1, at most one in each `pixelNs`: their times. */
  timesIn(from: number, to: number, pixelNs: number): Float64Array<ArrayBuffer>;
  /** Hits up to the event `key`, counted from 1 over the whole search; whether that event is one. */
  rank(key: number): { rank: number; isHit: boolean };
  /** What the page is told. */
  hits(): FilterHits;
}

export class Finder implements Hits {
  readonly #model: RingModel;
  readonly #matches: FilterPredicate;
  readonly #bins = new HitBins();
  /** Of each hit that is kept: its event's key and time, oldest first, in #start … #end - 1. */
  #keys = new Float64Array(FIRST_HITS);
  #times = new Float64Array(FIRST_HITS);
  #start = 0;
  #end = 0;
  #count = 0;
  /** Next event that is looked at, and where the search began; -1 = it has not. */
  #at = -1;
  #from = -1;
  #fromKey = -1;
  /** Events that were no longer kept when their turn came. */
  #missed = 0;

  /** Throws FilterError for a text that is no filter. */
  constructor(
    private readonly events: SearchableEvents,
    readonly text: string,
    private readonly mostHits = MOST_HITS,
  ) {
    const filter = parseFilter(text);
    this.#matches = filter === null ? () => false : compileFilter(filter);
    this.#model = new RingModel(events.dictionary);
  }

  get done(): boolean {
    const { events } = this;
    return this.#at >= Math.max(events.total ?? 0, events.end) || (events.end === events.first && (events.total ?? 0) === 0);
  }

  get starving(): boolean {
    return !this.done && this.#at >= this.events.end;
  }

  /** Key of the first event that was looked at; -1 = none was. */
  get fromKey(): number {
    return this.#fromKey;
  }

  /** Events that were looked at or missed, and all. */
  get looked(): { done: number; all: number } {
    const { events } = this;
    const from = Math.max(0, this.#from);
    return { done: Math.max(0, this.#at - from), all: Math.max(0, Math.max(events.total ?? 0, events.end) - from) };
  }

  get count(): number {
    return this.#count;
  }

  scan(isOver: () => boolean): void {
    const { events } = this;
    while (!this.done && !this.starving) {
      if (this.#at < events.first) this.#begin();
      const to = Math.min(events.end, this.#at + STRIDE);
      let number = this.#at;
      events.forEachChunk(this.#at, to, ({ table }, begin, end) => {
        for (let i = begin; i < end; i++, number++) {
          this.#model.apply(table, i);
          if (this.#matches(table, i, this.#model)) this.#hit(number, table.t[i] as number);
        }
      });
      this.#at = to;
      if (isOver()) return;
    }
  }

  /** Goes to the oldest kept event. Without a keyframe there, it is taken for the first of all. */
  #begin(): void {
    const { events } = this;
    if (this.#at >= 0) this.#missed += events.first - this.#at;
    else {
      this.#from = events.first;
      this.#fromKey = this.#keyOf(events.first);
    }
    const key = events.keyframeBefore(events.first);
    if (key !== null) this.#model.restore(key.keyframe);
    this.#at = events.first;
  }

  #keyOf(number: number): number {
    return this.events.keyOf?.(number) ?? number;
  }

  #hit(number: number, t: number): void {
    this.#count++;
    this.#bins.add(t);
    if (this.#end === this.#keys.length) this.#room();
    this.#keys[this.#end] = this.#keyOf(number);
    this.#times[this.#end] = t;
    this.#end++;
    if (this.#end - this.#start > this.mostHits) this.#start++;
  }

  /** Moves the kept hits to the front, of longer arrays where they fill more than half. */
  #room(): void {
    this.#forget();
    const length = this.#end - this.#start;
    const capacity = length * 2 > this.#keys.length ? this.#keys.length * 2 : this.#keys.length;
    const move = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(capacity);
      to.set(from.subarray(this.#start, this.#end));
      return to;
    };
    this.#keys = move(this.#keys);
    this.#times = move(this.#times);
    this.#start = 0;
    this.#end = length;
  }

  /** Hits whose events are no longer kept can't be gone to. */
  #forget(): void {
    const { oldestReachable, first } = this.events;
    this.#start =
      oldestReachable === undefined
        ? this.#lowerBound(this.#keys, this.#keyOf(first), this.#start)
        : this.#lowerBound(this.#times, oldestReachable, this.#start);
  }

  /** Index of the first hit with a value of at least `value`. */
  #lowerBound(column: Float64Array, value: number, from: number): number {
    let lo = from;
    let hi = this.#end;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if ((column[mid] as number) < value) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  next(key: number, direction: 1 | -1): Place | null | undefined {
    this.#forget();
    const i = direction === 1 ? this.#lowerBound(this.#keys, key + 1, this.#start) : this.#lowerBound(this.#keys, key, this.#start) - 1;
    if (direction === -1 && !this.done && this.#keyOf(this.#at) < key) return undefined;
    if (i >= this.#start && i < this.#end) return { t: this.#times[i] as number, seq: this.#keys[i] as number };
    return this.done || direction === -1 ? null : undefined;
  }

  timesIn(from: number, to: number, pixelNs: number): Float64Array<ArrayBuffer> {
    this.#forget();
    const times: number[] = [];
    const last = this.#lowerBound(this.#keys, to, this.#start);
    for (let i = this.#lowerBound(this.#keys, from, this.#start); i < last; ) {
      const t = this.#times[i] as number;
      times.push(t);
      i = this.#lowerBound(this.#times, (Math.floor(t / pixelNs) + 1) * pixelNs, i + 1);
    }
    return Float64Array.from(times);
  }

  rank(key: number): { rank: number; isHit: boolean } {
    const i = this.#lowerBound(this.#keys, key, this.#start);
    const isHit = i < this.#end && this.#keys[i] === key;
    return { rank: this.#count - (this.#end - i) + (isHit ? 1 : 0), isHit };
  }

  hits(): FilterHits {
    this.#forget();
    const { done, all } = this.looked;
    return {
      text: this.text,
      count: this.#count,
      reachable: this.#end - this.#start,
      missed: this.#missed,
      done: this.done,
      progress: this.done || all === 0 ? 1 : done / all,
      bins: this.#bins.take(),
    };
  }
}
