/**
 * A stretch of a recorded trace in memory: from a seed on, as far as it was read. It grows at its end; what no longer fits
 * goes at its start, as in a live trace.
 *
 *     seeds     0        k                                    each stands before some event
 *     parts     [   ][   ][   ][   ][   ][   ]
 *     stretch             ├────────────▶ next                 one store, begun with seed k
 */
import { BlockError, readHeader } from '../../../../shared/codec/block.ts';
import { UserDataDictionary } from '../../../../shared/codec/event-table.ts';
import { readSeed } from '../../../../shared/timeline/seed-record.ts';
import { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import { sentenceOf } from '../sentence-of.ts';
import type { TracePart, TraceReader } from './trace-reader.ts';

/** Events of a stretch: half of what a live page keeps, since a second one may be under way. */
export const STRETCH_EVENTS = 1_200_000;

/** Index of the part that holds the event with this sequence number, or of the first one after it. */
function partOf(parts: readonly TracePart[], seq: bigint): number {
  let lo = 0;
  let hi = parts.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    const { seq: first, count } = parts[mid] as TracePart;
    if (first + BigInt(count) <= seq) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

export class Stretch {
  /** Index of the next part to be read. */
  #next: number;
  /** Blocks of the part before it that have not been taken in. */
  #waiting: Uint8Array[] = [];

  private constructor(
    private readonly reader: TraceReader,
    readonly store: TraceStore,
    private readonly first: number,
    /** Time of the event before the first one, ns. */
    private readonly after: number,
    next: number,
    private readonly onTrouble: (message: string) => void,
  ) {
    this.#next = next;
  }

  /** From the start of the trace, or from a stored seed; null when that is of another version. Throws for what is no seed. */
  static begin(reader: TraceReader, startNs: bigint, seed: Uint8Array | null, onTrouble: (message: string) => void): Stretch | null {
    if (seed === null)
      return new Stretch(reader, new TraceStore(startNs, { maxEvents: STRETCH_EVENTS }), 0, Number.NEGATIVE_INFINITY, 0, onTrouble);
    const dictionary = new UserDataDictionary();
    const from = readSeed(seed, dictionary);
    if (from === null) return null;
    const store = new TraceStore(startNs, { maxEvents: STRETCH_EVENTS, dictionary, seed: from });
    return new Stretch(reader, store, from.number, from.t, partOf(reader.parts, from.seq), onTrouble);
  }

  /** All events after this moment, up to the newest that was read, are here. */
  get heldAfter(): number {
    const { events } = this.store;
    return events.first === this.first ? this.after : events.oldestTime;
  }

  /** Everything up to the end of the trace has been read. */
  get isAtEnd(): boolean {
    return this.#waiting.length === 0 && this.#next >= this.reader.parts.length;
  }

  /** All events up to this moment have been read. */
  reaches(t: number): boolean {
    const [block] = this.#waiting;
    if (block !== undefined) return Number(readHeader(block).tFirst - this.store.startNs) > t;
    return this.isAtEnd || (this.reader.parts[this.#next] as TracePart).tFirst > t;
  }

  /** Reads on, up to this moment or to the end of a part. A damaged part is left out, which the next one shows as a gap. */
  async grow(to = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#waiting.length === 0 && !(await this.#nextPart())) return;
    // A part has many blocks: for a picture of a few ms most of them can wait.
    let taken = 0;
    for (; taken < this.#waiting.length; taken++) {
      const block = this.#waiting[taken] as Uint8Array;
      if (taken > 0 && Number(readHeader(block).tFirst - this.store.startNs) > to) break;
      try {
        this.store.accept(block);
      } catch (e) {
        if (!(e instanceof BlockError)) throw e;
        this.onTrouble(e.message);
      }
    }
    this.#waiting = this.#waiting.slice(taken);
  }

  /** Fetches the blocks of the next part; false = somebody else had asked for the same. */
  async #nextPart(): Promise<boolean> {
    const part = this.#next;
    const blocks = await this.reader.blocks(part).catch((e: unknown) => {
      this.onTrouble(sentenceOf(e));
      return [];
    });
    if (part !== this.#next) return false;
    this.#next++;
    this.#waiting = blocks;
    return true;
  }
}
