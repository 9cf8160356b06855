/** The marks and spans that a trace is drawn from; their numbers are part of what is stored. */

/** Kinds of marks on a lane. */
export const MarkKind = { submit: 1, arm: 2, wake: 3, cqe: 4, end: 5, close: 6, connect: 7 } as const;

/** Bits of LaneMarks.flag. */
export const MarkFlag = {
  more: 1,
  nonEmpty: 2,
  /** Not observed: worked out. Drawn hollow or dashed. */
  inferred: 4,
  /** A CQE of a request that is not multishot: no MORE is normal. */
  single: 8,
  /** Several CQEs in one pixel: `count` says how many, `res` is the largest. */
  merged: 16,
  bufMore: 32,
  /** Several live requests shared the user_data, and nothing told them apart. */
  ambiguous: 64,
  /** A wake that the kernel gave itself, after 33 CQEs in a row. */
  fairness: 128,
} as const;

/** Spans of a lane: armed, or not armed (multishot only), or closed. */
export const SpanKind = { armed: 1, gap: 2, closed: 3 } as const;

/** The reactor of the own workload was stopped here. */
export interface StopMark {
  t: number;
  /** StopReason | breakpoint << 8 (shared/schema/debug.ts). */
  b: number;
}

export interface LostSpan {
  t0: number;
  t1: number;
  /** Events; 0 = left out by the agent because this page did not keep up (they can be fetched later). */
  count: number;
}
