/**
 * What is kept of a trace: its newest events, the state at each, and the tracks that pictures are made from. It begins with
 * nothing, or with the seed that another store made at some event: then it is a stretch of the trace from there on.
 */

import { BlockFlag, NONE, readHeader, readSummary, unpackBlock } from '../codec/block.ts';
import { type EventTable, UserDataDictionary } from '../codec/event-table.ts';
import { addToTotals } from '../model/block-totals.ts';
import type { Keyframe } from '../model/state.ts';
import { RingSummary } from '../model/summary.ts';
import { Kind, Provenance } from '../schema/events.ts';
import { CHUNK_EVENTS, type Chunk, EventStore } from './event-store.ts';
import { LiveRates, WHOLE_SLOTS } from './live-rates.ts';
import { ModelCursor } from './model-cursor.ts';
import { type IndexSeed, TraceIndex } from './trace-index.ts';

export const DEFAULT_MAX_EVENTS = 3_000_000;
/** Beyond a day in one bin nothing is gained, ns. */
const LONGEST_BIN = 1e14;

/** Everything that a store goes on with from event `number` on: of a moment, to be stored. */
export interface TraceSeed {
  /** Of the next event. */
  number: number;
  /** Time of the event before it, ns. */
  t: number;
  /** Sequence number in the stream of the next event. */
  seq: bigint;
  keyframe: Keyframe;
  index: IndexSeed;
  /** Poll arms are seen in the kernel, so that none is inferred. */
  armsObserved: boolean;
}

export interface TraceStoreOptions {
  /** Events that are kept; the oldest go. */
  maxEvents?: number;
  /** The index keeps what is older than the kept events too, and makes its bins longer beyond so many entries. */
  indexEntries?: number;
  /** Read with this dictionary (readSeed). */
  seed?: TraceSeed;
  dictionary?: UserDataDictionary;
  /** Called where a chunk with a keyframe begins, before its first event (`number`). */
  onKeyframe?: (number: number) => void;
}

export class TraceStore {
  readonly dictionary: UserDataDictionary;
  readonly summary: RingSummary;
  readonly rates: LiveRates;
  readonly events: EventStore;
  readonly index: TraceIndex;
  readonly cursor: ModelCursor;
  /** Events that came as summaries or not at all. */
  leftOut = 0;
  /** Sequence number of the next event that is not here yet; -1 = any. */
  #nextSeq = -1n;
  /** The same of the event that is added next. */
  #addingSeq = 0n;
  #lastT = 0;
  #droppedUpTo = 0;
  /** Where numbers and sequence numbers stop going side by side: something was left out before. Oldest first. */
  readonly #runs: { number: number; seq: number }[] = [];
  readonly #indexEntries: number;
  readonly #keyframe: () => Keyframe;

