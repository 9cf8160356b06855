/**
 * What happened on one lane, kept in lists that are exact (submits, arms, ends: never averaged away) and in bins for CQEs,
 * which a long window is drawn from. In the index of a whole trace (`coarsen`) the lists are by the bin too: what is alike in
 * one bin is one mark that counts, and of the edges in a bin the first gap and the last stay.
 */

import { type BinWidth, binOf } from './bin.ts';
import { MarkFlag, MarkKind, SpanKind } from './marks.ts';
import { TimeLog } from './time-log.ts';

/** Pauses of a single-shot recv shorter than this are left out of the coarse edges, ns. */
const COARSE_PAUSE = 1e6;
/**
 * A recv that ended with its first CQE, in the reap batch after its submit and within this time, most likely completed at
 * once: no poll was armed (the rule of shared/model/summary.ts, and the time for a ring where batches are rare).
 */
const AT_ONCE = 1e6;

const CAUSE_BITS = 4;
export const causeOfWord = (word: number): number => word & ((1 << CAUSE_BITS) - 1);
/** Event `number` or one after it: for numbers that lie near each other. */
export const isAtOrBehind = (word: number, number: number): boolean => ((word >>> CAUSE_BITS) - number) << CAUSE_BITS >= 0;

const COUNT_BITS = 8;
export const flagOfMark = (d: number): number => d & ((1 << COUNT_BITS) - 1);
export const countOfMark = (d: number): number => Math.max(1, d >>> COUNT_BITS);

/** Kind of an edge: what begins here. 0 = open, with no recv so far. */
export type EdgeKind = 0 | (typeof SpanKind)[keyof typeof SpanKind];

export interface EndOfRequest {
  /** Number of its event. */
  number: number;
  res: number;
  /** TerminateCause index. */
  cause: number;
  flag: number;
  /** CQEs of the request, the last one too. */
  shots: number;
  batch: number;
  next: EdgeKind;
  single: boolean;
}

export class LaneTrack {
  /** a = kind that begins, b = 1 when inferred, c = 1 when of a single-shot recv. */
  edges = new TimeLog();
  /** The same without the short pauses of single-shot recvs. */
  coarse = new TimeLog();
  /**
   * a = MarkKind (0 = taken back), b = res or generation, c = cause of an end | low bits of its event's number << CAUSE_BITS,
   * d = MarkFlag bits | how many they are << COUNT_BITS (0 = one). Without CQEs and single-shot submits.
   */
  marks = new TimeLog();
  /** t = start of the bin, a = CQEs, b = largest res, c = CQEs with NONEMPTY, d = single-shot submits. */
  bins = new TimeLog();
  /** Of now; null = nothing is known of the lane yet. */
  kind: EdgeKind | null = null;
  #coarseKind: EdgeKind | null = null;
  /** A single-shot recv has ended and the next is not submitted yet: the coarse edges don't say so until the pause is long. */
  pauseSince = -1;
  /** The inferred arm and edge of the recv in flight, to be taken back or confirmed. */
  #arm = -1;
  #edge = -1;
  #coarseEdge = -1;
  #submitT = 0;
  #submitBatch = 0;

  constructor(
    readonly slot: number,
    /** Of the lane that has the slot now; 0 = of the own workload. */
    public ring: number,
    private readonly width: BinWidth,
  ) {}

  edge(t: number, kind: EdgeKind, inferred: boolean, single: boolean): void {
    if (kind === this.kind) return;
    this.kind = kind;
    this.#edge = this.edges.push(t, kind, inferred ? 1 : 0, single ? 1 : 0);
    if (single && kind === 0) {
      this.pauseSince = t;
      return;
    }
    if (single && kind === SpanKind.armed && this.#coarseKind === SpanKind.armed) {
      if (this.pauseSince >= 0 && t - this.pauseSince >= COARSE_PAUSE) {
        this.coarse.push(this.pauseSince, 0, 0, 1);
        this.#coarseEdge = this.coarse.push(t, kind, inferred ? 1 : 0, 1);
      }
      this.pauseSince = -1;
      return;
    }
    this.pauseSince = -1;
    this.#coarseKind = kind;
    this.#coarseEdge = this.coarse.push(t, kind, inferred ? 1 : 0, single ? 1 : 0);
  }

