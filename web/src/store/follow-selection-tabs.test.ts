/** What follows from a selection and from a stop, with the worker's own inspections. */
import { describe, expect, it, vi } from 'vitest';
import type { DebugInfo, StopInfo } from '../../../shared/protocol/debug.ts';
import { createPlaybackClock } from '../canvas/playback-clock.ts';
import type { Selected } from '../canvas/view-driver.ts';
import { type Feed, type FeedStatus, initialStatus } from '../feed/feed.ts';
import { type InspectQuery, inspect } from '../feed/inspection.ts';
import { observable } from '../feed/observable.ts';
import type { Picture } from '../feed/picture.ts';
import { liveSource } from '../feed/picture-source.ts';
import { storeOf } from '../feed/testing.ts';
import { followSelection } from './follow-selection.ts';
import { clearSelection, createSelectionStore, select } from './selection.ts';
import { createViewStore } from './view.ts';

const lines = Array.from({ length: 40 }, (_, n) => `${1000 + n * 1000} reap c0 ${n + 1} bid=0 MORE`).join('\n');
const source = liveSource(storeOf(`ring\ngroup buffers=4\nconnect c0\n10 arm c0\n${lines}`));
const endUs = 40_000;

/** A page that looks at the last millisecond of 40. */
function page() {
  const clock = createPlaybackClock(0.01);
  clock.observe(0, endUs * 1e3);
  clock.show((endUs - 1000) * 1e3, endUs * 1e3);
  const view = createViewStore();
  const selection = createSelectionStore();
  const selected = observable<Selected | null>(null);
  const status = observable<FeedStatus>(initialStatus);
  const picture = observable<Picture | null>(null);
  const watchers = new Set<(p: Picture) => void>();
  /** Events up to this time are here, µs. */
  let known = endUs;
  const asked: InspectQuery[] = [];
  const feed = {
    status,
    picture,
    subscribe(watcher: (p: Picture) => void) {
      watchers.add(watcher);
      return () => {
        watchers.delete(watcher);
      };
    },
    async inspect(query: InspectQuery) {
      asked.push(query);
      const found = inspect(source, query, {});
      return found !== null && found.event.t > known * 1e3 ? null : found;
    },
  };
  const show = (nowUs: number): void => {
    known = nowUs;
    const p = { oldest: 0, now: nowUs * 1e3 } as Picture;
    picture.set(p);
    clock.observe(0, p.now);
    for (const watcher of [...watchers]) watcher(p);
  };
  show(endUs);
  const end = followSelection({ feed: feed as unknown as Feed, clock, driver: { selected }, selection, view });
  const stop = (cqes: number, event: StopInfo['event']): void => {
    const debug: DebugInfo = {
      stopped: true,
      cqes,
      waiting: 0,
      overflowed: false,
      breakpoints: [],
      stop: { reason: 'step', breakpoint: null, event, cqes },
    };
    status.set({ ...status.get(), debug });
  };
  const take = (looks: InspectQuery) => select(selection, feed, looks);
  return { clock, view, selection, selected, status, watchers, asked, show, stop, take, end };
}
const reapAt = (us: number): StopInfo['event'] => ({
  t: us * 1e3,
  kind: 'reap',
  userData: '4096',
  res: us / 1000,
  flags: 3,
  a: 0,
  b: 0,
  request: 1,
});

