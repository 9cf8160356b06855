import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatFlags, formatParam, formatRange, formatRatio, plural } from './format.ts';

describe('counts and ratios', () => {
  it('keeps counts exact up to ten million', () => {
    expect([0, 5, 3412, 999_999, 9_999_999].map(formatCount)).toEqual(['0', '5', '3,412', '999,999', '9,999,999']);
    expect(formatCount(12_345_678)).toBe('12.3 M');
    expect(formatCount(4_200_000_000)).toBe('4.20 G');
  });
  it('gives small ratios four places and a missing one a dash', () => {
    expect([0, 0.00001, 0.0006, 0.0412, 0.25, 2.6, 118, Number.NaN].map(formatRatio)).toEqual([
      '0',
      '<0.0001',
      '0.0006',
      '0.0412',
      '0.25',
      '2.6',
      '118',
      '–',
    ]);
  });
  it('counts nouns', () => {
    expect([plural(1, 'request'), plural(6, 'request')]).toEqual(['1 request', '6 requests']);
  });
});

describe('parameters', () => {
  it('uses binary units only where they are exact', () => {
    expect([64, 1024, 1500, 1048576].map(formatBytes)).toEqual(['64 B', '1 KiB', '1,500 B', '1 MiB']);
  });
  it('says what a zero means', () => {
    expect(formatParam(0, 'msg/s')).toBe('as fast as possible');
    expect(formatParam(0, 'us')).toBe('at once');
    expect(formatParam(6000, 'us')).toBe('6.00 ms');
    expect(formatParam(1500, 'msg/s')).toBe('1,500 msg/s');
  });
  it('joins a range and folds an empty one', () => {
    expect(formatRange(20, 400)).toBe('20–400 B');
    expect(formatRange(64, 64)).toBe('64 B');
  });
  it('pads the flags word', () => {
    expect(formatFlags(0)).toBe('0x00000');
    expect(formatFlags(0xfffe0003)).toBe('0xfffe0003');
  });
});