  /** `observed`: poll arms come from the kernel, so that none is inferred for a single shot (it may not need one). */
  submit(t: number, generation: number, single: boolean, batch: number, observed: boolean): void {
    this.edge(t, SpanKind.armed, !(single && observed), single);
    this.#submitT = t;
    this.#submitBatch = batch;
    if (single) {
      const bin = this.#bin(t);
      this.bins.d[bin] = (this.bins.d[bin] as number) + 1;
      this.#arm = -1;
      return;
    }
    this.marks.push(t, MarkKind.submit, generation);
    // Of another process every poll arm is seen, or nothing at all.
    this.#arm = this.ring !== 0 ? -1 : this.marks.push(t, MarkKind.arm, generation, 0, MarkFlag.inferred);
  }

  /** The kernel was seen to arm its poll. */
  pollArmed(t: number, generation: number, single: boolean, ambiguous: boolean): void {
    this.#takeBackArm();
    if (!single) this.marks.push(t, MarkKind.arm, generation, 0, ambiguous ? MarkFlag.ambiguous : 0);
    const edge = this.edges.indexOf(this.#edge);
    if (edge >= 0) this.edges.b[edge] = 0;
    const coarse = single ? -1 : this.coarse.indexOf(this.#coarseEdge);
    if (coarse >= 0) this.coarse.b[coarse] = 0;
  }

  cqe(t: number, res: number, nonEmpty: boolean): void {
    const bin = this.#bin(t);
    const { a, b, c } = this.bins;
    a[bin] = (a[bin] as number) + 1;
    if (res > (b[bin] as number)) b[bin] = res;
    if (nonEmpty) c[bin] = (c[bin] as number) + 1;
  }

  /** An end that is a mark of its own. */
  end(t: number, e: EndOfRequest): void {
    if (e.shots <= 1 && e.batch - this.#submitBatch <= 1 && t - this.#submitT < AT_ONCE) this.#takeBackArm();
    this.marks.push(t, MarkKind.end, e.res, (e.cause | (e.number << CAUSE_BITS)) >>> 0, e.flag);
    this.edge(t, e.next, false, e.single);
  }

  mark(t: number, kind: number, res: number, flag = 0): void {
    this.marks.push(t, kind, res, 0, flag);
  }

  #takeBackArm(): void {
    const i = this.marks.indexOf(this.#arm);
    if (this.#arm >= 0 && i >= 0) this.marks.a[i] = 0;
    this.#arm = -1;
  }

  #bin(t: number): number {
    const from = binOf(this.width, t);
    const last = this.bins.end - 1;
    if (last >= this.bins.start && (this.bins.t[last] as number) >= from) return last;
    this.bins.push(from);
    return this.bins.end - 1;
  }

  dropBefore(t: number): void {
    this.edges.dropBefore(t, 1);
    this.coarse.dropBefore(t, 1);
    this.marks.dropBefore(t);
    this.bins.dropBefore(t - this.width.ns);
  }

  get entries(): number {
    return this.edges.length + this.coarse.length + this.marks.length + this.bins.length;
  }

  /** The bins have become longer. */
  coarsen(): void {
    this.#coarsenBins();
    this.#coarsenMarks();
    this.#edge = this.#coarsenEdges(this.edges, this.#edge);
    this.#coarseEdge = this.#coarsenEdges(this.coarse, this.#coarseEdge);
  }

  #coarsenBins(): void {
    const { bins } = this;
    const { t, a, b, c, d } = bins;
    bins.compact((i, to) => {
      const from = binOf(this.width, t[i] as number);
      t[i] = from;
      const last = to - 1;
      if (last < bins.start || t[last] !== from) return -1;
      a[last] = (a[last] as number) + (a[i] as number);
      b[last] = Math.max(b[last] as number, b[i] as number);
      c[last] = (c[last] as number) + (c[i] as number);
      d[last] = (d[last] as number) + (d[i] as number);
      return last;
    });
  }

  /** Marks of one bin with the same kind, cause and flag become the first of them. */
  #coarsenMarks(): void {
    const { marks } = this;
    const { t, a, c, d } = marks;
    const arm = this.#arm;
    let bin = Number.NaN;
    let first = marks.start;
    marks.compact(
      (i, to) => {
        const from = binOf(this.width, t[i] as number);
        if (from !== bin) first = to;
        bin = from;
        for (let k = first; k < to; k++) {
          if (a[k] !== a[i] || flagOfMark(d[k] as number) !== flagOfMark(d[i] as number)) continue;
          if (a[i] === MarkKind.end && causeOfWord(c[k] as number) !== causeOfWord(c[i] as number)) continue;
          const count = countOfMark(d[k] as number) + countOfMark(d[i] as number);
          d[k] = (flagOfMark(d[i] as number) | (Math.min(count, 2 ** 24 - 1) << COUNT_BITS)) >>> 0;
          return k;
        }
        return -1;
      },
      (before, now) => {
        if (before === arm) this.#arm = now;
      },
    );
  }

  #coarsenEdges(log: TimeLog, kept: number): number {
    const { t, a, b, c } = log;
    let to = kept;
    let bin = Number.NaN;
    let first = log.start;
    log.compact(
      (i, staying) => {
        const from = binOf(this.width, t[i] as number);
        if (from !== bin) first = staying;
        bin = from;
        // The first gap of the bin stays where it is, and what the bin ends with takes the place behind it.
        const gapFirst = staying > first && a[first] === SpanKind.gap;
        const last = gapFirst ? first + 1 : first;
        if (staying <= last) return -1;
        if (a[i] === SpanKind.gap && !gapFirst) return -1;
        a[last] = a[i] as number;
        b[last] = b[i] as number;
        c[last] = c[i] as number;
        return last;
      },
      (before, now) => {
        if (before === kept) to = now;
      },
    );
    return to;
  }

