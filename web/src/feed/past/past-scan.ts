/** What the agent keeps of before a live search began, from its first event on: what the search goes through when it is done with the rest. */
import { BlockError, readHeader } from '../../../../shared/codec/block.ts';
import type { EventTable, UserDataDictionary } from '../../../../shared/codec/event-table.ts';
import { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import type { SearchableEvents } from '../finder.ts';
import type { PastReader } from './past-reader.ts';

/** Events that are kept behind the newest part: a part of 1 MiB has about 100,000. */
const KEPT = 262_144;

export interface PastScanOptions {
  reader: PastReader;
  startNs: bigint;
  /** Sequence number in the stream of the first event that is not of it. */
  until: number;
  /** Time of the oldest event that the agent keeps, ns. */
  oldest(): number;
}

export class PastScan implements SearchableEvents {
  readonly first = 0;
  /** Events that could not be read: the agent has let them go meanwhile. */
  missed = 0;
  readonly #store: TraceStore;
  /** Index of the next part; -1 = the parts are not known yet. */
  #next = -1;
  #isOver = false;
  /** Of the last block, events that are not of it. */
  #beyond = 0;

  constructor(private readonly options: PastScanOptions) {
    this.#store = new TraceStore(options.startNs, { maxEvents: KEPT });
  }

  get dictionary(): UserDataDictionary {
    return this.#store.dictionary;
  }
  get end(): number {
    return this.#store.events.end - this.#beyond;
  }
  /** Those that are there, and those to come; one until that is known. */
  get total(): number {
    if (this.#isOver) return this.end;
    if (this.#next < 0) return 1;
    let left = 0;
    for (const { seq, count } of this.options.reader.parts.slice(this.#next))
      left += Math.max(0, Math.min(count, this.options.until - Number(seq)));
    return this.end + left;
  }
  get oldestReachable(): number {
    return this.options.oldest();
  }

  keyOf(number: number): number {
    return this.#store.seqOf(number);
  }

  keyframeBefore(): null {
    return null;
  }

  forEachChunk(from: number, to: number, visit: (chunk: { readonly table: EventTable }, begin: number, end: number) => void): void {
    this.#store.events.forEachChunk(from, to, visit);
  }

  /** Reads the list of parts, then one part each time. Never rejects: what can't be read is counted. */
  async grow(): Promise<void> {
    const { reader, until } = this.options;
    if (this.#next < 0) {
      await reader.refresh().catch(() => {
        // Nobody tells what there is.
        this.missed = until;
      });
      this.#next = 0;
    }
    const part = reader.parts[this.#next];
    this.#next++;
    if (part === undefined || part.seq >= until) {
      this.#isOver = true;
      return;
    }
    const blocks = await reader.blocks(this.#next - 1).catch(() => null);
    if (blocks === null) this.missed += Math.min(part.count, until - Number(part.seq));
    else for (const block of blocks) this.#accept(block);
  }

  #accept(block: Uint8Array): void {
    const { until } = this.options;
    try {
      const { seq, count } = readHeader(block);
      if (this.#isOver || seq >= until) return;
      this.#store.accept(block);
      const end = Number(seq) + count;
      if (end < until) return;
      this.#beyond = end - until;
      this.#isOver = true;
    } catch (e) {
      // Told where it is shown.
      if (!(e instanceof BlockError)) throw e;
    }
  }
}
