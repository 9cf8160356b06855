import { describe, expect, it } from 'vitest';
import { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { RingModel } from '../../../shared/model/ring-model.ts';
import { SEED_EVENTS, TraceIndexer } from '../../../shared/timeline/indexer.ts';
import { readSeed, writeSeed } from '../../../shared/timeline/seed-record.ts';
import { TraceStore } from '../../../shared/timeline/trace-store.ts';
import { WholeIndex } from '../../../shared/timeline/view-record.ts';
import { foreignStore } from '../../test/foreign.ts';
import type { Picture } from './picture.ts';
import { blocksOf, START } from './replay/testing.ts';
import { longTrace, pictureAt } from './testing.ts';

/** What a picture shows, without what is told of the whole trace. */
function shown(p: Picture): unknown {
  const { totals, latencies, rates, history, oldest, kept, leftOut, now, ...rest } = p;
  return rest;
}

describe('a stretch of a trace', () => {
  it('shows from a seed on what the whole trace shows there', () => {
    const blocks = blocksOf(longTrace(20_000));
    const indexer = new TraceIndexer(START);
    const seeds = indexer.blocks(blocks);
    expect(seeds.map(({ number }) => number)).toEqual([SEED_EVENTS, 2 * SEED_EVENTS]);

    const whole = new TraceStore(START);
    for (const block of blocks) whole.accept(block);
    for (const stored of seeds) {
      const dictionary = new UserDataDictionary();
      const seed = readSeed(stored.bytes, dictionary);
      if (seed === null) throw new Error('a seed of another version');
      const stretch = new TraceStore(START, { dictionary, seed });
      for (const block of blocks) stretch.accept(block);
      expect(stretch.events.first).toBe(stored.number);
      expect(stretch.events.end).toBe(whole.events.end);
      expect(stretch.events.timeOf(stored.number)).toBe(whole.events.timeOf(stored.number));
      // A window that begins behind the seed, at any event of the next segment.
      for (const n of [stored.number + 500, stored.number + 1234, stored.number + 30_000]) {
        const us = whole.events.timeOf(n) / 1e3;
        const part = { span: 2e6, seq: n };
        expect(shown(pictureAt(stretch, us, part)), `event ${n}`).toEqual(shown(pictureAt(whole, us, part)));
      }
    }
  });

  it('goes on from a seed in a trace of other processes', () => {
    const store = foreignStore();
    const dictionary = new UserDataDictionary();
    // Numbers of stored seeds are multiples of a segment; what they hold is any moment's.
    const seed = readSeed(writeSeed({ ...store.seed(), number: 0 }, store.dictionary), dictionary);
    if (seed === null) throw new Error('a seed of another version');
    const model = new RingModel(dictionary);
    model.restore(seed.keyframe);
    const again = writeSeed({ ...store.seed(), number: 0, keyframe: model.keyframe() }, dictionary);
    expect(seed.keyframe.foreign).not.toBeNull();
    expect(again).toEqual(writeSeed({ ...store.seed(), number: 0 }, store.dictionary));
  });
});

describe('the index of a whole trace', () => {
  it('keeps every CQE, arm, end and gap in bins that grow with the trace', () => {
    const blocks = blocksOf(longTrace(20_000));
    const small = new TraceIndexer(START, 3000);
    small.blocks(blocks);
    const index = WholeIndex.read(small.finish());
    if (index === null) throw new Error('an index of another version');
    const exact = new TraceStore(START);
    for (const block of blocks) exact.accept(block);
    expect(small.store.index.entries).toBeLessThanOrEqual(3000);
    expect(index.width.ns).toBeGreaterThan(exact.index.width.ns);
    expect(index.end).toBe(exact.events.end);
    expect(index.totals).toEqual(exact.summary.totals());
    for (const track of exact.index.tracks) {
      const coarse = index.tracks[track?.slot ?? 0];
      if (track === undefined || coarse === undefined) throw new Error('a lane is missing');
      const sum = (column: { [i: number]: number }, log: { start: number; end: number }): number => {
        let total = 0;
        for (let i = log.start; i < log.end; i++) total += column[i] as number;
        return total;
      };
      expect(sum(coarse.bins.a, coarse.bins)).toBe(sum(track.bins.a, track.bins));
      expect(sum(coarse.bins.c, coarse.bins)).toBe(sum(track.bins.c, track.bins));
    }
  });
});
