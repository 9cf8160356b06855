import { describe, expect, it } from 'vitest';
import { type Feed, initialStatus, type NextQuery } from '../feed/feed.ts';
import { observable } from '../feed/observable.ts';
import type { Picture, ViewRequest } from '../feed/picture.ts';
import { pictureAt, start, storeOf } from '../feed/testing.ts';
import { createPlaybackClock } from './playback-clock.ts';
import { createFrameLoop } from './raf.ts';
import { createViewDriver } from './view-driver.ts';

/** Frames by hand. */
function handLoop() {
  let run: ((ms: number) => void) | null = null;
  let ms = 0;
  const loop = createFrameLoop((task) => {
    run = task;
  });
  const frame = (by = 16): boolean => {
    const now = run;
    run = null;
    ms += by;
    now?.(ms);
    return now !== null;
  };
  return { loop, frame };
}

function handFeed() {
  const requests: ViewRequest[] = [];
  const picture = observable<Picture | null>(null);
  const watchers = new Set<(p: Picture) => void>();
  const queries: NextQuery[] = [];
  const feed: Feed = {
    status: observable(initialStatus),
    picture,
    overview: observable(null),
    subscribe: (w) => {
      watchers.add(w);
      return () => void watchers.delete(w);
    },
    view: (r) => void requests.push(r),
    next: async (q) => {
      queries.push(q);
      return q.direction === 1 ? { t: 300e3, seq: 12 } : null;
    },
    inspect: async () => null,
    find: () => undefined,
    hits: observable(null),
    notes: observable([]),
    setNotes: () => undefined,
    send: async () => undefined,
    look: async () => ({ held: false, userData: '0', filled: 0, bytes: '' }),
    connectNow: () => undefined,
    close: () => undefined,
  };
  const show = (p: Picture): void => {
    picture.set(p);
    for (const w of watchers) w(p);
  };
  return { feed, requests, queries, show, watchers };
}

const picture = pictureAt(storeOf(`${start}\n900 reap c0 64 bid=0 MORE`), 900);

describe('the loop', () => {
  it('is asked for while somebody sees it: of the lane of the selected event, of all, or of the chosen one', () => {
    const { loop, frame } = handLoop();
    const { feed, requests, show } = handFeed();
    const driver = createViewDriver(feed, createPlaybackClock(1), loop, () => 0);
    show(picture);
    const asked = () => {
      frame();
      const { loop: isAsked, loopSlot } = requests.at(-1) as ViewRequest;
      return [isAsked, loopSlot];
    };
    expect(asked()).toEqual([false, null]);
    driver.setLoopView({ open: true });
    expect(asked()).toEqual([true, null]);
    driver.selected.set({ t: 5, slot: 1 });
    expect(asked()).toEqual([true, 1]);
    driver.selected.set({ t: 6, slot: -1 });
    expect(asked()).toEqual([true, null]);
    driver.setLoopView({ lane: 0 });
    expect(asked()).toEqual([true, 0]);
    driver.setLoopView({ lane: 'all' });
    driver.selected.set({ t: 5, slot: 1 });
    expect(asked()).toEqual([true, null]);
    driver.setLoopView({ open: false });
    expect(asked()[0]).toBe(false);
    driver.close();
  });

  it('of a paused picture comes anew with each choice, and not while nobody sees it', () => {
    const { loop, frame } = handLoop();
    const { feed, requests, show } = handFeed();
    const clock = createPlaybackClock(1);
    const driver = createViewDriver(feed, clock, loop, () => 0);
    show(picture);
    clock.pause();
    while (frame());
    const before = requests.length;
    driver.selected.set({ t: 5, slot: 1 });
    expect(frame()).toBe(false);
    driver.setLoopView({ open: true });
    while (frame());
    driver.selected.set({ t: 6, slot: 0 });
    while (frame());
    expect(requests.slice(before).map(({ loopSlot }) => loopSlot)).toEqual([1, 0]);
    driver.close();
  });
});

describe('frames', () => {
  it('makes one draw of several requests', () => {
    const { loop, frame } = handLoop();
    let draws = 0;
    const draw = (): void => {
      draws++;
    };
    loop.request(draw);
    loop.request(draw);
    frame();
    expect(draws).toBe(1);
    expect(frame()).toBe(false);
    loop.request(draw);
    loop.cancel(draw);
    frame();
    expect(draws).toBe(1);
  });
});

describe('view driver', () => {
  it('asks for a picture each frame while the clock plays, and rests while it is paused', () => {
    const { loop, frame } = handLoop();
    const { feed, requests, show } = handFeed();
    const clock = createPlaybackClock(1);
    const driver = createViewDriver(feed, clock, loop);
    frame();
    show(picture);
    frame();
    expect(requests.length).toBe(2);
    expect(requests[1]).toMatchObject({ cursor: null, span: 4.8e9 });
    clock.pause();
    frame();
    expect(requests.at(-1)).toMatchObject({ cursor: picture.now });
    expect(frame()).toBe(false);
    driver.setViewport({ width: 500, firstLane: 2, laneCount: 4 });
    frame();
    expect(requests.at(-1)).toMatchObject({ width: 500, firstLane: 2, laneCount: 4 });
    expect(frame()).toBe(false);
    driver.close();
  });

  it('moves to where a step leads and tells when there is no such place', async () => {
    const { loop, frame } = handLoop();
    const { feed, requests, queries, show } = handFeed();
    const clock = createPlaybackClock(1);
    const driver = createViewDriver(feed, clock, loop);
    expect(await driver.step('cqe', 1)).toBe(false);
    show(picture);
    expect(await driver.step('cqe', 1)).toBe(true);
    expect(queries[0]).toEqual({ t: picture.now, seq: null, what: 'cqe', direction: 1 });
    expect(clock.state.get()).toMatchObject({ playing: false, cursor: 300e3, seq: 12 });
    frame();
    expect(requests.at(-1)).toMatchObject({ cursor: 300e3, seq: 12 });
    expect(await driver.step('end', -1)).toBe(false);
    driver.close();
  });

  it('gives DOM a calm copy of the pictures, the last one always, and leaves nothing behind', () => {
    const { loop, frame } = handLoop();
    const { feed, show, watchers } = handFeed();
    let ms = 0;
    const driver = createViewDriver(feed, createPlaybackClock(1), loop, () => ms);
    let calm = 0;
    driver.calm.subscribe(() => calm++);
    let last = picture;
    for (let i = 0; i < 20; i++) {
      last = { ...picture };
      show(last);
    }
    expect(calm).toBe(1);
    expect(driver.calm.get()).not.toBe(last);
    ms = 200;
    frame();
    expect(calm).toBe(2);
    expect(driver.calm.get()).toBe(last);
    driver.close();
    expect(watchers.size).toBe(0);
  });

  it('lets a step that comes late change nothing, and takes steps one after the other', async () => {
    const { loop, frame } = handLoop();
    const { feed, queries, show } = handFeed();
    const clock = createPlaybackClock(0.01);
    const driver = createViewDriver(feed, clock, loop);
    show(picture);
    frame();
    const first = driver.step('cqe', 1);
    const second = driver.step('cqe', 1);
    expect(await first).toBe(true);
    expect(await second).toBe(true);
    expect(queries.map((q) => q.seq)).toEqual([null, 12]);
    const late = driver.step('end', 1);
    clock.followNow();
    await late;
    expect(clock.state.get()).toMatchObject({ playing: true });
    driver.close();
  });
});
