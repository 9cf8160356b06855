import { describe, expect, it } from 'vitest';
import { BlockFlag, readHeader } from '../../../shared/codec/block.ts';
import { BlockLog } from './block-log.ts';
import { BlockMaker } from './testing.ts';

const SECOND = 1_000_000_000n;
const fill = (log: BlockLog, maker: BlockMaker, count: number) => {
  for (const block of maker.take(count)) log.append(block);
};

describe('BlockLog', () => {
  it('keeps the blocks in order, by ordinal', () => {
    const log = new BlockLog();
    fill(log, new BlockMaker(20), 5);
    expect([log.first, log.end]).toEqual([0, 5]);
    expect([0, 1, 4, 5].map((i) => log.get(i)?.seq)).toEqual([0n, 20n, 80n, undefined]);
    expect(log.bytesFrom(0)).toBe(log.totalBytes);
    expect(log.bytesFrom(5)).toBe(0);
  });

  it('holds at most its bytes, however long the session', () => {
    const log = new BlockLog({ maxBytes: 20_000, maxSummaryBytes: 5_000 });
    const maker = new BlockMaker(50);
    for (let i = 0; i < 5000; i++) {
      log.append(maker.next());
      expect(log.keptBytes).toBeLessThanOrEqual(25_000);
    }
    expect(log.end).toBe(5000);
    expect(log.first).toBeGreaterThan(4000);
    expect(log.get(log.first - 1)).toBeUndefined();
    expect(log.get(log.first)?.seq).toBe(BigInt(log.first * 50));
  });

  it('holds at most so many blocks, however small they are', () => {
    const log = new BlockLog({ maxBlocks: 100 });
    fill(log, new BlockMaker(1), 500);
    expect([log.first, log.end]).toEqual([400, 500]);
    expect([log.summary(300) === undefined, log.summary(299) === undefined]).toEqual([false, true]);
  });

  it('remembers the summary of a block that has left, until that leaves too', () => {
    const log = new BlockLog({ maxBytes: 5_000, maxSummaryBytes: 5_000 });
    fill(log, new BlockMaker(50), 500);
    const old = log.summary(log.first - 1);
    expect(old?.seq).toBe(BigInt((log.first - 1) * 50));
    const header = readHeader(old?.bytes ?? new Uint8Array());
    expect(header.flags & BlockFlag.summaryOnly).toBe(BlockFlag.summaryOnly);
    expect(header.count).toBe(50);
    expect(log.summary(0)).toBeUndefined();
  });

  it('gives the summary of a block that is still there', () => {
    const log = new BlockLog();
    fill(log, new BlockMaker(), 2);
    expect(readHeader(log.summary(1)?.bytes ?? new Uint8Array()).flags & BlockFlag.summaryOnly).toBe(BlockFlag.summaryOnly);
  });

  describe('where a new reader begins', () => {
    it('is the newest snapshot that is old enough', () => {
      const log = new BlockLog();
      fill(log, new BlockMaker(20, 100, 10), 100); // 10 s, a snapshot every second
      expect(log.startFor(2n * SECOND, 1e9)).toBe(70); // block 99 is at 9.9 s, 80 at 8 s is 1.9 s old
      expect(log.startFor(0n, 1e9)).toBe(90);
    });

    it('is the beginning of a young session', () => {
      const log = new BlockLog();
      fill(log, new BlockMaker(20, 100, 1000), 5);
      expect(log.startFor(2n * SECOND, 1e9)).toBe(0);
      expect(new BlockLog().startFor(2n * SECOND, 1e9)).toBe(0);
    });

    it('is nearer when the past weighs too much', () => {
      const log = new BlockLog();
      fill(log, new BlockMaker(20, 100, 10), 100);
      const start = log.startFor(5n * SECOND, log.bytesFrom(80));
      expect(start).toBe(80);
      expect(log.startFor(5n * SECOND, 1)).toBe(90); // the newest snapshot, whatever it weighs
    });

    it('is the oldest block that is left when no snapshot is', () => {
      const log = new BlockLog({ maxBytes: 3000 });
      fill(log, new BlockMaker(20, 5, 10_000), 100);
      expect(log.newestSnapshot()).toBeUndefined();
      expect(log.startFor(2n * SECOND, 1e9)).toBe(log.first);
    });
  });
});
