import { describe, expect, it, vi } from 'vitest';
import { createPlaybackClock } from '../canvas/playback-clock.ts';
import { observable } from '../feed/observable.ts';
import { createFilterStore, writeFilter } from '../store/filter.ts';
import { createViewStore } from '../store/view.ts';
import { liveCommands } from './live-commands.ts';
import { createRegistry } from './registry.ts';

function made(moves = true) {
  const clock = createPlaybackClock();
  clock.observe(0, 10e9);
  const view = createViewStore();
  const filter = createFilterStore();
  const step = vi.fn(() => Promise.resolve(moves));
  const scrollLanes = vi.fn();
  const registry = createRegistry(
    liveCommands({
      clock,
      view,
      filter,
      driver: { step, scrollLanes, fit: vi.fn() },
      notes: { notes: observable([]), setNotes: vi.fn() },
      copyLink: () => Promise.resolve(),
    }),
  );
  return { clock, view, filter, step, scrollLanes, registry };
}

describe('the commands of the Live screen', () => {
  it('share no key and no id', () => {
    expect(() => made()).not.toThrow();
  });
  it('space pauses and resumes', () => {
    const { clock, registry } = made();
    registry.byKey('space')?.run();
    expect(clock.state.get().playing).toBe(false);
    registry.byKey('space')?.run();
    expect(clock.state.get().playing).toBe(true);
  });
  it('the keys of a presenter remote step over ends', () => {
    const { step, registry } = made();
    registry.byKey('PageDown')?.run();
    registry.byKey('PageUp')?.run();
    expect(step.mock.calls).toEqual([
      ['end', 1],
      ['end', -1],
    ]);
  });
  it('a step that finds nothing says so, and the next command clears it', async () => {
    const { view, registry } = made(false);
    registry.byKey('.')?.run();
    await vi.waitFor(() => expect(view.getState().note).toBe('No CQE after this moment yet'));
    registry.byKey('l')?.run();
    expect(view.getState().note).toBe('');
  });
  it('f and F step over hits; without a filter they ask for one, as / does', () => {
    const { filter, step, registry } = made();
    for (const key of ['/', 'f', 'F']) registry.byKey(key)?.run();
    expect(step).not.toHaveBeenCalled();
    expect(filter.getState().wanted).toBe(3);
    writeFilter(filter, 'res<0');
    for (const key of ['f', 'F']) registry.byKey(key)?.run();
    expect(step.mock.calls).toEqual([
      ['hit', 1],
      ['hit', -1],
    ]);
    registry.byId('find.clear').run();
    expect(filter.getState()).toMatchObject({ text: '', filter: null });
  });
  it('1 to 4 set the speed, from slow to real', () => {
    const { clock, registry } = made();
    const set = ['1', '2', '3', '4'].map((key) => {
      registry.byKey(key)?.run();
      return clock.state.get().speed;
    });
    expect(set).toEqual([0.001, 0.01, 0.1, 1]);
  });
  it('Real, chosen while slow motion plays, is at now', () => {
    const { clock, registry } = made();
    clock.observe(0, 20e9);
    expect(clock.state.get().following).toBe(false);
    registry.byKey('4')?.run();
    expect(clock.state.get()).toMatchObject({ following: true, cursor: 20e9 });
  });
  it('Real, chosen while paused, stays where it is', () => {
    const { clock, registry } = made();
    registry.byKey('space')?.run();
    registry.byKey('4')?.run();
    expect(clock.state.get()).toMatchObject({ following: false, playing: false });
  });
  it('esc closes the map first and leaves Present then', () => {
    const { view, registry } = made();
    view.setState({ helpOpen: true, present: true });
    registry.byKey('esc')?.run();
    expect(view.getState()).toMatchObject({ helpOpen: false, present: true });
    registry.byKey('esc')?.run();
    expect(view.getState().present).toBe(false);
  });
});
