/** Lifetime: settings that outlive the page (theme, keys) and what is open now. Playback has its own clock, see canvas/. */
import { createStore } from 'zustand/vanilla';

export type Theme = 'dark' | 'light';

export interface ViewState {
  /** Colours of the page. */
  theme: Theme;
  /** Present: everything larger, side panels away. */
  present: boolean;
  /** Whether single keys are commands (WCAG 2.1.4: they can be switched off). */
  singleKeys: boolean;
  /** Whether the keyboard map is open. */
  helpOpen: boolean;
  /** Whether the command palette is open. */
  paletteOpen: boolean;
  /** Id of the screen that is shown, see components/screens.ts. */
  screen: string;
  /** What the side panels show. */
  leftTab: 'workload' | 'debugger';
  rightTab: 'now' | 'event' | 'loop';
  /** What the last command could not do, in a sentence; empty = nothing to tell. */
  note: string;
  /** Moment of the note that is being written, ns; null = none is. */
  noteAt: number | null;
}

export const createViewStore = () =>
  createStore<ViewState>()(() => ({
    theme: 'dark',
    present: false,
    singleKeys: true,
    helpOpen: false,
    paletteOpen: false,
    screen: 'live',
    leftTab: 'workload',
    rightTab: 'now',
    note: '',
    noteAt: null,
  }));
export type ViewStore = ReturnType<typeof createViewStore>;
export const viewStore = createViewStore();
