import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { BlockFlag, readHeader, splitBlocks } from '../../../shared/codec/block.ts';
import { BlockLog } from './block-log.ts';
import { History, type HistoryOptions } from './history.ts';
import { Past } from './past.ts';
import { BlockMaker } from './testing.ts';

const small: HistoryOptions = { partBytes: 4000, segmentBytes: 20_000, maxBytes: 100_000, maxWaiting: 1_000_000 };

/** The folder of its files is the test's own. */
let folder = '';
let before: string | undefined;
beforeEach(() => {
  before = process.env.TMPDIR;
  folder = mkdtempSync(join(tmpdir(), 'ringlens-history-test-'));
  process.env.TMPDIR = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true });
});

function kept(options: HistoryOptions): History {
  const history = new History(options);
  onTestFinished(() => history.close());
  return history;
}

const blocksOf = async (history: History): Promise<bigint[]> => {
  const seqs: bigint[] = [];
  for (const part of history.parts) {
    const bytes = await history.read(part);
    for (const block of splitBlocks(bytes as Uint8Array)) seqs.push(readHeader(block).seq);
  }
  return seqs;
};

describe('History', () => {
  it('gives back the blocks that it took, in their order, from the disk and from what waits', async () => {
    const history = kept(small);
    const blocks = new BlockMaker(20).take(50);
    for (const block of blocks) history.push(block);
    expect(await blocksOf(history)).toEqual(blocks.map((block) => readHeader(block).seq));
    await history.settled();
    expect(await blocksOf(history)).toEqual(blocks.map((block) => readHeader(block).seq));
    expect(history.bytes).toBeGreaterThan(0);
    expect(history.leftOut).toBe(0);
  });

  it('has an upper bound, and the oldest go', async () => {
    const history = kept(small);
    const maker = new BlockMaker(20);
    for (let i = 0; i < 100; i++) {
      for (const block of maker.take(20)) history.push(block);
      await history.settled();
      expect(history.bytes).toBeLessThanOrEqual(100_000);
    }
    const seqs = await blocksOf(history);
    expect(seqs.at(-1)).toBe(BigInt(1999 * 20));
    expect(seqs[0]).toBeGreaterThan(20_000n);
    for (let i = 1; i < seqs.length; i++) expect(seqs[i]).toBe((seqs[i - 1] as bigint) + 20n);
  });

  it('leaves out what the disk does not keep up with, and says how much', () => {
    const history = kept({ ...small, maxWaiting: 10_000 });
    for (const block of new BlockMaker(20).take(200)) history.push(block);
    const listed = history.parts.reduce((n, { count }) => n + count, 0);
    expect(history.leftOut).toBeGreaterThan(0);
    expect(history.leftOut + listed).toBe(200 * 20);
  });

  it('leaves no name behind, even while it is open', async () => {
    const history = kept(small);
    for (const block of new BlockMaker(20).take(50)) history.push(block);
    await history.settled();
    expect(history.bytes).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says once that the disk is full, keeps what it has, and counts the rest', async ({ skip }) => {
    const disk = join(folder, 'disk');
    execFileSync('mkdir', [disk]);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('skipped, because a small file system can be mounted by root only');
    }
    process.env.TMPDIR = disk;
    const told: string[] = [];
    const history = kept({ ...small, onTrouble: (sentence) => told.push(sentence) });
    try {
      for (const block of new BlockMaker(20).take(400)) {
        history.push(block);
        await history.settled();
      }
      expect(told).toEqual([expect.stringMatching(/^The disk is full in \S+: .*--spill/)]);
      const seqs = await blocksOf(history);
      expect(seqs[0]).toBe(0n);
      expect(seqs.length).toBeGreaterThan(10);
      expect(history.leftOut).toBe(400 * 20 - history.parts.reduce((n, { count }) => n + count, 0));
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });

  it('of size 0 keeps nothing, and is not asked to', () => {
    const history = kept({ maxBytes: 0 });
    for (const block of new BlockMaker(20).take(10)) history.push(block);
    expect([history.parts, history.leftOut]).toEqual([[], 0]);
  });
});

describe('Past', () => {
  it('is one row of parts: those on disk, and those in the log', async () => {
    const history = kept(small);
    const log = new BlockLog({ maxBytes: 3000 }, (block) => history.push(block));
    const past = new Past(log, history);
    expect([past.oldest, past.parts(0n)]).toEqual([null, []]);
    for (const block of new BlockMaker(20, 5, 30).take(80)) log.append(block);
    const parts = past.parts(0n);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]?.[0]).toBe(0);
    for (let i = 1; i < parts.length; i++) expect(parts[i]?.[0]).toBe((parts[i - 1]?.[0] ?? 0) + (parts[i - 1]?.[1] ?? 0));
    expect(parts.reduce((n, [, count]) => n + count, 0)).toBe(80 * 20);

    // All of it, from wherever to wherever: whole blocks, in order, each once.
    for (const [from, to] of [
      [0, 1600],
      [100, 700],
      [1000, 1600],
    ] as const) {
      const blocks = await past.read(BigInt(from), BigInt(to));
      expect(blocks.map((block) => Number(readHeader(block).seq))).toEqual(
        Array.from({ length: (to - from) / 20 }, (_, i) => from + i * 20),
      );
    }
    expect(await past.read(5000n, 6000n)).toEqual([]);

    // A part tells whether a reader may begin in it: some blocks have a snapshot.
    for (const [seq, count, , , hasSnapshot] of parts) {
      const own = await past.read(BigInt(seq), BigInt(seq + count));
      expect(hasSnapshot).toBe(own.some((block) => (readHeader(block).flags & BlockFlag.hasSnapshot) !== 0) ? 1 : 0);
    }
    expect(new Set(parts.map(([, , , , hasSnapshot]) => hasSnapshot)).size).toBe(2);
  });
});
