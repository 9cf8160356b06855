/**
 * Makes what a recorded trace is opened with: seeds, from which any stretch of it is read, and the index of the whole. Goes
 * through the blocks once, in their order; what it keeps has a bound.
 */
import { BlockError } from '../codec/block.ts';
import { KEYFRAME_EVENTS } from './event-store.ts';
import { writeSeed } from './seed-record.ts';
import { TraceStore } from './trace-store.ts';
import { writeView } from './view-record.ts';

/** Events from one seed to the next: what is read at most before the state at a moment is known. */
export const SEED_EVENTS = 2 * KEYFRAME_EVENTS;
/** Entries of the whole index, of 24 bytes: a few for each pixel of the widest screen and each of some dozen lanes. */
const INDEX_ENTRIES = 120_000;
/** Of a short trace, whose events are read at once where its index is too coarse: small beside its events, and fine enough for its minimap. */
const EVENTS_PER_ENTRY = 16;
const LEAST_BINS = 1024;

/** A seed as bytes, the event that it stands before, and the time of the event before that, ns since the start of the trace. */
export interface StoredSeed {
  number: number;
  t: number;
  bytes: Uint8Array;
}

export class TraceIndexer {
  readonly store: TraceStore;
  #seeds: StoredSeed[] = [];

  /** `startNs`: CLOCK_MONOTONIC of the trace's moment 0. */
  constructor(startNs: bigint, indexEntries = INDEX_ENTRIES) {
    this.store = new TraceStore(startNs, { maxEvents: 2 * KEYFRAME_EVENTS, indexEntries, onKeyframe: (number) => this.#seed(number) });
  }

  #seed(number: number): void {
    if (number === 0 || number % SEED_EVENTS !== 0) return;
    const seed = this.store.seed();
    this.#seeds.push({ number, t: seed.t, bytes: writeSeed(seed, this.store.dictionary) });
  }

  /** Takes in whole blocks (shared/codec); returns the seeds that stand in them. A damaged block is left out, which the next shows as a gap. */
  blocks(blocks: readonly Uint8Array[]): StoredSeed[] {
    for (const block of blocks) {
      try {
        this.store.accept(block);
      } catch (e) {
        if (!(e instanceof BlockError)) throw e;
      }
    }
    const made = this.#seeds;
    this.#seeds = [];
    return made;
  }

  /** The index of what was taken in; nothing may be added behind it. */
  finish(): Uint8Array {
    const { index, events, lastT } = this.store;
    while (index.entries * EVENTS_PER_ENTRY > events.end && index.width.ns * 2 * LEAST_BINS <= lastT) index.coarsen();
    return writeView(this.store);
  }
}
