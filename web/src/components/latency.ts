/** Distributions of latencies as bars on one logarithmic axis, so that the rows can be compared. Pure. */
import { bucketStart, LATENCY_BUCKETS, type LatencyJson, type LatencyName, latencyNames } from '../../../shared/model/latency.ts';
import type { SessionInfo } from '../../../shared/protocol/messages.ts';
import { formatSpan } from '../canvas/time-text.ts';
import type { Picture } from '../feed/picture.ts';
import { formatCount } from './format.ts';
import { latencyReason } from './session-words.ts';

export const latencyLabels: Record<LatencyName, string> = {
  submitToComplete: 'submit → CQE',
  wakeToComplete: 'wake → CQE',
  completeToReap: 'CQE → reap',
  reapToReplenish: 'reap → given back',
};

/** The axis: from 2^7 ns (128 ns) on, two bars to each doubling, to 2^31 ns (2 s). What lies outside stands at its ends. */
const FIRST_POWER = 7;
const LAST_POWER = 31;
export const LATENCY_BARS = (LAST_POWER - FIRST_POWER) * 2;

const barOfBucket = Int8Array.from({ length: LATENCY_BUCKETS }, (_, bucket) => {
  const start = Math.max(1, bucketStart(bucket));
  return Math.min(LATENCY_BARS - 1, Math.max(0, Math.floor((Math.log2(start) - FIRST_POWER) * 2 + 1e-9)));
});

/** How many there are in each bar. */
export function barsOf(buckets: Uint32Array): Float64Array {
  const bars = new Float64Array(LATENCY_BARS);
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    const n = buckets[bucket] as number;
    if (n > 0) bars[barOfBucket[bucket] as number] = (bars[barOfBucket[bucket] as number] as number) + n;
  }
  return bars;
}

/** A path of the bars, LATENCY_BARS wide and `height` high; zero at the bottom, and none that is not zero is out of sight. */
export function barPath(bars: Float64Array, height: number): string {
  const most = Math.max(...bars);
  if (most === 0) return '';
  let d = '';
  bars.forEach((n, i) => {
    if (n === 0) return;
    const h = Math.max(1, Math.round((n / most) * height * 10) / 10);
    d += `M${i} ${height}v${-h}h1v${h}z`;
  });
  return d;
}

export interface LatencyRow {
  name: LatencyName;
  label: string;
  /** Why there is nothing to measure; empty where there is. */
  reason: string;
  count: number;
  countText: string;
  p50: string;
  p99: string;
  max: string;
  buckets: Uint32Array;
}

/** Two digits: the distributions are exact to an eighth. */
function span(ns: number): string {
  if (ns < 0) return '–';
  const [value = '', unit = ''] = formatSpan(ns).split(' ');
  return `${Number(value) < 100 ? Number(Number(value).toPrecision(2)) : value} ${unit}`;
}

export function latencyRows(picture: Picture, session: SessionInfo): LatencyRow[] {
  return latencyNames.map((name) => {
    const { count, p50, p99, max }: LatencyJson = picture.totals.latencies[name];
    return {
      name,
      label: latencyLabels[name],
      // What was measured before the source was set to see less is still true.
      reason: count > 0 ? '' : latencyReason(name, session),
      count,
      countText: formatCount(count),
      p50: span(p50),
      p99: span(p99),
      max: span(max),
      buckets: picture.latencies[name],
    };
  });
}
