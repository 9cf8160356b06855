import { describe, expect, it } from 'vitest';
import { TimeLog } from './time-log.ts';

describe('TimeLog', () => {
  it('finds entries by time and by their lasting number, whatever was cut off before', () => {
    const log = new TimeLog();
    const numbers: number[] = [];
    for (let i = 0; i < 1000; i++) numbers.push(log.push(i * 10, i));
    log.dropBefore(5000);
    expect(log.length).toBe(500);
    expect(log.indexOf(numbers[499] as number)).toBe(-1);
    expect(log.a[log.indexOf(numbers[500] as number)]).toBe(500);
    expect(log.a[log.lowerBound(7005)]).toBe(701);
    for (let i = 1000; i < 3000; i++) log.push(i * 10, i);
    expect(log.a[log.indexOf(numbers[999] as number)]).toBe(999);
    expect(log.lowerBound(1e9)).toBe(log.end);
  });

  it('keeps what held at the cut', () => {
    const log = new TimeLog();
    log.push(Number.NEGATIVE_INFINITY, 1);
    log.push(100, 2);
    log.dropBefore(50, 1);
    expect([log.a[log.start], log.length]).toEqual([1, 2]);
    log.dropBefore(500, 1);
    expect([log.a[log.start], log.length]).toEqual([2, 1]);
  });

  it('does not grow while as much is cut off as comes', () => {
    const log = new TimeLog();
    for (let i = 0; i < 100_000; i++) {
      log.push(i);
      log.dropBefore(i - 100);
    }
    expect(log.t.length).toBeLessThanOrEqual(256);
  });
});
