import { afterEach, describe, expect, it, vi } from 'vitest';
import { observable, thinned } from './observable.ts';

afterEach(() => void vi.useRealTimers());

describe('a thinned observable', () => {
  it('takes the last of many values when its time has come, and rests while nothing changes', () => {
    vi.useFakeTimers();
    const source = observable(0);
    const { values, close } = thinned(source, 500);
    const seen: number[] = [];
    values.subscribe(() => seen.push(values.get()));
    for (let i = 1; i <= 9; i++) source.set(i);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(500);
    expect(seen).toEqual([9]);
    expect(vi.getTimerCount()).toBe(0);
    source.set(10);
    vi.advanceTimersByTime(499);
    expect(seen).toEqual([9]);
    vi.advanceTimersByTime(1);
    expect(seen).toEqual([9, 10]);
    source.set(11);
    close();
    expect(vi.getTimerCount()).toBe(0);
    expect(seen).toEqual([9, 10]);
  });
});
