import { describe, expect, it } from 'vitest';
import { createPlaybackClock } from '../canvas/playback-clock.ts';
import { type FeedStatus, type FileStatus, initialStatus } from '../feed/feed.ts';
import { observable } from '../feed/observable.ts';
import type { Picture } from '../feed/picture.ts';
import { followLink } from './follow-link.ts';
import { createViewStore } from './view.ts';

const file: FileStatus = {
  name: 'a.ringlens',
  opened: true,
  complete: true,
  trouble: [],
  events: 1,
  length: 60e9,
  progress: 1,
  failed: null,
};

/** A page that gets pictures by hand; the clock hears of each first, as the driver has it. */
function page(recorded = false) {
  const status = observable<FeedStatus>({ ...initialStatus, file: recorded ? file : null });
  const picture = observable<Picture | null>(null);
  const watchers = new Set<(p: Picture) => void>();
  const clock = createPlaybackClock(1, { recorded });
  const view = createViewStore();
  const feed = {
    status,
    picture,
    subscribe(watcher: (p: Picture) => void) {
      watchers.add(watcher);
      return () => {
        watchers.delete(watcher);
      };
    },
  };
  const show = (oldest: number, now: number): void => {
    const p = { oldest, now } as Picture;
    picture.set(p);
    clock.observe(oldest, now);
    for (const watcher of [...watchers]) watcher(p);
  };
  return { clock, view, watchers, show, follow: (t: number, span: number) => followLink({ t, span }, { feed, clock, view }) };
}

describe('the moment of a link', () => {
  it('is waited for while a live trace is taken in, and then shown', () => {
    const { clock, view, watchers, show, follow } = page();
    follow(7e9, 48e6);
    show(5e9, 5.2e9);
    expect(clock.state.get()).toMatchObject({ playing: true, cursor: 5.2e9 });
    show(5e9, 7.4e9);
    expect(clock.state.get()).toMatchObject({ playing: false, cursor: 7e9, span: 48e6 });
    expect([view.getState().note, watchers.size]).toEqual(['', 0]);
  });

  it('that can not be shown is told, and no other is shown in its place', () => {
    const gone = page();
    gone.follow(1e9, 48e6);
    gone.show(5e9, 7e9);
    expect(gone.view.getState().note).toBe('The link leads to 00:01.000 000, which is no longer kept.');
    expect(gone.clock.state.get()).toMatchObject({ playing: true, cursor: 7e9 });
    const early = page();
    early.follow(100e9, 48e6);
    early.show(5e9, 7e9);
    expect(early.view.getState().note).toContain('has not happened yet');
    const other = page(true);
    other.follow(100e9, 48e6);
    other.show(0, 60e9);
    expect(other.view.getState().note).toContain('is not in this trace');
    expect([gone, early, other].map(({ watchers }) => watchers.size)).toEqual([0, 0, 0]);
  });

  it('at the very end or beginning of a trace is in it, though a link has whole nanoseconds only', () => {
    const { clock, show, follow, view } = page(true);
    follow(60e9, 1e9);
    show(0.4, 60e9 - 0.4);
    expect(clock.state.get()).toMatchObject({ playing: false, cursor: 60e9 - 0.4, span: 1e9 });
    follow(0, 1e9);
    expect(clock.state.get().cursor).toBe(0.4);
    expect(view.getState().note).toBe('');
  });

  it('is given up by who pauses or moves meanwhile', () => {
    const { clock, view, watchers, show, follow } = page();
    show(5e9, 5.2e9);
    follow(7e9, 48e6);
    clock.pause();
    show(5e9, 7.4e9);
    expect(clock.state.get()).toMatchObject({ playing: false, cursor: 5.2e9 });
    expect([view.getState().note, watchers.size]).toEqual(['', 0]);
    follow(8e9, 48e6);
    clock.seek(5.1e9);
    show(5e9, 8.4e9);
    expect(clock.state.get().cursor).toBe(5.1e9);
  });
});
