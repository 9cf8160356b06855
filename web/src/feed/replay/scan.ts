/** The events of a trace from its first on, a part at a time: what a search goes through. */
import { BlockError, readHeader } from '../../../../shared/codec/block.ts';
import type { EventTable, UserDataDictionary } from '../../../../shared/codec/event-table.ts';
import { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import type { SearchableEvents } from '../finder.ts';
import type { TraceReader } from './trace-reader.ts';

/** Events that are kept behind the newest part: a part of 1 MiB has about 100,000. */
const KEPT = 262_144;

export class Scan implements SearchableEvents {
  protected readonly store: TraceStore;
  /** Hits stay hits when their events are read no longer: any event can be read again. */
  readonly first = 0;
  /** Events that could not be read. */
  missed = 0;
  #next = 0;
  #isOver = false;
  /** Of the last block, events that are not of it. */
  #beyond = 0;

  constructor(
    private readonly reader: TraceReader,
    startNs: bigint,
    /** Sequence number in the stream of the first event that is not of it. */
    protected readonly until = Number.POSITIVE_INFINITY,
  ) {
    this.store = new TraceStore(startNs, { maxEvents: KEPT });
  }

  get dictionary(): UserDataDictionary {
    return this.store.dictionary;
  }
  get end(): number {
    return this.store.events.end - this.#beyond;
  }
  /** Those that are there, and those of the parts to come. */
  get total(): number {
    const { parts } = this.reader;
    let left = 0;
    for (let i = this.#next; i < parts.length && !this.#isOver; i++) left += this.#countOf(i);
    return this.end + left;
  }

  #countOf(part: number): number {
    const { seq, count } = this.reader.parts[part] as { seq: bigint; count: number };
    return Math.max(0, Math.min(count, this.until - Number(seq)));
  }

  keyframeBefore(): null {
    return null;
  }

  forEachChunk(from: number, to: number, visit: (chunk: { readonly table: EventTable }, begin: number, end: number) => void): void {
    this.store.events.forEachChunk(from, to, visit);
  }

  /** Reads the next part; one that can't be read is passed over. Never rejects for it. */
  async grow(): Promise<void> {
    const part = this.#next++;
    if (part >= this.reader.parts.length || this.#isOver) return;
    const blocks = await this.reader.blocks(part).catch(() => null);
    if (blocks === null) this.missed += this.#countOf(part);
    else for (const block of blocks) this.#accept(block);
  }

  #accept(block: Uint8Array): void {
    try {
      const { seq, count } = readHeader(block);
      if (seq >= this.until) this.#isOver = true;
      if (this.#isOver) return;
      this.store.accept(block);
      const beyond = Number(seq) + count - this.until;
      if (beyond < 0) return;
      this.#beyond = beyond;
      this.#isOver = true;
    } catch (e) {
      // Told where it is shown.
      if (!(e instanceof BlockError)) throw e;
    }
  }
}