  constructor(
    readonly startNs: bigint,
    { maxEvents = DEFAULT_MAX_EVENTS, indexEntries = 0, seed, dictionary, onKeyframe }: TraceStoreOptions = {},
  ) {
    const first = seed?.number ?? 0;
    this.dictionary = dictionary ?? new UserDataDictionary();
    this.summary = new RingSummary(this.dictionary);
    this.events = new EventStore(this.dictionary, maxEvents, first);
    this.rates = new LiveRates(indexEntries > 0 ? WHOLE_SLOTS : undefined);
    this.index = new TraceIndex(this.summary, this.rates, (ns) => Number(ns - startNs));
    this.cursor = new ModelCursor(this.events, this.summary.model);
    this.#indexEntries = indexEntries;
    this.#droppedUpTo = first;
    if (seed !== undefined) this.#begin(seed);
    this.#keyframe = () => {
      onKeyframe?.(this.events.end);
      return this.summary.model.keyframe();
    };
  }

  #begin({ t, seq, keyframe, index, armsObserved }: TraceSeed): void {
    this.summary.model.restore(keyframe);
    this.index.begin(index, t);
    this.rates.at(t);
    // It says that there were some; how many is not this stretch's to tell.
    if (armsObserved) this.summary.pollArmsObserved = 1;
    this.#lastT = t;
    this.#nextSeq = seq;
  }

  /** To go on from the newest event elsewhere. */
  seed(): TraceSeed {
    return {
      number: this.events.end,
      t: this.#lastT,
      seq: this.#addingSeq,
      keyframe: this.summary.model.keyframe(),
      index: this.index.toSeed(),
      armsObserved: this.summary.pollArmsObserved > 0,
    };
  }

  /** Time of the newest event, ns. */
  get lastT(): number {
    return this.#lastT;
  }

  /**
   * Takes in one block, or only its summary where there is no time for its events. Throws BlockError for bytes that are no
   * block.
   */
  accept(block: Uint8Array, summaryOnly = false): void {
    const header = readHeader(block);
    const end = header.seq + BigInt(header.count);
    // After a reconnect the agent may send again what is here already.
    if (this.#nextSeq >= 0n && end <= this.#nextSeq) return;
    const known = this.#nextSeq > header.seq ? Number(this.#nextSeq - header.seq) : 0;
    const tFirst = Number(header.tFirst - this.startNs);
    const tLast = Number(header.tLast - this.startNs);
    if (this.#nextSeq >= 0n && header.seq > this.#nextSeq) {
      this.leftOut += Number(header.seq - this.#nextSeq);
      this.#leaveOut(this.#lastT, tFirst);
    }
    if (summaryOnly || (header.flags & BlockFlag.summaryOnly) !== 0) {
      const summary = readSummary(block, header);
      this.leftOut += header.count;
      addToTotals(this.summary, summary, header);
      this.rates.at(tLast);
      this.rates.add('cqes', summary.cqes);
      this.rates.add('bytes', summary.bytesReceived);
      this.rates.add('enobufs', summary.enobufs);
      this.rates.add('events', header.count);
      if (header.minFree !== NONE) this.rates.free(header.minFree);
      this.#leaveOut(Math.max(this.#lastT, tFirst), tLast);
    } else {
      const { table } = unpackBlock(block, this.dictionary, this.startNs);
      this.#addingSeq = header.seq + BigInt(known);
      this.#beginRun(Number(this.#addingSeq));
      this.add(table, known);
    }
    this.#nextSeq = end;
    this.#addingSeq = end;
    this.rates.totals(this.summary);
  }

  #beginRun(seq: number): void {
    const { end, first } = this.events;
    if (this.#runs.length === 0 || this.seqOf(end) !== seq) this.#runs.push({ number: end, seq });
    while (this.#runs.length > 1 && (this.#runs[1] as { number: number }).number <= first) this.#runs.shift();
  }

  /** Sequence number in the stream of event `number`; of what is said to be left out, that of the first such event. */
  seqOf(number: number): number {
    const run = this.#runs.findLast((r) => r.number <= number);
    return run === undefined ? number : run.seq + (number - run.number);
  }

  /** The inverse: the event, or the first kept one behind it. */
  numberOf(seq: number): number {
    const i = this.#runs.findLastIndex((r) => r.seq <= seq);
    const run = this.#runs[i];
    if (run === undefined) return this.#runs.length === 0 ? seq : this.events.first;
    return Math.min(run.number + (seq - run.seq), this.#runs[i + 1]?.number ?? Number.POSITIVE_INFINITY);
  }

  /** Appends the events of a table (decoded with this store's dictionary) from row `first` on. */
  add(table: EventTable, first = 0): void {
    for (let from = first; from < table.length; ) {
      const chunk = this.events.writable(this.#keyframe);
      const n = Math.min(table.length - from, CHUNK_EVENTS - chunk.count);
      this.#copy(table, from, n, chunk);
      this.#addingSeq += BigInt(n);
      from += n;
    }
    if (table.length > first) this.rates.add('events', table.length - first);
    if (this.#indexEntries > 0) {
      while (this.index.entries > this.#indexEntries && this.index.width.ns < LONGEST_BIN) this.index.coarsen();
      return;
    }
    if (this.events.first !== this.#droppedUpTo) {
      this.#droppedUpTo = this.events.first;
      this.index.dropBefore(this.events.oldestTime);
    }
  }

  #copy(table: EventTable, from: number, n: number, chunk: Chunk): void {
    const to = chunk.table;
    const at = chunk.count;
    const end = from + n;
    to.t.set(table.t.subarray(from, end), at);
    to.kind.set(table.kind.subarray(from, end), at);
    to.provenance.set(table.provenance.subarray(from, end), at);
    to.ud.set(table.ud.subarray(from, end), at);
    to.res.set(table.res.subarray(from, end), at);
    to.flags.set(table.flags.subarray(from, end), at);
    to.a.set(table.a.subarray(from, end), at);
    to.b.set(table.b.subarray(from, end), at);
    to.request.set(table.request.subarray(from, end), at);
    to.thread.set(table.thread.subarray(from, end), at);
    to.ring.set(table.ring.subarray(from, end), at);
    const { t } = to;
    for (let i = at; i < at + n; i++) {
      // Look-ups by time need an order; the merger of the agent gives one, and this holds it whatever comes.
      if ((t[i] as number) < this.#lastT) t[i] = this.#lastT;
      else this.#lastT = t[i] as number;
      this.summary.apply(to, i);
      this.index.note(chunk, i, this.events.end + i - at);
    }
    chunk.count += n;
    this.events.end += n;
  }

  /**
   * The agent left out what happened from t0 to t1. The model hears of it through an event of our own, `dropped` with count 0,
   * so that its state is uncertain here in every replay too.
   */
  #leaveOut(t0: number, t1: number): void {
    const until = Math.max(this.#lastT, t1);
    this.index.lose({ t0: Math.min(t0, until), t1: until, count: 0 });
    const chunk = this.events.writable(this.#keyframe);
    const { table } = chunk;
    const i = chunk.count;
    table.t[i] = until;
    table.kind[i] = Kind.dropped;
    table.provenance[i] = Provenance.inferred;
    table.ud[i] = this.dictionary.idOf(0, 0);
    for (const column of [table.res, table.flags, table.a, table.b, table.request, table.thread, table.ring]) column[i] = 0;
    this.#lastT = until;
    this.summary.model.apply(table, i);
    this.index.noteSilently(chunk, i);
    chunk.count++;
    this.events.end++;
  }
}
