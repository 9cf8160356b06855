/**
 * What pictures are made from besides the events themselves: written once while events come in, read for every picture.
 * One track for each lane; for the group, reap batches and ends their lists and bins of BIN ns.
 */
import type { RingSummary } from '../../../shared/model/summary.ts';
import { causeIndex } from '../../../shared/model/terminate-cause.ts';
import { Kind, Provenance } from '../../../shared/schema/events.ts';
import { CqeFlag } from '../../../shared/schema/uapi.ts';
import { type Chunk, What } from './event-store.ts';
import { LaneTrack } from './lane-track.ts';
import type { LiveRates } from './live-rates.ts';
import { type LostSpan, MarkFlag, MarkKind, SpanKind } from './picture.ts';
import { TimeLog } from './time-log.ts';
import { BIN } from './window.ts';

const MAX_LOST = 4096;

export class TraceIndex {
  /** By slot; a slot that was never used is a hole. */
  readonly tracks: (LaneTrack | undefined)[] = [];
  /** t = start of the bin, a = least free, b = most free; at its end c = free + filled * 2^16, d = held. */
  readonly groupBins = new TimeLog();
  /** t = start of the bin, a = batches, b = CQEs. */
  readonly reapBins = new TimeLog();
  /** Ends by error: a = slot, b = res, c = CQE flags, d = TerminateCause index. */
  readonly errors = new TimeLog();
  lost: LostSpan[] = [];
  #number = 0;

  #free = 0;
  #filled = 0;
  #held = 0;
  #restating = false;

  constructor(
    private readonly summary: RingSummary,
    private readonly rates: LiveRates,
    /** Trace time of an absolute CLOCK_MONOTONIC stamp. */
    private readonly sinceStart: (ns: bigint) => number,
  ) {}

  track(slot: number): LaneTrack {
    let track = this.tracks[slot];
    if (track === undefined) {
      track = new LaneTrack(slot);
      this.tracks[slot] = track;
    }
    return track;
  }

  /** Event `i` of the chunk, the trace's event `number`, was just applied to the summary's model. */
  note(chunk: Chunk, i: number, number: number): void {
    this.#number = number;
    const { table } = chunk;
    const { model } = this.summary;
    const t = table.t[i] as number;
    this.rates.at(t);
    let what = 0;
    switch (table.kind[i]) {
      case Kind.reap:
        what = this.#reap(chunk, i, t);
        break;
      case Kind.submit:
        what = this.#submit(chunk, i, t);
        break;
      case Kind.poll_arm:
        what = this.#pollArm(chunk, i, t);
        break;
      case Kind.wake: {
        const { lane } = model.effect;
        if (lane === null) break;
        chunk.slot[i] = lane.slot;
        what = What.wake;
        break;
      }
      case Kind.connect: {
        const { lane } = model.effect;
        if (lane === null) break;
        const track = this.track(lane.slot);
        track.mark(t, MarkKind.connect, lane.fd);
        track.edge(t, 0, false, false);
        break;
      }
      case Kind.close: {
        const { lane } = model.effect;
        if (lane === null) break;
        const track = this.track(lane.slot);
        track.mark(t, MarkKind.close, lane.fd);
        track.edge(t, SpanKind.closed, false, false);
        break;
      }
      case Kind.dropped:
        this.#dropped(chunk, i, t);
        break;
      case Kind.snapshot:
        this.#restating = true;
        break;
      case Kind.snapshot_end:
        this.#restating = false;
        this.#restated(t);
        break;
      default:
        break;
    }
    this.#group(chunk, i, t, what);
  }

  /** An event that only the model takes notice of. */
  noteSilently(chunk: Chunk, i: number): void {
    this.#group(chunk, i, chunk.table.t[i] as number, 0);
  }

