import { describe, expect, it } from 'vitest';
import { bucketOf, bucketStart, LATENCY_BUCKETS, Latency } from './latency.ts';

describe('Latency', () => {
  it('has buckets that follow one another without a gap', () => {
    for (let b = 1; b < LATENCY_BUCKETS; b++) {
      expect(bucketStart(b)).toBeGreaterThan(bucketStart(b - 1));
      expect(bucketOf(bucketStart(b))).toBe(b);
      expect(bucketOf(bucketStart(b) - 0.5)).toBe(b - 1);
    }
    expect([bucketOf(0), bucketOf(7), bucketOf(8), bucketOf(1e18)]).toEqual([0, 7, 8, LATENCY_BUCKETS - 1]);
  });

  it('tells quantiles to an eighth', () => {
    const latency = new Latency();
    expect(latency.toJSON()).toEqual({ count: 0, min: -1, p50: -1, p90: -1, p99: -1, max: -1 });
    for (let i = 1; i <= 1000; i++) latency.add(i * 1000);
    const { count, min, p50, p99, max } = latency.toJSON();
    expect([count, min, max]).toEqual([1000, 1000, 1_000_000]);
    for (const [told, exact] of [
      [p50, 500_000],
      [p99, 990_000],
    ] as const) {
      expect(told).toBeGreaterThanOrEqual(exact);
      expect(told).toBeLessThanOrEqual(exact * 1.125);
    }
  });
});