describe('a selection', () => {
  it('opens the panel of the event and marks its place; cleared it goes back to what is true now', async () => {
    const { view, selection, selected, take } = page();
    await take({ t: 39_000e3 });
    expect(view.getState().rightTab).toBe('event');
    expect(selected.get()).toEqual({ t: 39_000e3, slot: 0 });
    clearSelection(selection);
    expect([view.getState().rightTab, selected.get()]).toEqual(['now', null]);
  });

  it('opens the panel as soon as something is looked for', () => {
    const { view, selection } = page();
    selection.setState({ query: { seq: 3 } });
    expect(view.getState().rightTab).toBe('event');
  });

  it('leaves who looks at the loop there', async () => {
    const { view, selection, take } = page();
    view.setState({ rightTab: 'loop' });
    await take({ t: 39_000e3 });
    expect(view.getState().rightTab).toBe('loop');
    clearSelection(selection);
    expect(view.getState().rightTab).toBe('loop');
  });

  it('in sight moves nothing; out of sight the picture goes there', async () => {
    const { clock, watchers, take } = page();
    const before = clock.state.get();
    await take({ t: 39_000e3 });
    expect(clock.state.get()).toBe(before);
    const found = await take({ t: 5000e3 });
    expect(clock.state.get()).toMatchObject({ cursor: 5000e3, seq: found?.seq, playing: false });
    // Only the follower's own watch is gone, not left behind.
    expect(watchers.size).toBe(0);
  });

  it('of a moment that the page does not know yet is gone to when it does, unless another is selected then', async () => {
    const { clock, watchers, selection, show, take } = page();
    await take({ t: 20_000e3 });
    show(10_000);
    selection.setState({ inspection: inspect(source, { t: 30_000e3 }, {}) });
    expect(watchers.size).toBe(1);
    expect(clock.state.get().cursor).toBe(10_000e3);
    show(30_000);
    expect(clock.state.get()).toMatchObject({ cursor: 30_000e3 });
    expect(watchers.size).toBe(0);
    show(10_000);
    selection.setState({ inspection: inspect(source, { t: 31_000e3 }, {}) });
    clearSelection(selection);
    const { cursor } = clock.state.get();
    show(40_000);
    expect(clock.state.get().cursor).toBe(cursor);
  });
});

describe('steps', () => {
  const placeAt = (us: number) => {
    const seq = inspect(source, { t: us * 1e3 }, {})?.seq as number;
    return { t: us * 1e3, seq };
  };

  it('select each event while its panel is open, and none else', async () => {
    const { clock, view, selection, asked } = page();
    clock.seekPlace(placeAt(39_000));
    expect(asked).toEqual([]);
    view.setState({ rightTab: 'event' });
    clock.seekPlace(placeAt(38_000));
    await vi.waitFor(() => expect(selection.getState().inspection?.event.t).toBe(38_000e3));
    expect(asked).toEqual([{ seq: placeAt(38_000).seq }]);
  });

  it('go on with the selection where the loop is open, if there is one', async () => {
    const { clock, view, selection, asked, take } = page();
    view.setState({ rightTab: 'loop' });
    clock.seekPlace(placeAt(39_000));
    expect(asked).toEqual([]);
    await take({ t: 39_000e3 });
    clock.seekPlace(placeAt(38_000));
    await vi.waitFor(() => expect(selection.getState().inspection?.event.t).toBe(38_000e3));
  });

  it('do not ask again for what is shown or asked for', async () => {
    const { clock, view, asked, take } = page();
    view.setState({ rightTab: 'event' });
    const { seq } = placeAt(38_000);
    await take({ seq });
    clock.seekPlace(placeAt(38_000));
    clock.zoom(2, 1);
    expect(asked).toHaveLength(1);
  });
});

describe('a stop of the reactor', () => {
  it('leads to its event, which is selected', async () => {
    const { clock, selection, stop } = page();
    stop(7, reapAt(7000));
    await vi.waitFor(() => expect(clock.state.get().cursor).toBe(7000e3));
    expect(selection.getState().inspection?.event.res).toBe(7);
    expect(clock.state.get()).toMatchObject({ playing: false, seq: selection.getState().inspection?.seq });
  });

  it('is waited for until its events are here', async () => {
    const { selection, asked, show, stop } = page();
    show(20_000);
    stop(35, reapAt(35_000));
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(1));
    expect(selection.getState().inspection).toBeNull();
    show(40_000);
    await vi.waitFor(() => expect(selection.getState().inspection?.event.res).toBe(35));
  });

  it('gives way to the next one, and to the end', async () => {
    const { selection, asked, show, stop, end } = page();
    show(20_000);
    stop(35, reapAt(35_000));
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0));
    stop(12, reapAt(12_000));
    await vi.waitFor(() => expect(selection.getState().inspection?.event.res).toBe(12));
    show(40_000);
    stop(36, null);
    end();
    const { length } = asked;
    stop(37, reapAt(37_000));
    expect(asked).toHaveLength(length);
    expect(selection.getState().inspection?.event.res).toBe(12);
  });

  it('at nothing in particular leaves the picture going', () => {
    const { clock, asked, stop } = page();
    clock.play();
    stop(3, null);
    expect(asked).toEqual([]);
    expect(clock.state.get().playing).toBe(true);
  });
});
