/** The commands of the Live screen and of the page around it. */
import { isFast, type PlaybackClock, type Speed, speedNames, speeds } from '../canvas/playback-clock.ts';
import type { ViewDriver } from '../canvas/view-driver.ts';
import type { Feed, StepTarget } from '../feed/feed.ts';
import { type FilterStore, writeFilter } from '../store/filter.ts';
import { nextNote, toggleBookmark } from '../store/notes.ts';
import type { ViewStore } from '../store/view.ts';
import type { Command } from './registry.ts';

export interface CommandContext {
  clock: PlaybackClock;
  driver: Pick<ViewDriver, 'step' | 'scrollLanes' | 'fit'>;
  view: ViewStore;
  filter: FilterStore;
  /** The trace is a recorded one: it has no now to follow. */
  recorded?: boolean;
  notes: Pick<Feed, 'notes' | 'setNotes'>;
  /** When the selected event was, ns; null = none is selected. */
  selectedAt?(): number | null;
  /** Clears the selection; false = nothing was selected. */
  leaveEvent?(): boolean;
  /** Puts a link to this moment on the clipboard; rejects where that is not allowed. */
  copyLink(): Promise<void>;
}

const nouns: Record<StepTarget, string> = {
  event: 'event',
  cqe: 'CQE',
  wake: 'wake that was seen in the kernel',
  batch: 'wake or reap batch',
  end: 'end of a request',
  hit: 'hit of the filter',
};
const steps: readonly [id: string, title: string, keys: string[], what: StepTarget, direction: 1 | -1][] = [
  ['step', 'Step one CQE', ['.'], 'cqe', 1],
  ['stepBack', 'Step one CQE back', [','], 'cqe', -1],
  ['stepBatch', 'Step one wake or reap batch', ['shift+.'], 'batch', 1],
  ['stepBatchBack', 'Step one wake or reap batch back', ['shift+,'], 'batch', -1],
  ['stepEvent', 'Step one event', ['j'], 'event', 1],
  ['stepEventBack', 'Step one event back', ['k'], 'event', -1],
  ['nextWake', 'Next wake', ['v'], 'wake', 1],
  ['previousWake', 'Previous wake', ['V'], 'wake', -1],
  ['previousEnd', 'Previous end of a request', ['[', 'PageUp'], 'end', -1],
  ['nextEnd', 'Next end of a request', [']', 'PageDown'], 'end', 1],
];
export const paletteCommandId = 'page.commands';
const speedId = (speed: Speed): string => `speed.${speed}`;

/** Slow motion falls behind; whoever chooses Real while it plays wants to see what happens now. */
function setSpeed(clock: PlaybackClock, speed: Speed, recorded: boolean): void {
  clock.setSpeed(speed);
  if (!recorded && speed === 1 && clock.state.get().playing) clock.followNow();
}

