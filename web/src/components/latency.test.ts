import { expect, it } from 'vitest';
import { bucketOf, LATENCY_BUCKETS } from '../../../shared/model/latency.ts';
import { foreignPicture, foreignSession } from '../../test/foreign.ts';
import { barPath, barsOf, LATENCY_BARS, latencyRows } from './latency.ts';

const bucketsOf = (...times: number[]): Uint32Array => {
  const buckets = new Uint32Array(LATENCY_BUCKETS);
  for (const ns of times) buckets[bucketOf(ns)] = (buckets[bucketOf(ns)] as number) + 1;
  return buckets;
};

it('two bars stand for each doubling, and what lies outside of the axis stands at its ends', () => {
  const bars = barsOf(bucketsOf(5, 128, 256, 390, 60e9));
  expect(bars.length).toBe(LATENCY_BARS);
  expect([bars[0], bars[2], bars[3], bars[LATENCY_BARS - 1]]).toEqual([2, 1, 1, 1]);
});

it('bars begin at zero, and the rarest is still in sight', () => {
  const bars = new Float64Array(LATENCY_BARS);
  bars[1] = 1000;
  bars[4] = 1;
  expect(barPath(bars, 14)).toBe('M1 14v-14h1v14zM4 14v-1h1v1z');
  expect(barPath(new Float64Array(LATENCY_BARS), 14)).toBe('');
});

it('tells what another process does not let be measured, and why', () => {
  const [submit, wake, reap, back] = latencyRows(foreignPicture(), foreignSession());
  expect(submit).toMatchObject({ label: 'submit → CQE', reason: '', countText: '2' });
  expect(wake).toMatchObject({ reason: '', countText: '1', p50: '10 µs', max: '10 µs' });
  expect(reap?.reason).toBe('nobody tells when another process reaps');
  expect(back?.reason).toBe('nobody tells when it gives buffers back');
});
