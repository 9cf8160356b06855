/** Brings view and clock up with what the link and the last visit say, then keeps document, storage and link in step. */
import { isFast, type PlaybackClock } from '../canvas/playback-clock.ts';
import { readSetting, writeSetting } from './storage.ts';
import { formatHash, parseHash, parseSpeed } from './url-state.ts';
import type { ViewStore } from './view.ts';

export function restoreSettings(view: ViewStore, clock: PlaybackClock): void {
  const link = parseHash(location.hash);
  const stored = readSetting('theme');
  view.setState({
    theme: link.theme ?? (stored === 'light' ? 'light' : 'dark'),
    present: link.present ?? false,
    singleKeys: readSetting('singleKeys') !== 'off',
  });
  const speed = link.speed ?? parseSpeed(readSetting('speed'));
  // Faster than it happens is for a past that is played, not for the next visit.
  if (speed !== undefined && !isFast(speed)) clock.setSpeed(speed);
}

/** Returns the function that ends it. */
export function keepSettings(view: ViewStore, clock: PlaybackClock): () => void {
  let speed = clock.state.get().speed;
  const mirror = (): void => {
    const { theme, present, singleKeys } = view.getState();
    const root = document.documentElement;
    root.dataset.theme = theme;
    if (present) root.dataset.scale = 'present';
    else delete root.dataset.scale;
    writeSetting('theme', theme);
    writeSetting('singleKeys', singleKeys ? 'on' : 'off');
    writeSetting('speed', String(speed));
    const hash = formatHash({ theme, present, speed });
    if (hash !== location.hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  };
  mirror();
  const ends = [
    view.subscribe(mirror),
    clock.state.subscribe(() => {
      // The clock changes with every frame; only its speed is a setting.
      if (clock.state.get().speed === speed) return;
      speed = clock.state.get().speed;
      mirror();
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
