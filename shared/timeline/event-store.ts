/**
 * The kept part of the trace: events in chunks of equal size, the oldest dropped when there are too many. Events are
 * numbered from 0 over the whole trace, so a number stays valid while its event is kept.
 *
 *     #first                                   #end
 *     ▼                                        ▼
 *     [ chunk 8192 ][ chunk ][ chunk ][ chunk ]
 *       ▲ keyframe at every 4th, and chunks go 4 at a time: the oldest kept event always has one.
 */
import { EventTable, type UserDataDictionary } from '../codec/event-table.ts';
import type { Keyframe } from '../model/state.ts';

export const CHUNK_BITS = 13;
export const CHUNK_EVENTS = 1 << CHUNK_BITS;
export const KEYFRAME_CHUNKS = 4;
export const KEYFRAME_EVENTS = KEYFRAME_CHUNKS * CHUNK_EVENTS;

/** Bits of Chunk.what. */
export const What = {
  cqe: 1,
  single: 2,
  end: 4,
  submit: 8,
  /** First reap of a batch; of another process: it went to wait, and had reaped before. */
  batch: 16,
  group: 32,
  arm: 64,
  wake: 128,
  reap: 256,
  ambiguous: 512,
  fairness: 1024,
} as const;

export class Chunk {
  readonly table: EventTable;
  count = 0;
  /** What the event means for the picture: What bits, 0 = nothing. */
  readonly what = new Uint16Array(CHUNK_EVENTS);
  /** Slot of the lane of a CQE, wake, or single-shot submit or poll arm. */
  readonly slot = new Int16Array(CHUNK_EVENTS);
  /** Number of the CQEs that came together: of one wake where the kernel is traced, else of one reap batch (RingModel.run). */
  readonly batch = new Uint32Array(CHUNK_EVENTS);
  /** The group that changed last (TraceIndex.groupNumber), and how it is after the event. */
  readonly group = new Uint8Array(CHUNK_EVENTS);
  readonly free = new Uint16Array(CHUNK_EVENTS);
  readonly filled = new Uint16Array(CHUNK_EVENTS);
  readonly held = new Uint16Array(CHUNK_EVENTS);
  /** State before the first event of the chunk. */
  keyframe: Keyframe | null = null;

  constructor(dictionary: UserDataDictionary) {
    this.table = new EventTable(CHUNK_EVENTS, dictionary);
  }
}

export class EventStore {
  readonly #chunks: Chunk[] = [];
  readonly #spare: Chunk[] = [];
  /** Number of the oldest kept event. */
  first: number;
  /** Number of the next event. */
  end: number;
  readonly #maxChunks: number;

  constructor(
    readonly dictionary: UserDataDictionary,
    maxEvents: number,
    /** Number of the first event: a multiple of KEYFRAME_EVENTS. */
    first = 0,
  ) {
    this.first = first;
    this.end = first;
    const group = KEYFRAME_CHUNKS * CHUNK_EVENTS;
    this.#maxChunks = Math.max(2, Math.ceil(maxEvents / group)) * KEYFRAME_CHUNKS;
  }

  get length(): number {
    return this.end - this.first;
  }

  /** Bytes of the columns, spare ones too. */
  get bytes(): number {
    return (this.#chunks.length + this.#spare.length) * CHUNK_EVENTS * (EventTable.bytesPerEvent + 15);
  }

  /** The chunk that takes the next event; `keyframe` is asked for where a chunk begins with one. */
  writable(keyframe: () => Keyframe): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.count < CHUNK_EVENTS) return last;
    if (this.#chunks.length >= this.#maxChunks) this.#dropOldest();
    const chunk = this.#spare.pop() ?? new Chunk(this.dictionary);
    chunk.count = 0;
    const number = (this.end - this.first) >>> CHUNK_BITS;
    chunk.keyframe = number % KEYFRAME_CHUNKS === 0 ? keyframe() : null;
    this.#chunks.push(chunk);
    return chunk;
  }

  #dropOldest(): void {
    for (const chunk of this.#chunks.splice(0, KEYFRAME_CHUNKS)) {
      chunk.keyframe = null;
      this.#spare.push(chunk);
    }
    this.first += KEYFRAME_CHUNKS * CHUNK_EVENTS;
  }

  /** The chunk of a kept event; its place there is `offsetOf(number)`. */
  chunkOf(number: number): Chunk {
    const chunk = this.#chunks[(number - this.first) >>> CHUNK_BITS];
    if (chunk === undefined) throw new RangeError(`event ${number} is not kept (${this.first} … ${this.end})`);
    return chunk;
  }

  /** Chunks begin at multiples of their size, counted from event 0, since whole groups of chunks are dropped. */
  offsetOf(number: number): number {
    return number & (CHUNK_EVENTS - 1);
  }

  timeOf(number: number): number {
    return this.chunkOf(number).table.t[this.offsetOf(number)] as number;
  }

  get oldestTime(): number {
    return this.length === 0 ? 0 : this.timeOf(this.first);
  }

  get newestTime(): number {
    return this.length === 0 ? 0 : this.timeOf(this.end - 1);
  }

  /** Number of the first kept event with t ≥ `t` (or > `t`); `end` when there is none. */
  lowerBound(t: number): number {
    return this.#bound((x) => x < t);
  }
  upperBound(t: number): number {
    return this.#bound((x) => x <= t);
  }

  #bound(before: (t: number) => boolean): number {
    let lo = this.first;
    let hi = this.end;
    while (lo < hi) {
      const mid = lo + Math.floor((hi - lo) / 2);
      if (before(this.timeOf(mid))) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  /** The nearest keyframe at or before an event, and the number of the event it stands before. */
  keyframeBefore(number: number): { keyframe: Keyframe; at: number } | null {
    const top = Math.min(this.#chunks.length - 1, (number - this.first) >>> CHUNK_BITS);
    for (let c = top; c >= 0; c--) {
      const keyframe = this.#chunks[c]?.keyframe;
      if (keyframe) return { keyframe, at: this.first + c * CHUNK_EVENTS };
    }
    return null;
  }

  /** Calls back with each chunk that holds events of from … to - 1, and the part of it. */
  forEachChunk(from: number, to: number, visit: (chunk: Chunk, begin: number, end: number) => void): void {
    for (let n = Math.max(from, this.first); n < to; ) {
      const begin = this.offsetOf(n);
      const end = Math.min(CHUNK_EVENTS, begin + to - n);
      visit(this.chunkOf(n), begin, end);
      n += end - begin;
    }
  }
}