export function liveCommands({
  clock,
  driver,
  view,
  filter,
  notes,
  copyLink,
  selectedAt = () => null,
  leaveEvent = () => false,
  recorded = false,
}: CommandContext): Command[] {
  const step = (what: StepTarget, direction: 1 | -1) => (): void => {
    view.setState({ note: '' });
    void driver.step(what, direction).then((moved) => {
      if (!moved) view.setState({ note: `No ${nouns[what]} ${direction > 0 ? 'after this moment yet' : 'before this moment'}` });
    });
  };
  /** Without a filter the picture goes on, and the field is there to write one. */
  const stepHit = (direction: 1 | -1) => (): void => {
    if (filter.getState().filter === null) filter.setState((s) => ({ wanted: s.wanted + 1 }));
    else step('hit', direction)();
  };
  /** Every other command clears the note of the one before. */
  const plain = (act: () => void) => (): void => {
    view.setState({ note: '' });
    act();
  };
  const speedCommands = speeds.map((speed, i): Command => {
    const title = speed === 1 ? 'Real speed' : `Speed ${speedNames[speed]}`;
    const unavailable = (): string | null =>
      isFast(speed) && clock.state.get().following ? 'The picture is at now: go back to play faster than it happens' : null;
    const run = plain(() => setSpeed(clock, speed, recorded));
    return { id: speedId(speed), title, group: 'Time', keys: [String(i + 1)], unavailable, run };
  });

  const nothingYet = (): string | null => (clock.state.get().cursor === null ? 'No event has come yet' : null);
  const stepCommands = steps.map(
    ([id, title, keys, what, direction]): Command => ({
      id: `picture.${id}`,
      title,
      group: 'Picture',
      keys,
      unavailable: nothingYet,
      run: step(what, direction),
    }),
  );

  const noNote = (): string | null => (notes.notes.get().length === 0 ? 'There is no note and no bookmark yet' : null);
  const goToNote = (direction: 1 | -1) =>
    plain(() => {
      const { cursor } = clock.state.get();
      const note = cursor === null ? null : nextNote(notes.notes.get(), cursor, direction);
      if (note === null) view.setState({ note: `No note ${direction > 0 ? 'after' : 'before'} this moment` });
      else {
        clock.seek(note.t);
        if (note.text !== '') view.setState({ note: note.text });
      }
    });
  /** At the cursor, where the picture stops. */
  const atCursor = (act: (t: number, span: number) => void) =>
    plain(() => {
      const { cursor, span } = clock.state.get();
      if (cursor === null) return;
      clock.pause();
      act(cursor, span);
    });
  /** Of the window: nearer than this two bookmarks can't be told apart. */
  const NEAR = 1 / 200;

  return [
    { id: 'picture.toggle', title: 'Pause or resume the picture', group: 'Picture', keys: ['space'], run: plain(() => clock.toggle()) },
    ...stepCommands,
    {
      id: 'time.now',
      title: recorded ? 'To the end, window of the speed' : 'Back to now, window of the speed',
      group: 'Time',
      keys: ['0'],
      run: plain(() => {
        clock.resetZoom();
        clock.followNow();
      }),
    },
    {
      id: 'time.fit',
      title: 'Fit: the whole trace',
      group: 'Time',
      keys: ['9'],
      unavailable: nothingYet,
      run: plain(() => driver.fit()),
    },
    { id: 'time.panBack', title: 'Pan back', group: 'Time', keys: ['h', 'a'], run: plain(() => clock.pan(-0.25)) },
    { id: 'time.panOn', title: 'Pan on', group: 'Time', keys: ['l', 'd'], run: plain(() => clock.pan(0.25)) },
    { id: 'time.zoomIn', title: 'Zoom in', group: 'Time', keys: ['+', '=', 'w'], run: plain(() => clock.zoom(0.5, 1)) },
    { id: 'time.zoomOut', title: 'Zoom out', group: 'Time', keys: ['-', 's'], run: plain(() => clock.zoom(2, 1)) },
    ...speedCommands,
    {
      id: 'find.open',
      title: 'Write a filter',
      group: 'Find',
      keys: ['/'],
      run: plain(() => filter.setState((s) => ({ wanted: s.wanted + 1 }))),
    },
    { id: 'find.next', title: 'Next hit of the filter', group: 'Find', keys: ['g'], run: stepHit(1) },
    { id: 'find.previous', title: 'Previous hit of the filter', group: 'Find', keys: ['G'], run: stepHit(-1) },
    {
      id: 'find.clear',
      title: 'Clear the filter',
      group: 'Find',
      keys: [],
      unavailable: () => (filter.getState().text === '' ? 'There is no filter to clear' : null),
      run: plain(() => writeFilter(filter, '')),
    },
    {
      id: 'notes.bookmark',
      title: 'Mark the selected event (or the cursor) with a bookmark, or take it away',
      group: 'Notes',
      keys: ['m', 'b'],
      unavailable: nothingYet,
      run: atCursor((t, span) => notes.setNotes(toggleBookmark(notes.notes.get(), selectedAt() ?? t, span * NEAR))),
    },
    {
      id: 'notes.write',
      title: 'Write a note',
      group: 'Notes',
      keys: ['n'],
      unavailable: nothingYet,
      run: atCursor((t) => view.setState({ noteAt: t })),
    },
    { id: 'notes.next', title: 'Next note or bookmark', group: 'Notes', keys: ['N'], unavailable: noNote, run: goToNote(1) },
    { id: 'notes.previous', title: 'Previous note or bookmark', group: 'Notes', keys: ['B'], unavailable: noNote, run: goToNote(-1) },
    {
      id: 'page.link',
      title: 'Copy a link to this moment',
      group: 'Notes',
      keys: ['y'],
      run: () => {
        copyLink().then(
          () => view.setState({ note: 'The link is on the clipboard' }),
          () => view.setState({ note: 'The browser does not allow the clipboard: copy the address' }),
        );
      },
    },
    { id: 'lanes.down', title: 'Lanes down', group: 'Lanes', keys: ['J'], run: plain(() => driver.scrollLanes(1)) },
    { id: 'lanes.up', title: 'Lanes up', group: 'Lanes', keys: ['K'], run: plain(() => driver.scrollLanes(-1)) },
    {
      id: 'page.theme',
      title: 'Dark or light',
      group: 'Page',
      keys: ['t'],
      run: () => view.setState((s) => ({ theme: s.theme === 'dark' ? 'light' : 'dark' })),
    },
    {
      id: 'page.present',
      title: 'Present: larger, without the side panel',
      group: 'Page',
      keys: ['p'],
      run: () => view.setState((s) => ({ present: !s.present })),
    },
    {
      id: paletteCommandId,
      title: 'All commands',
      group: 'Page',
      keys: ['ctrl+k', 'ctrl+shift+p', ':'],
      everywhere: ['ctrl+k'],
      run: () => view.setState({ paletteOpen: true, helpOpen: false }),
    },
    { id: 'page.help', title: 'Keyboard map', group: 'Page', keys: ['?'], run: () => view.setState((s) => ({ helpOpen: !s.helpOpen })) },
    {
      id: 'page.escape',
      title: 'Close, clear the selection, or leave Present',
      group: 'Page',
      keys: ['esc'],
      run: () => {
        const { helpOpen } = view.getState();
        if (!helpOpen && leaveEvent()) view.setState({ note: '' });
        else view.setState({ note: '', helpOpen: false, ...(helpOpen ? {} : { present: false }) });
      },
    },
  ];
}

export const speedCommandId = speedId;
