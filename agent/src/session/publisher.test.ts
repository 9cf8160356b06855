import { describe, expect, it } from 'vitest';
import { BlockLog } from './block-log.ts';
import { Publisher, type PublisherLimits } from './publisher.ts';
import { BlockMaker, TestPort } from './testing.ts';

/** A log and its publisher; `grow` appends blocks as a session does. */
function stream(limits: Partial<PublisherLimits> = {}, log = new BlockLog(), maker = new BlockMaker()) {
  const publisher = new Publisher(log, limits);
  const grow = (count: number) => {
    for (const block of maker.take(count)) {
      log.append(block);
      publisher.pump();
    }
  };
  return { log, publisher, grow };
}

/** Every block begins where the one before ended. */
const isUnbroken = (blocks: readonly { seq: number; endSeq: number }[]) =>
  blocks.every((block, i) => i === 0 || block.seq === blocks[i - 1]?.endSeq);

describe('Publisher', () => {
  it('sends every block once and in order to a client that keeps up', () => {
    const { publisher, grow } = stream();
    const port = new TestPort(true);
    publisher.add(port);
    grow(200);
    expect(port.whole).toHaveLength(200);
    expect(isUnbroken(port.whole)).toBe(true);
    expect(port.gaps).toEqual([]);
  });

  it('begins for a late client at a snapshot some seconds back, and goes on from there', () => {
    const { publisher, grow } = stream({ historyNs: 100_000_000n }); // 5 ms a block, a snapshot every 50 ms
    grow(95);
    const port = new TestPort(true);
    publisher.add(port);
    grow(5);
    expect(port.whole[0]).toMatchObject({ seq: 70 * 20, snapshot: true });
    expect(isUnbroken(port.whole)).toBe(true);
    expect(port.whole.at(-1)?.endSeq).toBe(100 * 20);
  });

  it('puts many blocks into one frame, up to its size', () => {
    const { log, publisher, grow } = stream({ frameBytes: 4000 });
    grow(100);
    const port = new TestPort(true);
    publisher.add(port);
    expect(port.frameSizes.length).toBeLessThan(20);
    expect(Math.max(...port.frameSizes)).toBeLessThanOrEqual(4000);
    expect(port.frameSizes.reduce((x, y) => x + y, 0)).toBe(log.bytesFrom(0));
  });

  it('sends a block that is larger than a frame alone', () => {
    const { publisher, grow } = stream({ frameBytes: 10 });
    const port = new TestPort(true);
    publisher.add(port);
    grow(3);
    expect(port.whole).toHaveLength(3);
  });

  it('has few frames on their way, and the next goes when one has arrived', () => {
    const { publisher, grow } = stream({ framesInFlight: 2 });
    const port = new TestPort(false);
    publisher.add(port);
    grow(50);
    expect(port.waiting).toBe(2);
    port.release();
    expect(port.waiting).toBe(2);
    port.releaseAll();
    expect(port.whole).toHaveLength(50);
    expect(isUnbroken(port.whole)).toBe(true);
  });

  it('has few bytes on their way, and waits while the socket is full', () => {
    const { publisher, grow } = stream({ bytesInFlight: 3000, framesInFlight: 1000 });
    const port = new TestPort(false);
    publisher.add(port);
    grow(200);
    expect(port.frameSizes.slice(0, -1).reduce((x, y) => x + y, 0)).toBeLessThan(3000);
    const full = new TestPort(true);
    full.bufferedBytes = 6000;
    publisher.add(full);
    expect(full.seen).toEqual([]);
    full.bufferedBytes = 0;
    grow(1);
    expect(full.whole.length).toBeGreaterThan(0);
  });

  it('gives a client that falls behind the summaries of what it missed and a gap, then goes on at the newest snapshot', () => {
    const { publisher, grow } = stream({ framesInFlight: 1, maxLagBytes: 10_000 });
    const port = new TestPort(false);
    publisher.add(port);
    grow(1);
    const first = port.whole.length;
    expect(first).toBe(1);
    grow(994); // far more than 10 kB; the newest snapshot is in block 990
    expect(port.seen).toHaveLength(1);
    port.releaseAll();

    expect(port.gaps).toEqual([[20, 990 * 20 - 1]]);
    expect(port.summaries).toHaveLength(989);
    expect(port.whole.map(({ seq }) => seq)).toEqual([0, 990, 991, 992, 993, 994].map((i) => i * 20));
    expect(port.whole[1]?.snapshot).toBe(true);
    expect(isUnbroken(port.seen.flatMap((s) => ('seq' in s ? [s] : [])))).toBe(true);
    // Summaries come before the gap, the blocks after it.
    expect(port.seen.findIndex((s) => 'gap' in s)).toBe(1 + 989);
  });

  it('knows what a client missed even when those blocks have left the log', () => {
    const log = new BlockLog({ maxBytes: 5_000, maxSummaryBytes: 50_000 });
    const { publisher, grow } = stream({ framesInFlight: 1, maxLagBytes: 1e9 }, log);
    const port = new TestPort(false);
    publisher.add(port);
    grow(200);
    expect(log.first).toBeGreaterThan(100);
    port.releaseAll();
    expect(port.gaps).toEqual([[20, 190 * 20 - 1]]);
    expect(port.summaries).toHaveLength(189);
    expect(port.whole.at(-1)?.endSeq).toBe(200 * 20);
  });

  it('tells the gap even when the summaries are forgotten too', () => {
    const log = new BlockLog({ maxBytes: 5_000, maxSummaryBytes: 1_000 });
    const { publisher, grow } = stream({ framesInFlight: 1 }, log);
    const port = new TestPort(false);
    publisher.add(port);
    grow(200);
    port.releaseAll();
    expect(port.gaps).toEqual([[20, 190 * 20 - 1]]);
    expect(port.summaries.length).toBeLessThan(20);
    expect(port.whole.at(-1)?.endSeq).toBe(200 * 20);
  });

  it('lets no slow client hold up a fast one, and holds no copy for either', () => {
    const log = new BlockLog({ maxBytes: 20_000, maxSummaryBytes: 5_000 });
    const { publisher, grow } = stream({}, log);
    const slow = new TestPort(false);
    const fast = new TestPort(true);
    const other = new TestPort(true);
    publisher.add(slow);
    publisher.add(fast);
    publisher.add(other);
    grow(2000);
    expect(fast.whole).toHaveLength(2000);
    expect(other.whole).toHaveLength(2000);
    expect(fast.gaps).toEqual([]);
    expect(slow.waiting).toBeLessThanOrEqual(4);
    expect(log.keptBytes).toBeLessThanOrEqual(25_000);
  });

  it('sends nothing more to a client that has gone', () => {
    const { publisher, grow } = stream();
    const port = new TestPort(false);
    const remove = publisher.add(port);
    grow(1);
    remove();
    port.releaseAll();
    grow(10);
    expect(port.whole).toHaveLength(1);
    expect(publisher.clients).toBe(0);
  });

  it('goes on with a client that lags when there is no newer snapshot to jump to', () => {
    const { publisher, grow } = stream({ framesInFlight: 1, maxLagBytes: 1000 }, new BlockLog(), new BlockMaker(20, 5, 10_000));
    const port = new TestPort(false);
    publisher.add(port);
    grow(100);
    port.releaseAll();
    expect(port.gaps).toEqual([]);
    expect(port.whole).toHaveLength(100);
  });
});