  /** What goes on at the end of the lists: slot, ring, kinds, and the last edges. To be stored; `of` begins another track with it. */
  toSeed(): Float64Array {
    const edge = this.edges.length > 0 ? this.edges.row(this.edges.end - 1) : [];
    const coarse = this.coarse.length > 0 ? this.coarse.row(this.coarse.end - 1) : [];
    return Float64Array.from([
      this.slot,
      this.ring,
      this.kind ?? -1,
      this.#coarseKind ?? -1,
      this.pauseSince,
      this.#submitT,
      this.#submitBatch,
      ...edge,
      ...(edge.length > 0 ? coarse : []),
    ]);
  }

  /** A track as it was stored with the index of a whole trace; its coarse edges are its edges. */
  static ofLists(
    slot: number,
    ring: number,
    width: BinWidth,
    lists: { kind: number; pauseSince: number; edges: TimeLog; marks: TimeLog; bins: TimeLog },
  ): LaneTrack {
    const track = new LaneTrack(slot, ring, width);
    track.kind = lists.kind < 0 ? null : (lists.kind as EdgeKind);
    track.pauseSince = lists.pauseSince;
    track.edges = lists.edges;
    track.coarse = lists.edges;
    track.marks = lists.marks;
    track.bins = lists.bins;
    return track;
  }

  static of(seed: Float64Array, width: BinWidth): LaneTrack {
    const [slot = 0, ring = 0, kind = -1, coarseKind = -1, pauseSince = -1, submitT = 0, submitBatch = 0, ...rows] = seed;
    const track = new LaneTrack(slot, ring, width);
    track.kind = kind < 0 ? null : (kind as EdgeKind);
    track.#coarseKind = coarseKind < 0 ? null : (coarseKind as EdgeKind);
    track.pauseSince = pauseSince;
    track.#submitT = submitT;
    track.#submitBatch = submitBatch;
    const [edge, coarse] = [rows.slice(0, 5), rows.slice(5, 10)];
    if (edge.length === 5) track.#edge = track.edges.push(...(edge as [number, number, number, number, number]));
    if (coarse.length === 5) track.#coarseEdge = track.coarse.push(...(coarse as [number, number, number, number, number]));
    return track;
  }
}
