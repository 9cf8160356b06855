/**
 * What happened on one lane, kept in lists that are exact (submits, arms, ends: never averaged away) and in bins of BIN ns
 * for CQEs, which a long window is drawn from.
 */

import { BIN } from './bin.ts';
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
  readonly edges = new TimeLog();
  /** The same without the short pauses of single-shot recvs. */
  readonly coarse = new TimeLog();
  /**
   * a = MarkKind (0 = taken back), b = res or generation, c = cause of an end | low bits of its event's number << CAUSE_BITS,
   * d = MarkFlag bits. Without CQEs and single-shot submits.
   */
  readonly marks = new TimeLog();
  /** t = start of the bin, a = CQEs, b = largest res, c = CQEs with NONEMPTY, d = single-shot submits. */
  readonly bins = new TimeLog();
  /** Of now; null = nothing is known of the lane yet. */
  kind: EdgeKind | null = null;
  #coarseKind: EdgeKind | null = null;
  /** A single-shot recv has ended and the next is not submitted yet: the coarse edges don't say so until the pause is long. */
  pauseSince = -1;
  /** The inferred arm and edge of the recv in flight, to be taken back or confirmed. */
  #arm = -1;
  #edge = -1;
  #submitT = 0;
  #submitBatch = 0;

  constructor(
    readonly slot: number,
    /** Of the lane that has the slot now; 0 = of the own workload. */
    public ring: number,
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
        this.coarse.push(t, kind, inferred ? 1 : 0, 1);
      }
      this.pauseSince = -1;
      return;
    }
    this.pauseSince = -1;
    this.#coarseKind = kind;
    this.coarse.push(t, kind, inferred ? 1 : 0, single ? 1 : 0);
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
    const from = Math.floor(t / BIN) * BIN;
    const last = this.bins.end - 1;
    if (last >= this.bins.start && (this.bins.t[last] as number) >= from) return last;
    this.bins.push(from);
    return this.bins.end - 1;
  }

  dropBefore(t: number): void {
    this.edges.dropBefore(t, 1);
    this.coarse.dropBefore(t, 1);
    this.marks.dropBefore(t);
    this.bins.dropBefore(t - BIN);
  }
}
