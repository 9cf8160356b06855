/** The events of a recorded trace from its first to its last, a part at a time: what a search goes through. */
import { BlockError } from '../../../../shared/codec/block.ts';
import type { EventTable, UserDataDictionary } from '../../../../shared/codec/event-table.ts';
import { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import type { SearchableEvents } from '../finder.ts';
import type { TraceReader } from './trace-reader.ts';

/** Events that are kept behind the newest part: a part of 1 MiB has about 100,000. */
const KEPT = 262_144;

export class Scan implements SearchableEvents {
  readonly #store: TraceStore;
  /** Hits stay hits when their events are read no longer: any event can be read again. */
  readonly first = 0;
  #next = 0;

  constructor(
    private readonly reader: TraceReader,
    startNs: bigint,
  ) {
    this.#store = new TraceStore(startNs, { maxEvents: KEPT });
  }

  get dictionary(): UserDataDictionary {
    return this.#store.dictionary;
  }
  get end(): number {
    return this.#store.events.end;
  }
  /** Those that are there, and those of the parts to come. */
  get total(): number {
    const { parts } = this.reader;
    let left = 0;
    for (let i = this.#next; i < parts.length; i++) left += (parts[i] as { count: number }).count;
    return this.end + left;
  }

  keyframeBefore(): null {
    return null;
  }

  forEachChunk(from: number, to: number, visit: (chunk: { readonly table: EventTable }, begin: number, end: number) => void): void {
    this.#store.events.forEachChunk(from, to, visit);
  }

  /** Reads the next part; one that can't be read is passed over. */
  async grow(): Promise<void> {
    const part = this.#next++;
    if (part >= this.reader.parts.length) return;
    const blocks = await this.reader.blocks(part).catch(() => []);
    for (const block of blocks) {
      try {
        this.#store.accept(block);
      } catch (e) {
        // Told where it is shown.
        if (!(e instanceof BlockError)) throw e;
      }
    }
  }
}
