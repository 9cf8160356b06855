/**
 * How long something took, as a distribution in bounded memory: buckets that grow with the time, 8 to each doubling, so
 * that a quantile is exact to 1/8 (like HdrHistogram with one digit). Nanoseconds.
 */
const SUB_BITS = 3;
const SUB = 1 << SUB_BITS;
/** 2^40 ns = 18 minutes; longer counts as this. */
const TOP = 40;
export const LATENCY_BUCKETS = (TOP - SUB_BITS + 1) * SUB;

/** The bucket that a time falls into. */
export function bucketOf(ns: number): number {
  if (ns < SUB) return Math.max(0, Math.floor(ns));
  const exponent = Math.min(TOP - 1, Math.floor(Math.log2(ns)));
  const sub = Math.min(SUB - 1, Math.floor(ns / 2 ** (exponent - SUB_BITS)) - SUB);
  return Math.min(LATENCY_BUCKETS - 1, (exponent - SUB_BITS + 1) * SUB + Math.max(0, sub));
}

/** Shortest time of a bucket, ns. */
export function bucketStart(bucket: number): number {
  if (bucket < SUB) return bucket;
  const exponent = Math.floor(bucket / SUB) + SUB_BITS - 1;
  return (SUB + (bucket % SUB)) * 2 ** (exponent - SUB_BITS);
}

/** What is told of a distribution: nanoseconds, -1 where nothing was measured. */
export interface LatencyJson {
  count: number;
  min: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

export class Latency {
  readonly buckets = new Uint32Array(LATENCY_BUCKETS);
  count = 0;
  min = -1;
  max = -1;

  add(ns: number): void {
    const bucket = bucketOf(ns);
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
    this.count++;
    if (ns > this.max) this.max = ns;
    if (this.min < 0 || ns < this.min) this.min = ns;
  }

  /** The time that `q` (0 … 1) of all were no longer than, to 1/8; -1 when there are none. */
  quantile(q: number): number {
    if (this.count === 0) return -1;
    const wanted = Math.max(1, Math.ceil(q * this.count));
    let seen = 0;
    for (let i = 0; i < LATENCY_BUCKETS; i++) {
      seen += this.buckets[i] as number;
      if (seen >= wanted) return Math.min(this.max, Math.max(this.min, bucketStart(i + 1)));
    }
    return this.max;
  }

  toJSON(): LatencyJson {
    const { count, min, max } = this;
    return { count, min, p50: this.quantile(0.5), p90: this.quantile(0.9), p99: this.quantile(0.99), max };
  }
}

/** The four that are measured; what each is, is documented in docs/json.md. */
export const latencyNames = ['submitToComplete', 'wakeToComplete', 'completeToReap', 'reapToReplenish'] as const;
export type LatencyName = (typeof latencyNames)[number];
