import { describe, expect, it, vi } from 'vitest';
import type { DebugInfo, StopEvent } from '../../../shared/protocol/debug.ts';
import { createPlaybackClock } from '../canvas/playback-clock.ts';
import type { Selected } from '../canvas/view-driver.ts';
import { type Feed, type FeedStatus, initialStatus } from '../feed/feed.ts';
import type { Inspection, InspectQuery } from '../feed/inspection.ts';
import { observable } from '../feed/observable.ts';
import type { Picture } from '../feed/picture.ts';
import { followSelection } from './follow-selection.ts';
import { createSelectionStore, select } from './selection.ts';
import { createViewStore } from './view.ts';

/** Event n is at n ms. */
const MS = 1e6;
const inspectionOf = (seq: number) => ({ seq, slot: 0, event: { t: seq * MS } }) as Inspection;

/** A page whose worker answers by hand, and that is told of stops by hand. */
function page(linked = false) {
  const status = observable<FeedStatus>(initialStatus);
  const picture = observable<Picture | null>(null);
  const watchers = new Set<(p: Picture) => void>();
  const asked: { query: InspectQuery; answer: (seq: number | null) => Promise<void> }[] = [];
  const inspect = (query: InspectQuery) =>
    new Promise<Inspection | null>((resolve) => {
      asked.push({
        query,
        answer: async (seq) => {
          resolve(seq === null ? null : inspectionOf(seq));
          await vi.advanceTimersByTimeAsync(0);
        },
      });
    });
  const subscribe = (watcher: (p: Picture) => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  };
  const feed = { status, picture, inspect, subscribe } as unknown as Feed;
  const clock = createPlaybackClock(1);
  const selection = createSelectionStore();
  const view = createViewStore();
  const end = followSelection({ feed, clock, driver: { selected: observable<Selected | null>(null) }, selection, view, linked });
  return {
    clock,
    selection,
    view,
    asked,
    watchers,
    end,
    select: (seq: number) => select(selection, feed, { seq }),
    know(nowMs: number) {
      const p = { oldest: 0, now: nowMs * MS } as Picture;
      picture.set(p);
      clock.observe(0, p.now);
      for (const watcher of [...watchers]) watcher(p);
    },
    tell(stopped: boolean, seq: number, cqes = seq) {
      const event = { t: seq * MS, kind: 'reap', userData: '1', res: 1, flags: 0, a: 0, b: 0, request: 1 } satisfies StopEvent;
      const stop = { reason: 'step', breakpoint: null, event, cqes } as const;
      status.set({ ...status.get(), debug: { stopped, cqes, waiting: 0, overflowed: false, stop, breakpoints: [] } satisfies DebugInfo });
    },
    shown: () => selection.getState().inspection?.seq,
  };
}

describe('a stop of the reactor', () => {
  it('selects its event and stays at it, though the clock is heard of between two stops', async () => {
    vi.useFakeTimers();
    const p = page();
    p.know(10);
    p.tell(true, 3);
    await p.asked[0]?.answer(3);
    expect(p.shown()).toBe(3);
    expect(p.clock.state.get()).toMatchObject({ seq: 3, cursor: 3 * MS, playing: false });
    // The next one, while the picture is still behind it: the clock pauses at the first.
    p.tell(true, 12);
    await p.asked[1]?.answer(12);
    expect(p.asked).toHaveLength(2);
    expect(p.shown()).toBe(12);
    p.know(20);
    expect(p.clock.state.get()).toMatchObject({ seq: 12, cursor: 12 * MS });
    expect(p.asked).toHaveLength(2);
    expect(p.view.getState().rightTab).toBe('event');
    p.end();
    expect(p.watchers.size).toBe(0);
  });

  it('is sought until its event is here, and what was selected stays on show meanwhile', async () => {
    vi.useFakeTimers();
    const p = page();
    p.know(10);
    p.tell(true, 3);
    await p.asked[0]?.answer(3);
    p.tell(true, 5);
    await p.asked[1]?.answer(null);
    expect(p.shown()).toBe(3);
    expect(p.view.getState().rightTab).toBe('event');
    await vi.advanceTimersByTimeAsync(100);
    await p.asked[2]?.answer(5);
    expect(p.shown()).toBe(5);
    p.end();
  });

  it('gives way to a newer stop, also one with no CQE between them; an answer that comes late changes nothing', async () => {
    vi.useFakeTimers();
    const p = page();
    p.know(10);
    p.tell(true, 3, 100);
    p.tell(true, 5, 100);
    expect(p.asked).toHaveLength(2);
    await p.asked[1]?.answer(5);
    await p.asked[0]?.answer(3);
    expect(p.shown()).toBe(5);
    p.end();
  });

  it('gives way to whoever selects another event, or lets the reactor go on', async () => {
    vi.useFakeTimers();
    const p = page();
    p.know(10);
    p.tell(true, 3);
    void p.select(7);
    await p.asked[1]?.answer(7);
    await p.asked[0]?.answer(3);
    expect(p.shown()).toBe(7);
    p.tell(true, 8);
    p.tell(false, 8);
    await p.asked[2]?.answer(8);
    expect(p.shown()).toBe(7);
    await vi.advanceTimersByTimeAsync(1000);
    expect(p.asked).toHaveLength(3);
    p.end();
  });
});

describe('a page with a link', () => {
  it('goes where the link leads and not to the stop that was there before it; to the next one it does', async () => {
    vi.useFakeTimers();
    const p = page(true);
    p.know(10);
    p.tell(true, 3);
    expect(p.asked).toHaveLength(0);
    p.tell(true, 5);
    await p.asked[0]?.answer(5);
    expect(p.shown()).toBe(5);
    p.end();
  });
});

describe('a selection', () => {
  it('follows who steps through the events, and nobody who only pauses', async () => {
    vi.useFakeTimers();
    const p = page();
    p.know(10);
    void p.select(4);
    await p.asked[0]?.answer(4);
    expect(p.clock.state.get()).toMatchObject({ seq: 4, playing: false });
    p.clock.seekPlace({ t: 5 * MS, seq: 5 });
    expect(p.asked[1]?.query).toEqual({ seq: 5 });
    await p.asked[1]?.answer(5);
    p.clock.pause();
    expect(p.asked).toHaveLength(2);
    p.end();
  });
});
