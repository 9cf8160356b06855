import { describe, expect, it, vi } from 'vitest';
import type { Note } from '../../../shared/trace-file/note.ts';
import { createPlaybackClock } from '../canvas/playback-clock.ts';
import { observable } from '../feed/observable.ts';
import { createFilterStore, writeFilter } from '../store/filter.ts';
import { createViewStore } from '../store/view.ts';
import { liveCommands } from './live-commands.ts';
import { createRegistry } from './registry.ts';

function made(moves = true, until: number | null = 10e9, selectedAt = (): number | null => null) {
  const clock = createPlaybackClock();
  if (until !== null) clock.observe(0, until);
  const view = createViewStore();
  const filter = createFilterStore();
  const step = vi.fn(() => Promise.resolve(moves));
  const scrollLanes = vi.fn();
  const notes = observable<readonly Note[]>([]);
  const registry = createRegistry(
    liveCommands({
      clock,
      view,
      filter,
      driver: { step, scrollLanes, fit: vi.fn() },
      notes: { notes, setNotes: notes.set },
      copyLink: () => Promise.resolve(),
      selectedAt,
    }),
    (reason) => view.setState({ note: reason }),
  );
  return { clock, view, filter, notes, step, scrollLanes, registry };
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
  it('g and G step over hits; without a filter they ask for one, as / does', () => {
    const { filter, step, registry } = made();
    for (const key of ['/', 'g', 'G']) registry.byKey(key)?.run();
    expect(step).not.toHaveBeenCalled();
    expect(filter.getState().wanted).toBe(3);
    writeFilter(filter, 'res<0');
    for (const key of ['g', 'G']) registry.byKey(key)?.run();
    expect(step.mock.calls).toEqual([
      ['hit', 1],
      ['hit', -1],
    ]);
    registry.byId('find.clear').run();
    expect(filter.getState()).toMatchObject({ text: '', filter: null });
  });
  it('before the first event there is nothing to step to, to fit or to mark, and they say so', () => {
    const { step, notes, view, registry } = made(true, null);
    for (const key of ['.', 'shift+,', ']', '9', 'm', 'b', 'n']) {
      view.setState({ note: '' });
      registry.byKey(key)?.run();
      expect(view.getState()).toMatchObject({ note: 'No event has come yet', noteAt: null });
    }
    expect(step).not.toHaveBeenCalled();
    expect(notes.get()).toEqual([]);
  });
  it('a bookmark makes the way to the next one a command', () => {
    const { clock, view, registry } = made();
    const next = registry.byId('notes.previous');
    expect(next.unavailable?.()).toBe('There is no note and no bookmark yet');
    registry.byKey('h')?.run();
    registry.byKey('b')?.run();
    expect(next.unavailable?.()).toBeNull();
    const { cursor } = clock.state.get();
    clock.seek(10e9);
    registry.byKey('B')?.run();
    expect(clock.state.get().cursor).toBe(cursor);
    expect(view.getState().note).toBe('');
  });
  it('m and b mark the cursor, or the selected event wherever the cursor is; again they take the bookmark away', () => {
    let selected: number | null = null;
    const { clock, notes, registry } = made(true, 10e9, () => selected);
    clock.seek(9e9);
    registry.byKey('m')?.run();
    expect(notes.get()).toMatchObject([{ t: 9e9, kind: 'bookmark' }]);
    selected = 4e9;
    registry.byKey('m')?.run();
    expect(notes.get().map(({ t }) => t)).toEqual([4e9, 9e9]);
    registry.byKey('b')?.run();
    expect(notes.get().map(({ t }) => t)).toEqual([9e9]);
    expect(clock.state.get().cursor).toBe(9e9);
  });
  it('N and B go to the next and the previous note', () => {
    const { clock, notes, view, registry } = made();
    notes.set([
      { id: 'n1', t: 2e9, kind: 'bookmark', text: '' },
      { id: 'n2', t: 6e9, kind: 'note', text: 'here it ran dry' },
    ]);
    clock.seek(4e9);
    registry.byKey('N')?.run();
    expect(clock.state.get().cursor).toBe(6e9);
    expect(view.getState().note).toBe('here it ran dry');
    registry.byKey('B')?.run();
    expect(clock.state.get().cursor).toBe(2e9);
    registry.byKey('B')?.run();
    expect(view.getState().note).toBe('No note before this moment');
  });
  it('says why the filter can not be cleared, and why nothing is faster than now', () => {
    const { clock, filter, view, registry } = made();
    registry.byId('find.clear').run();
    expect(view.getState().note).toBe('There is no filter to clear');
    writeFilter(filter, 'res<');
    expect(registry.byId('find.clear').unavailable?.()).toBeNull();
    registry.byKey('4')?.run();
    registry.byKey('0')?.run();
    registry.byKey('5')?.run();
    expect(view.getState().note).toBe('The picture is at now: go back to play faster than it happens');
    expect(clock.state.get().speed).toBe(1);
    registry.byKey('h')?.run();
    registry.byKey('5')?.run();
    expect(clock.state.get().speed).toBe(10);
  });
  it('the palette takes the place of the map', () => {
    const { view, registry } = made();
    view.setState({ helpOpen: true });
    registry.byKey('ctrl+k')?.run();
    expect(view.getState()).toMatchObject({ helpOpen: false, paletteOpen: true });
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
