import { describe, expect, it } from 'vitest';
import { workloadParams } from '../../../shared/schema/workload-params.ts';
import { powerStops, roundStops, scaleFor, scaleOf } from './slider-scale.ts';

describe('stops', () => {
  it('are round, rising and end at the bounds', () => {
    expect(roundStops(1, 35)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 35]);
  });
  it('double for powers of two', () => {
    expect(powerStops(16, 128)).toEqual([16, 32, 64, 128]);
  });
});

describe('a scale', () => {
  const scale = scaleOf([1, 2, 4, 8]);
  it('is its own inverse on stops', () => {
    for (let stop = 0; stop <= scale.last; stop++) expect(scale.stopOf(scale.valueAt(stop))).toBe(stop);
  });
  it('puts a value from elsewhere between two stops', () => {
    expect(scale.stopOf(3)).toBe(1.5);
  });
  it('stops at its ends', () => {
    expect([scale.valueAt(-3), scale.valueAt(99), scale.stopOf(0), scale.stopOf(100)]).toEqual([1, 8, 0, 3]);
  });
});

describe('the parameters', () => {
  it('rate: the right end is no limit', () => {
    const rate = scaleFor(workloadParams.rate, 'zeroLast');
    expect(rate.valueAt(rate.last)).toBe(0);
    expect(rate.stopOf(0)).toBe(rate.last);
    expect(rate.valueAt(rate.last - 1)).toBe(workloadParams.rate.max);
    expect(rate.valueAt(rate.stopOf(1500))).toBe(1500);
  });
  it('give-back delay: the left end is at once', () => {
    const hold = scaleFor(workloadParams.hold, 'zeroFirst');
    expect([hold.valueAt(0), hold.valueAt(1), hold.valueAt(hold.last)]).toEqual([0, 1, workloadParams.hold.max]);
  });
  it('every default and preset value of the sliders has its own stop', () => {
    for (const [scale, values] of [
      [scaleFor(workloadParams.connections), [1, 4, 6, 8]],
      [scaleFor(workloadParams.buffers), [32, 64, 1024]],
      [scaleFor(workloadParams.bufferSize, 'powers'), [64, 256]],
      [scaleFor(workloadParams.messageMax), [20, 60, 200, 400]],
    ] as const) {
      for (const v of values) expect(scale.valueAt(scale.stopOf(v))).toBe(v);
    }
  });
});
