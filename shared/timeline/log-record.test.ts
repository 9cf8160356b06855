import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logOf, logRecord } from './log-record.ts';
import { TimeLog } from './time-log.ts';

const rows = (log: TimeLog): number[][] => Array.from({ length: log.length }, (_, i) => log.row(log.start + i));
const entry = fc.tuple(
  fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.nat(Number.MAX_SAFE_INTEGER)),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.nat(2 ** 32 - 1),
  fc.nat(2 ** 32 - 1),
);

describe('a list of the index as it is stored', () => {
  it('is the same again, whatever is in it and wherever it was cut', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 200 }), fc.nat(), (entries, cut) => {
        const log = new TimeLog();
        for (const row of entries) log.push(...row);
        log.start = Math.min(log.end, cut % (entries.length + 1));
        expect(rows(logOf(logRecord(log)))).toEqual(rows(log));
      }),
    );
  });

  it('deflates to a fraction of its bins as they are', () => {
    const log = new TimeLog();
    for (let i = 0; i < 4096; i++) log.push(500_000 * (i + (i >> 5)), i & 7, 3, 0, 0);
    const size = (columns: readonly Uint8Array[]): number => columns.reduce((n, column) => n + deflateRawSync(column).length, 0);
    const plain = [log.t, log.a, log.b].map(({ buffer }) => new Uint8Array(buffer));
    expect(size(logRecord(log)) * 10).toBeLessThan(size(plain));
  });

  it('of other lengths is refused', () => {
    const record = logRecord(new TimeLog());
    expect(() => logOf([new Uint8Array(8), ...record.slice(1)])).toThrow(RangeError);
    expect(() => logOf([new Uint8Array(7), ...record.slice(1)])).toThrow(RangeError);
    expect(() => logOf([])).toThrow(RangeError);
  });
});
