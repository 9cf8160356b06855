/**
 * The part of the view that a link carries: `#v=1&t=1250000000&span=48000000&filter=res%3C0&ring=2`. What is as by default is left out.
 * It holds times, never numbers of rows, so that it means the same in every copy of a trace. Read once at start, then mirrored.
 *
 *     v       version of this form; a page that reads an older one takes the rest for unknown
 *     t       moment at the right edge, ns since the start      span   length of the window, ns
 *     event   the selected event: its time and which of those at that time, from 0 (1250000000.2)
 *     ring, group, filter, theme, scale, speed (1/1000 … real, 10, 100)
 */
import { isFast, type Speed, speedNames, speeds } from '../canvas/playback-clock.ts';
import type { Theme } from './view.ts';

export const LINK_VERSION = 1;

export interface LinkState {
  theme?: Theme;
  present?: boolean;
  speed?: Speed;
  /** ns since the start of the trace, both or none. */
  t?: number;
  span?: number;
  filter?: string;
  ring?: number;
  group?: number;
  event?: string;
}

/** "1/100", "0.01" or "real" → a speed of the clock. */
export function parseSpeed(text: string | null): Speed | undefined {
  if (text === null) return undefined;
  return speeds.find((s) => speedNames[s].toLowerCase() === text.toLowerCase() || String(s) === text);
}

/** As the address has it: the names of the fast speeds have a letter that it would write in code. */
const linkSpeed = (speed: Speed): string => (isFast(speed) ? String(speed) : speedNames[speed].toLowerCase());

const MOST_FILTER = 2000;
const EVENT = /^\d{1,16}\.\d{1,6}$/;

/** A whole number in a range, or undefined. */
function wholeOf(text: string | null, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === null || !/^\d{1,16}$/.test(text)) return undefined;
  const n = Number(text);
  return n >= least && n <= most ? n : undefined;
}

/** What can be read of it, and a sentence about what can't. Never throws. */
export function parseHash(hash: string): LinkState & { problem?: string } {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const theme = fields.get('theme');
  const speed = parseSpeed(fields.get('speed'));
  const look: LinkState = {
    ...(theme === 'dark' || theme === 'light' ? { theme } : {}),
    ...(fields.get('scale') === 'present' ? { present: true } : {}),
    ...(speed === undefined ? {} : { speed }),
  };
  const version = fields.get('v');
  if (version === null) return look;
  if (version !== String(LINK_VERSION))
    return { ...look, problem: 'This link was made by another version of ringlens: its moment is not shown.' };
  const [t, span] = [wholeOf(fields.get('t'), 0), wholeOf(fields.get('span'), 1)];
  const [ring, group] = [wholeOf(fields.get('ring'), 0), wholeOf(fields.get('group'), 0)];
  const filter = fields.get('filter') ?? '';
  const event = fields.get('event');
  const wrong = ['t', 'span', 'ring', 'group'].find((name, i) => fields.has(name) && [t, span, ring, group][i] === undefined);
  const problem =
    wrong !== undefined
      ? `The link has a ${wrong} that is no number: that part of it is not shown.`
      : fields.has('t') !== fields.has('span')
        ? 'The link has only one of t and span: its moment is not shown.'
        : undefined;
  return {
    ...look,
    ...(t !== undefined && span !== undefined ? { t, span } : {}),
    ...(ring === undefined ? {} : { ring }),
    ...(group === undefined ? {} : { group }),
    ...(filter === '' ? {} : { filter: filter.slice(0, MOST_FILTER) }),
    ...(event === null || !EVENT.test(event) ? {} : { event }),
    ...(problem === undefined ? {} : { problem }),
  };
}

export function formatHash({ theme, present, speed, t, span, filter, ring, group, event }: LinkState): string {
  const fields = new URLSearchParams();
  if (t !== undefined && span !== undefined) {
    fields.set('v', String(LINK_VERSION));
    fields.set('t', String(Math.max(0, Math.round(t))));
    fields.set('span', String(Math.max(1, Math.round(span))));
    if (ring !== undefined) fields.set('ring', String(ring));
    if (group !== undefined) fields.set('group', String(group));
    if (event !== undefined) fields.set('event', event);
    if (filter !== undefined && filter !== '') fields.set('filter', filter.slice(0, MOST_FILTER));
  }
  const look = [
    ...(theme === 'light' ? ['theme=light'] : []),
    ...(present === true ? ['scale=present'] : []),
    ...(speed === undefined || speed === 0.01 ? [] : [`speed=${linkSpeed(speed)}`]),
  ];
  const text = [fields.toString(), ...look].filter((part) => part !== '').join('&');
  return text === '' ? '' : `#${text}`;
}
