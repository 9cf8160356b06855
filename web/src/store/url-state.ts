/**
 * The part of the view that a link carries: `#theme=light&scale=present&speed=1/10`. What is as by default is left out.
 * Read once at start, then mirrored; nobody else touches the hash.
 */
import { type Speed, speedNames, speeds } from '../canvas/playback-clock.ts';
import type { Theme } from './view.ts';

export interface LinkState {
  theme?: Theme;
  present?: boolean;
  speed?: Speed;
}

/** "1/100", "0.01" or "real" → a speed of the clock. */
export function parseSpeed(text: string | null): Speed | undefined {
  if (text === null) return undefined;
  return speeds.find((s) => speedNames[s].toLowerCase() === text.toLowerCase() || String(s) === text);
}

export function parseHash(hash: string): LinkState {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const theme = fields.get('theme');
  const speed = parseSpeed(fields.get('speed'));
  return {
    ...(theme === 'dark' || theme === 'light' ? { theme } : {}),
    ...(fields.get('scale') === 'present' ? { present: true } : {}),
    ...(speed === undefined ? {} : { speed }),
  };
}

export function formatHash({ theme, present, speed }: Required<LinkState>): string {
  const fields = [
    ...(theme === 'light' ? ['theme=light'] : []),
    ...(present ? ['scale=present'] : []),
    ...(speed === 0.01 ? [] : [`speed=${speedNames[speed].toLowerCase()}`]),
  ];
  return fields.length > 0 ? `#${fields.join('&')}` : '';
}
