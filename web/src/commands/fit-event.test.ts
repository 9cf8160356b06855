/** Where the window goes for an event; the inspections are the worker's own, of traces drawn as text. */
import { describe, expect, it } from 'vitest';
import { createPlaybackClock } from '../canvas/playback-clock.ts';
import type { Feed, Place } from '../feed/feed.ts';
import { type EventLooks, type Inspection, inspect } from '../feed/inspection.ts';
import { observable } from '../feed/observable.ts';
import type { Picture } from '../feed/picture.ts';
import { liveSource } from '../feed/picture-source.ts';
import { storeOf } from '../feed/testing.ts';
import { createFilterStore, writeFilter } from '../store/filter.ts';
import { createSelectionStore } from '../store/selection.ts';
import { extentOf, fitEvent, LEAST_SPAN } from './fit-event.ts';

/** Two wakes of one request, far from each other and from its submit. */
const trace = `ring
group buffers=8 size=64
connect c0
100 arm c0
105 poll c0
1000 wake c0
1010 complete c0 64 bid=0 MORE NONEMPTY
1040 complete c0 64 bid=1 MORE NONEMPTY
1070 complete c0 16 bid=2 MORE
1080 reap c0 64 bid=0 MORE NONEMPTY
1080 reap c0 64 bid=1 MORE NONEMPTY
1080 reap c0 16 bid=2 MORE
5000 wake c0
5010 complete c0 8 bid=3 MORE`;
const store = storeOf(trace);
const at = (us: number, looks: Partial<EventLooks> = {}): Inspection => {
  const found = inspect(liveSource(store), { t: us * 1e3, ...looks }, {});
  if (found === null) throw new Error(`nothing at ${us} µs`);
  return found;
};
const us = ({ t0, t1 }: { t0: number; t1: number }): [number, number] => [Math.round(t0 / 1e3), Math.round(t1 / 1e3)];

describe('the extent of an event', () => {
  it('of a CQE is its wake and the CQEs of that, with its reap, and a margin', () => {
    // 1000 … 1080, and a tenth of it at either side.
    expect(us(extentOf(at(1040), 48e6))).toEqual([992, 1088]);
    expect(us(extentOf(at(1010), 48e6))).toEqual([992, 1088]);
  });

  it('of a wake is what came of it', () => {
    const { t0, t1 } = extentOf(at(1000), 48e6);
    expect(t0).toBeLessThan(1000e3);
    expect(t1).toBeGreaterThan(1070e3);
    expect(t1).toBeLessThan(1200e3);
  });

  it('takes in submit and poll arm where they are near, and nothing that is far', () => {
    const [from, to] = us(extentOf(at(100), 48e6));
    expect(from).toBeLessThan(100);
    expect(to).toBeGreaterThan(105);
    expect(to).toBeLessThan(200);
    expect(us(extentOf(at(5010), 48e6))[0]).toBeGreaterThan(4900);
  });

  it('is no shorter than 20 µs, and no longer than the present window', () => {
    const lone = extentOf(at(5010), 48e6);
    expect(lone.t1 - lone.t0).toBe(LEAST_SPAN);
    const cut = extentOf(at(1010), 30e3);
    expect(cut.t1 - cut.t0).toBe(30e3);
    expect(cut.t0).toBeLessThanOrEqual(1010e3);
    expect(cut.t1).toBeGreaterThanOrEqual(1010e3);
    const tiny = extentOf(at(1070), 1e3);
    expect(tiny.t1 - tiny.t0).toBe(LEAST_SPAN);
    expect(tiny.t0).toBeLessThanOrEqual(1070e3);
    expect(tiny.t1).toBeGreaterThanOrEqual(1070e3);
  });
});

describe('f', () => {
  function made(hits: readonly Place[] = []) {
    const clock = createPlaybackClock(0.01);
    clock.observe(0, 6e6);
    clock.seek(4e6);
    const selection = createSelectionStore();
    const filter = createFilterStore();
    const picture = observable<Picture | null>(null);
    const feed: Pick<Feed, 'inspect' | 'next' | 'picture'> = {
      picture,
      inspect: async (query) => inspect(liveSource(store), query, {}),
      next: async ({ t, direction }) => (direction === -1 ? hits.findLast((hit) => hit.t <= t) : hits.find((hit) => hit.t > t)) ?? null,
    };
    return { clock, selection, filter, picture, run: () => fitEvent({ feed, clock, selection, filter }) };
  }
  const placeOf = ({ seq, event }: Inspection): Place => ({ seq, t: event.t });

  it('shows the selected event', async () => {
    const { clock, selection, run } = made();
    selection.setState({ query: { seq: 0 }, inspection: at(1040) });
    expect(await run()).toBe('');
    const { cursor, span, playing } = clock.state.get();
    expect([Math.round((cursor as number) / 1e3), Math.round(span / 1e3), playing]).toEqual([1088, 96, false]);
  });

  it('says why there is nothing to fit, and leaves the picture as it is', async () => {
    const { clock, filter, run } = made();
    const before = clock.state.get();
    expect(await run()).toMatch(/^No event is selected, and there is no filter/);
    expect(clock.state.get()).toBe(before);
    writeFilter(filter, 'res<0');
    expect(await run()).toBe('The filter has no hit that can be gone to');
    expect(clock.state.get()).toMatchObject({ cursor: before.cursor, span: before.span });
  });

  it('goes to the hit before the cursor, else to the next one', async () => {
    const [first, last] = [at(1040), at(5010)];
    const both = made([placeOf(first), placeOf(last)]);
    writeFilter(both.filter, 'bytes>0');
    await both.run();
    expect(both.clock.state.get().cursor).toBe(extentOf(first, 48e6).t1);
    const later = made([placeOf(last)]);
    writeFilter(later.filter, 'bytes>0');
    await later.run();
    expect(later.clock.state.get().cursor).toBe(extentOf(last, 48e6).t1);
  });

  it('stays at the hit that the cursor is at', async () => {
    const hit = at(5010);
    const { clock, filter, picture, run } = made([placeOf(at(1040))]);
    writeFilter(filter, 'bytes>0');
    clock.seekPlace(placeOf(hit));
    picture.set({ t1: hit.event.t, hits: { isHit: true } } as Picture);
    await run();
    expect(clock.state.get().cursor).toBe(extentOf(hit, 48e6).t1);
  });

  it('leaves who went elsewhere meanwhile where they are', async () => {
    const { clock, filter, run } = made([placeOf(at(1040))]);
    writeFilter(filter, 'bytes>0');
    const done = run();
    clock.seek(2e6);
    await done;
    expect(clock.state.get().cursor).toBe(2e6);
  });
});
