/** Brings view and clock up with what the link and the last visit say, then keeps document, storage and link in step. */
import { isFast, type PlaybackClock } from '../canvas/playback-clock.ts';
import { readSetting, writeSetting } from './storage.ts';
import { formatHash, parseHash, parseSpeed } from './url-state.ts';
import type { ViewStore } from './view.ts';

/** Gives what the link says besides: a moment to go to when there is one to see. */
export function restoreSettings(view: ViewStore, clock: PlaybackClock): Partial<Moment> {
  const { problem = '', ...link } = parseHash(location.hash);
  const stored = readSetting('theme');
  view.setState({
    theme: link.theme ?? (stored === 'light' ? 'light' : 'dark'),
    present: link.present ?? false,
    singleKeys: readSetting('singleKeys') !== 'off',
    note: problem,
  });
  const speed = link.speed ?? parseSpeed(readSetting('speed'));
  // Faster than it happens is for a past that is played, not for the next visit.
  if (speed !== undefined && !isFast(speed)) clock.setSpeed(speed);
  const { t, span, filter, ring, group, event } = link;
  return {
    ...(t === undefined || span === undefined ? {} : { t, span }),
    ...(filter === undefined ? {} : { filter }),
    ...(ring === undefined ? {} : { ring }),
    ...(group === undefined ? {} : { group }),
    ...(event === undefined ? {} : { event }),
  };
}

/** What a link says of the moment, zoom and choice; null = it says nothing of it. */
export interface Moment {
  t: number;
  span: number;
  filter: string;
  ring: number | null;
  group: number | null;
  /** The selected event (selection.ts). */
  event?: string | undefined;
}

/** A picture that stands this long is in the address, ms. */
const REST_MS = 250;

/** Calls back when something in the moment changes that is not the clock; gives the function that ends it. */
export type Changes = (changed: () => void) => () => void;

export interface Kept {
  /** The address with this moment in it. */
  link(): string;
  end(): void;
}

/** Mirrors the settings, and what a link carries: `moment` = what is shown now, null while nothing is; `changes` = of what. */
export function keepSettings(view: ViewStore, clock: PlaybackClock, moment: () => Moment | null, changes: readonly Changes[]): Kept {
  let speed = clock.state.get().speed;
  let rest: ReturnType<typeof setTimeout> | undefined;
  /** The moment that is in the address: while the picture moves, the last one that stood. */
  let shown: Moment | null = null;
  const hashOf = (of: Moment | null): string => {
    const { theme, present } = view.getState();
    if (of === null) return formatHash({ theme, present, speed });
    const { t, span, filter, ring, group, event } = of;
    return formatHash({
      theme,
      present,
      speed,
      t,
      span,
      filter,
      ...(ring === null ? {} : { ring }),
      ...(group === null ? {} : { group }),
      ...(event === undefined ? {} : { event }),
    });
  };
  const write = (): void => {
    const hash = hashOf(shown);
    if (hash !== location.hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  };
  const mirror = (): void => {
    const { theme, present, singleKeys } = view.getState();
    const root = document.documentElement;
    root.dataset.theme = theme;
    if (present) root.dataset.scale = 'present';
    else delete root.dataset.scale;
    writeSetting('theme', theme);
    writeSetting('singleKeys', singleKeys ? 'on' : 'off');
    writeSetting('speed', String(speed));
    write();
  };
  const rested = (): void => {
    if (clock.state.get().playing) return;
    shown = moment();
    write();
  };
  const soon = (): void => {
    if (clock.state.get().playing) return;
    clearTimeout(rest);
    rest = setTimeout(rested, REST_MS);
  };
  mirror();
  const ends = [
    // Setting an attribute to what it is would make all canvases read the theme again.
    view.subscribe((now, before) => {
      if (now.theme !== before.theme || now.present !== before.present || now.singleKeys !== before.singleKeys) mirror();
    }),
    ...changes.map((changed) => changed(soon)),
    clock.state.subscribe(() => {
      const s = clock.state.get();
      soon();
      // The clock changes with every frame; only its speed is a setting.
      if (s.speed === speed) return;
      speed = s.speed;
      mirror();
    }),
  ];
  return {
    link: () => `${location.origin}${location.pathname}${location.search}${hashOf(moment())}`,
    end() {
      clearTimeout(rest);
      for (const end of ends) end();
    },
  };
}
