/** Everything the worker keeps of a trace. Pure: wall time and bytes come in, pictures are made from it by picture-builder.ts. */
import { BlockFlag, type BlockHeader, type BlockSummary, NONE, readHeader, readSummary, unpackBlock } from '../../../shared/codec/block.ts';
import { type EventTable, UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { RingSummary } from '../../../shared/model/summary.ts';
import { Kind, Provenance } from '../../../shared/schema/events.ts';
import { CHUNK_EVENTS, type Chunk, EventStore } from '../../../shared/timeline/event-store.ts';
import { LiveRates } from '../../../shared/timeline/live-rates.ts';
import { ModelCursor } from '../../../shared/timeline/model-cursor.ts';
import { TraceIndex } from '../../../shared/timeline/trace-index.ts';
import { LiveEdge } from './live-edge.ts';

export const DEFAULT_MAX_EVENTS = 3_000_000;

/** Adds what a block without events did to the totals. Its summary does not tell the modes apart: it counts for the mode of now. */
function addToTotals(totals: RingSummary, block: BlockSummary, header: BlockHeader): void {
  const single = totals.model.lanes.some((lane) => lane?.open === true && !lane.multishot);
  const mode = single ? totals.single : totals.multishot;
  const count = (kind: number): number => block.counts.get(kind) ?? 0;
  totals.events += header.count;
  totals.replenished += count(Kind.replenish);
  totals.connects += count(Kind.connect);
  totals.closes += count(Kind.close);
  totals.overflowed += count(Kind.cqe_overflow);
  totals.dropped += header.dropped;
  mode.cqes += block.cqes;
  mode.fMore += block.more;
  mode.sockNonEmpty += block.nonEmpty;
  mode.enobufs += block.enobufs;
  mode.bytesReceived += block.bytesReceived;
  mode.terminations.enobufs += block.enobufs;
  mode.terminations.eof += block.eof;
  mode.terminations.error += block.otherErrors;
  if (block.enobufs > 0) mode.errors.ENOBUFS = (mode.errors.ENOBUFS ?? 0) + block.enobufs;
  if (header.minFree !== NONE && (totals.freeBuffersMin < 0 || header.minFree < totals.freeBuffersMin))
    totals.freeBuffersMin = header.minFree;
}

export class LiveStore {
  readonly dictionary = new UserDataDictionary();
  readonly summary = new RingSummary(this.dictionary);
  readonly rates = new LiveRates();
  readonly edge = new LiveEdge();
  readonly events: EventStore;
  readonly index: TraceIndex;
  readonly cursor: ModelCursor;
  /** Events that came as summaries or not at all. */
  leftOut = 0;
  /** Sequence number of the next event that is not here yet; -1 = any. */
  #nextSeq = -1n;
  #lastT = 0;
  #droppedUpTo = 0;

  constructor(
    readonly startNs: bigint,
    maxEvents = DEFAULT_MAX_EVENTS,
  ) {
    this.events = new EventStore(this.dictionary, maxEvents);
    this.index = new TraceIndex(this.summary, this.rates, (ns) => Number(ns - startNs));
    this.cursor = new ModelCursor(this.events, this.summary.model);
  }

  /**
   * Takes in one block, or only its summary where there is no time for its events. Throws BlockError for bytes that are no
   * block.
   */
  accept(block: Uint8Array, summaryOnly = false): void {
    const header = readHeader(block);
    const end = header.seq + BigInt(header.count);
    // After a reconnect the agent may send again what is here already.
    if (this.#nextSeq >= 0n && header.seq < this.#nextSeq) return;
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
      this.add(unpackBlock(block, this.dictionary, this.startNs).table);
    }
    this.#nextSeq = end;
    this.rates.totals(this.summary);
    this.edge.known(this.#lastT);
  }

  /** Appends the events of a table (decoded with this store's dictionary). */
  add(table: EventTable): void {
    for (let from = 0; from < table.length; ) {
      const chunk = this.events.writable(() => this.summary.model.keyframe());
      const n = Math.min(table.length - from, CHUNK_EVENTS - chunk.count);
      this.#copy(table, from, n, chunk);
      from += n;
    }
    if (table.length > 0) this.rates.add('events', table.length);
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
    const chunk = this.events.writable(() => this.summary.model.keyframe());
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
