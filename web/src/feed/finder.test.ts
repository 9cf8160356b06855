import { describe, expect, it } from 'vitest';
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import { CHUNK_EVENTS, KEYFRAME_CHUNKS } from '../../../shared/timeline/event-store.ts';
import type { TraceStore } from '../../../shared/timeline/trace-store.ts';
import { Finder } from './finder.ts';
import { HitBins, MOST_BINS } from './hit-bins.ts';
import { PictureBuilder } from './picture-builder.ts';
import { liveSource } from './picture-source.ts';
import { longTrace, requestAt, start, storeOf } from './testing.ts';

const never = (): boolean => false;
const always = (): boolean => true;

function finderOf(store: TraceStore, text: string, most?: number): Finder {
  const finder = most === undefined ? new Finder(store.events, text) : new Finder(store.events, text, most);
  finder.scan(never);
  return finder;
}

const timesOf = (store: TraceStore, finder: Finder): number[] =>
  Array.from(finder.timesIn(store.events.first, store.events.end, 1), (t) => t / 1e3);

const run = `${start}
  100 reap c0 64 bid=0 MORE
  110 reap c1 16 bid=1 MORE
  200 reap c0 ENOBUFS
  300 back 0 c0
  400 arm c0
  500 reap c1 ENOBUFS`;

describe('finder', () => {
  it('finds what the filter matches, and goes on with new events', () => {
    const store = storeOf(run);
    const finder = finderOf(store, 'res<0');
    expect(timesOf(store, finder)).toEqual([200, 500]);
    expect(finder.hits()).toMatchObject({ text: 'res<0', count: 2, reachable: 2, missed: 0, done: true, progress: 1 });
    store.add(traceFromText('600 reap c0 ECONNRESET', store.dictionary));
    expect(finder.done).toBe(false);
    finder.scan(never);
    expect(timesOf(store, finder)).toEqual([200, 500, 600]);
  });

  it('knows the state before each event, as the model has it', () => {
    const store = storeOf(run);
    expect(timesOf(store, finderOf(store, 'hold=200us'))).toEqual([300]);
    expect(timesOf(store, finderOf(store, 'free=2 cqe'))).toEqual([110, 200]);
  });

  it('goes to the next hit and to the one before, from a hit and from between', () => {
    const store = storeOf(run);
    const finder = finderOf(store, 'res<0');
    const [first, second] = [store.events.lowerBound(200e3), store.events.lowerBound(500e3)];
    const between = store.events.lowerBound(300e3);
    expect(finder.next(-1, 1)).toEqual({ t: 200e3, seq: first });
    expect(finder.next(first, 1)).toEqual({ t: 500e3, seq: second });
    expect(finder.next(second, 1)).toBeNull();
    expect(finder.next(second, -1)).toEqual({ t: 200e3, seq: first });
    expect(finder.next(between, -1)).toEqual({ t: 200e3, seq: first });
    expect(finder.next(first, -1)).toBeNull();
    expect(finder.rank(between)).toEqual({ rank: 1, isHit: false });
    expect(finder.rank(second)).toEqual({ rank: 2, isHit: true });
  });

  it('works in slices, and does not answer what it can not know yet', () => {
    const store = storeOf(longTrace(2000));
    const finder = new Finder(store.events, 'res<0');
    finder.scan(always);
    expect(finder.done).toBe(false);
    const part = finder.hits();
    expect(part.progress).toBeGreaterThan(0);
    expect(part.progress).toBeLessThan(1);
    const last = store.events.end - 1;
    expect(finder.next(last, -1)).toBeUndefined();
    expect(finder.next(last, 1)).toBeUndefined();
    expect(finder.next(0, 1)).not.toBeUndefined();
    finder.scan(never);
    expect(finder.count).toBe(200);
    expect(finder.next(last, -1)?.t).toBe((100 + 1999 * 100) * 1e3);
    expect(finder.next(last, 1)).toBeNull();
  });

  it('keeps the newest hits, and counts all', () => {
    const store = storeOf(longTrace(2000));
    const finder = finderOf(store, 'res<0', 50);
    expect(finder.hits()).toMatchObject({ count: 200, reachable: 50 });
    const oldest = finder.next(-1, 1);
    expect(oldest?.t).toBe((100 + 1509 * 100) * 1e3);
    expect(finder.rank(oldest?.seq ?? -1)).toEqual({ rank: 151, isHit: true });
  });

  it('forgets hits whose events are no longer kept, and says how many events it missed', () => {
    const group = CHUNK_EVENTS * KEYFRAME_CHUNKS;
    const store = storeOf(longTrace(1000), 2 * group);
    const finder = new Finder(store.events, 'res<0');
    finder.scan(never);
    const before = finder.count;
    while (store.events.first < group) store.add(traceFromText(longTrace(1000), store.dictionary));
    expect(finder.hits().reachable).toBe(0);
    expect(finder.next(-1, 1)).toBeUndefined();
    finder.scan(never);
    expect(finder.count).toBeGreaterThan(before);
    const at = finder.next(-1, 1)?.seq ?? -1;
    expect(at).toBeGreaterThanOrEqual(store.events.first);
    expect(finder.hits().missed).toBeGreaterThan(0);
  });

  it('marks one hit a pixel in the picture, with the rank of the cursor', () => {
    const store = storeOf(run);
    const builder = new PictureBuilder(liveSource(store));
    expect(builder.build(requestAt(1000), 1e6).hits).toBeNull();
    builder.finder = finderOf(store, 'cqe');
    const { hits } = builder.build(requestAt(1000, { width: 10 }), 1e6);
    // 100 and 110 share a pixel of 100 µs.
    expect(Array.from(hits?.t ?? [], (t) => t / 1e3)).toEqual([100, 200, 500]);
    expect(hits).toMatchObject({ rank: 4, isHit: true });
    expect(builder.build(requestAt(450), 1e6).hits).toMatchObject({ rank: 3, isHit: false });
  });
});

describe('bins of hits', () => {
  it('hold any time in a bounded number of bins, and lose no hit', () => {
    const bins = new HitBins();
    for (let i = 0; i < 5000; i++) bins.add(5e9 + i * 1e6);
    const { t, n, width } = bins.take();
    expect(t.length).toBeLessThanOrEqual(MOST_BINS);
    expect(n.reduce((sum, k) => sum + k, 0)).toBe(5000);
    expect(t[0]).toBe(5e9);
    expect(width).toBe(8e6);
    expect(n[0]).toBe(8);
  });
});