  #reap(chunk: Chunk, i: number, t: number): number {
    const { lane, recv, multishot, cause, newBatch } = this.summary.model.effect;
    let what = 0;
    if (newBatch) {
      what |= What.batch;
      this.rates.add('batches', 1);
    }
    this.#reapBin(t, newBatch ? 1 : 0);
    if (!recv || lane === null) return what;
    const { table } = chunk;
    const res = table.res[i] as number;
    const flags = table.flags[i] as number;
    const nonEmpty = (flags & CqeFlag.F_SOCK_NONEMPTY) !== 0;
    const track = this.track(lane.slot);
    what |= What.cqe | (multishot ? 0 : What.single);
    chunk.slot[i] = lane.slot;
    this.rates.add('cqes', 1);
    if (res > 0) this.rates.add('bytes', res);
    const ended = cause !== null;
    if (!ended || cause === 'data' || cause === 'overflow') track.cqe(t, res, nonEmpty);
    if (!ended) return what;
    // The end of a single shot with data is its normal and only CQE.
    if (!multishot && cause === 'data') {
      track.edge(t, 0, false, true);
      return what;
    }
    what |= What.end;
    const next = cause === 'eof' || cause === 'reset' ? SpanKind.closed : multishot ? SpanKind.gap : 0;
    const flag = (nonEmpty ? MarkFlag.nonEmpty : 0) | (multishot ? 0 : MarkFlag.single);
    track.end(t, {
      number: this.#number,
      res,
      cause: causeIndex(cause),
      flag,
      shots: lane.shots,
      batch: this.summary.model.batch,
      next,
      single: !multishot,
    });
    if (res < 0) this.errors.push(t, lane.slot, res, flags, causeIndex(cause));
    if (cause === 'enobufs') this.rates.add('enobufs', 1);
    return what;
  }

  #submit(chunk: Chunk, i: number, t: number): number {
    const { lane, recv, multishot } = this.summary.model.effect;
    if (!recv || lane === null) return 0;
    this.rates.add('submits', 1);
    this.track(lane.slot).submit(t, lane.request, !multishot, this.summary.model.batch, this.summary.pollArmsObserved > 0);
    if (multishot) return 0;
    chunk.slot[i] = lane.slot;
    return What.submit;
  }

  /** Seen in the kernel. Those of single shots are many: they stay in the stream, as their submits do. */
  #pollArm(chunk: Chunk, i: number, t: number): number {
    const { lane } = this.summary.model.effect;
    if (lane === null || chunk.table.provenance[i] !== Provenance.tracepoint) return 0;
    const track = this.track(lane.slot);
    track.pollArmed(t, lane.request, !lane.multishot);
    if (lane.multishot) return 0;
    chunk.slot[i] = lane.slot;
    return What.arm;
  }

  #reapBin(t: number, batches: number): void {
    const log = this.reapBins;
    const from = Math.floor(t / BIN) * BIN;
    if (log.length === 0 || (log.t[log.end - 1] as number) < from) log.push(from);
    const k = log.end - 1;
    log.a[k] = (log.a[k] as number) + batches;
    log.b[k] = (log.b[k] as number) + 1;
  }

  #group(chunk: Chunk, i: number, t: number, what: number): void {
    const group = this.summary.model.group;
    let changed = 0;
    // While a snapshot restates the group, its counts are not those of any moment.
    if (group !== null && !this.#restating && (group.free !== this.#free || group.held !== this.#held || group.filled !== this.#filled)) {
      this.#free = group.free;
      this.#filled = group.filled;
      this.#held = group.held;
      changed = What.group;
      this.rates.free(group.free);
      const log = this.groupBins;
      const from = Math.floor(t / BIN) * BIN;
      if (log.length === 0 || (log.t[log.end - 1] as number) < from) log.push(from, group.free, group.free);
      const k = log.end - 1;
      if (group.free < (log.a[k] as number)) log.a[k] = group.free;
      if (group.free > (log.b[k] as number)) log.b[k] = group.free;
      log.c[k] = (group.free + group.filled * 0x10000) >>> 0;
      log.d[k] = group.held;
    }
    chunk.what[i] = what | changed;
    chunk.batch[i] = this.summary.model.batch;
    chunk.free[i] = this.#free;
    chunk.filled[i] = this.#filled;
    chunk.held[i] = this.#held;
  }

  #dropped(chunk: Chunk, i: number, t: number): void {
    const { table } = chunk;
    const count = (table.a[i] as number) + (table.b[i] as number) * 2 ** 32;
    const first = this.sinceStart(table.dictionary.valueOf(table.ud[i] as number));
    this.lose({ t0: Math.min(t, Math.max(0, first)), t1: t, count });
  }

  /** A span without events. Spans that were left out one after another become one. */
  lose(span: LostSpan): void {
    const last = this.lost.at(-1);
    if (last !== undefined && last.count === 0 && span.count === 0 && span.t0 - last.t1 < BIN) last.t1 = Math.max(last.t1, span.t1);
    else this.lost.push({ ...span });
    if (this.lost.length > MAX_LOST) this.lost.splice(0, this.lost.length - MAX_LOST);
  }

  /** A snapshot told what is true now: lanes that it contradicts change here. */
  #restated(t: number): void {
    const { lanes } = this.summary.model;
    for (let slot = 0; slot < Math.max(lanes.length, this.tracks.length); slot++) {
      const lane = lanes[slot];
      if (lane === undefined) continue;
      const fresh = this.tracks[slot] === undefined;
      const track = this.track(slot);
      if (!lane.open) {
        track.edge(t, SpanKind.closed, false, false);
        continue;
      }
      const kind = lane.armed ? SpanKind.armed : !lane.multishot || lane.request === 0 ? 0 : SpanKind.gap;
      // First heard of: it has been so for longer than anything is kept.
      track.edge(fresh ? Number.NEGATIVE_INFINITY : t, kind, true, !lane.multishot);
    }
  }

  dropBefore(t: number): void {
    for (const track of this.tracks) track?.dropBefore(t);
    this.groupBins.dropBefore(t - BIN, 1);
    this.reapBins.dropBefore(t - BIN);
    this.errors.dropBefore(t, 1);
    if ((this.lost[0]?.t1 ?? t) < t) this.lost = this.lost.filter((span) => span.t1 >= t);
  }
}
