/**
 * Who owns each buffer now: a bar of the four owners, their counts, and one cell for each bid. Few buffers get cells with
 * labels, more get small cells, thousands get one block of pixels each: the form changes, the colours stay.
 */

import { BidState } from '../../../../shared/schema/events.ts';
import type { CssPixels, Nanoseconds } from '../../canvas/units.ts';
import type { Picture } from '../../feed/picture.ts';

export type Group = NonNullable<Picture['group']>;

/** How a cell looks; `back` = available, and given back just now; `away` = reaped, in a group whose give-backs nobody sees. */
export const cellLooks = ['absent', 'available', 'filled', 'held', 'back', 'away'] as const;
export type CellLook = (typeof cellLooks)[number];

/** The look of "given back" ends after this trace time, or when so many others came back later. */
export const BACK_NS: Nanoseconds = 1.5e6;
export const BACK_OTHERS = 8;

export function lookOf(group: Group, bid: number, t: Nanoseconds): CellLook {
  switch (group.state[bid]) {
    case BidState.available: {
      const at = group.givenBackAt[bid] as number;
      return at >= 0 && t - at < BACK_NS && (group.givenBackAfter[bid] as number) < BACK_OTHERS ? 'back' : 'available';
    }
    case BidState.filled:
      return 'filled';
    case BidState.held:
      return group.seen ? 'held' : 'away';
    default:
      return 'absent';
  }
}

export type GridForm = 'labelled' | 'small' | 'pixels';

export interface GridGeometry {
  form: GridForm;
  columns: number;
  rows: number;
  cell: CssPixels;
  /** Distance of cells across and down. */
  pitchX: CssPixels;
  pitchY: CssPixels;
  y: CssPixels;
}

export interface BuffersGeometry {
  width: CssPixels;
  height: CssPixels;
  k: number;
  looks: Uint8Array;
  counts: Record<Exclude<CellLook, 'absent'>, number>;
  /** The source can't see whether a CQE waits in the CQ. */
  filledUnknown: boolean;
  /** Nobody sees give-backs: available is not observable. */
  freeUnknown: boolean;
  /** Give-backs come from samples, and consumed bids at once: at least so many are available, at most so many held. */
  sampled: boolean;
  bar: { look: CellLook; x: CssPixels; width: CssPixels }[];
  barHeight: CssPixels;
  keys: { look: Exclude<CellLook, 'absent'>; x: CssPixels; label: string }[];
  grid: GridGeometry;
}

export interface BuffersOptions {
  width: CssPixels;
  k: number;
  /** Little height: eleven columns. */
  short: boolean;
  kernelSeen: boolean;
}

export function layoutGrid(n: number, { width, k, short }: BuffersOptions, y: CssPixels): GridGeometry {
  if (n <= 64) {
    const columns = short ? 11 : 8;
    const gap = 4 * k;
    const cell = Math.min((short ? 24 : 34) * k * (n > 40 ? 0.82 : 1), (width - gap * (columns - 1)) / columns);
    return { form: 'labelled', columns, rows: Math.ceil(n / columns), cell, pitchX: (width - cell) / (columns - 1), pitchY: cell + gap, y };
  }
  const room = (short ? 88 : 156) * k;
  let pitch = 20;
  while (pitch > 1 && Math.ceil(n / Math.floor(width / pitch)) * pitch > room) pitch--;
  const columns = Math.max(1, Math.floor(width / pitch));
  const form = pitch >= 6 ? 'small' : 'pixels';
  const cell = form === 'small' ? pitch - Math.max(1.5, pitch * 0.16) : pitch;
  return { form, columns, rows: Math.ceil(n / columns), cell, pitchX: pitch, pitchY: pitch, y };
}

export function layoutBuffers(group: Group, t: Nanoseconds, o: BuffersOptions): BuffersGeometry {
  const { width, k } = o;
  const n = group.state.length;
  const looks = new Uint8Array(n);
  const counts = { available: 0, filled: 0, held: 0, back: 0, away: 0 };
  for (let bid = 0; bid < n; bid++) {
    const look = lookOf(group, bid, t);
    looks[bid] = cellLooks.indexOf(look);
    if (look !== 'absent') counts[look]++;
  }
  const shown = (['available', 'filled', 'held', 'back', 'away'] as const).filter((look) => counts[look] > 0);
  const gaps = 2 * Math.max(0, shown.length - 1);
  const all = Math.max(
    1,
    shown.reduce((sum, look) => sum + counts[look], 0),
  );
  let x = 0;
  const bar = shown.map((look) => {
    const w = Math.max(3, ((width - gaps) * counts[look]) / all);
    const part = { look, x, width: Math.min(w, width - x) };
    x += w + 2;
    return part;
  });
  const barHeight = 24 * k;
  const gridY = barHeight + 62 * k;
  const grid = layoutGrid(n, o, gridY);
  const labels = {
    available: 'Available',
    filled: 'Filled',
    held: 'Held by app',
    back: 'Given back',
    away: 'Not seen to come back',
  } as const;
  const keys = group.seen ? (['available', 'filled', 'held', 'back'] as const) : (['available', 'filled', 'away'] as const);
  return {
    width,
    height: gridY + (grid.rows - 1) * grid.pitchY + grid.cell + 6 * k,
    k,
    looks,
    counts,
    freeUnknown: !group.seen,
    sampled: group.seen && group.ring !== 0,
    filledUnknown: !o.kernelSeen && counts.filled === 0,
    bar,
    barHeight,
    keys: keys.map((look, i) => ({
      look,
      x: (i * (width - 74 * k)) / 3,
      label: labels[look],
    })),
    grid,
  };
}

/** The bid under the pointer, or -1. */
export function bidAt(g: BuffersGeometry, x: CssPixels, y: CssPixels): number {
  const { grid } = g;
  const column = Math.floor(x / grid.pitchX);
  const row = Math.floor((y - grid.y) / grid.pitchY);
  if (x < 0 || column >= grid.columns || row < 0 || row >= grid.rows) return -1;
  if (x - column * grid.pitchX > grid.cell || y - grid.y - row * grid.pitchY > grid.cell) return -1;
  const bid = row * grid.columns + column;
  return bid < g.looks.length ? bid : -1;
}

const words: Record<CellLook, string> = {
  absent: 'not in the group, or not seen so far',
  available: 'available: the kernel may pick it',
  filled: 'filled: CQE posted, not yet reaped',
  held: 'held by the app',
  back: 'given back just now: it waits its turn',
  away: 'reaped; not seen to come back, which is not observable',
};

const twiceWords: Record<CellLook, string> = {
  absent: 'again',
  available: 'twice',
  filled: 'again before it is reaped',
  held: 'again while the app holds it',
  back: 'twice',
  away: 'again',
};

/** A cell in words and its raw value. */
export function bidWords(group: Group, g: BuffersGeometry, bid: number, names: ReadonlyMap<number, string>): string {
  const look = cellLooks[g.looks[bid] as number] as CellLook;
  const owner = group.owner[bid] as number;
  const bytes = group.bytes[bid] as number;
  const lines = [`bid ${bid}${bid === group.nextPick ? ', next pick' : ''}`, words[look]];
  const of = group.bufferSize > 0 ? ` of ${group.bufferSize}` : '';
  if (look === 'held' || look === 'filled' || look === 'away')
    lines.push(`${bytes}${of} B${owner >= 0 ? `, from ${names.get(owner) ?? `c${owner}`}` : ''}`);
  else if (group.incremental && bytes > 0) lines.push(`${bytes} of ${group.bufferSize} B are used up`);
  if (group.twice.includes(bid)) lines.push(`given back twice: the kernel will fill it ${twiceWords[look]}`);
  return lines.join('\n');
}

/** What the panel's head says behind the group's name. */
export function sizeWords({ buffers, bufferSize, legacy, incremental, sizeTold, ring }: Group): string {
  if (buffers === 0) return 'no bid seen yet';
  const n = buffers.toLocaleString('en-US');
  const size = bufferSize > 0 ? ` × ${bufferSize.toLocaleString('en-US')} B` : buffers === 1 ? ' buffer' : ' buffers';
  return `${sizeTold ? '' : 'at least '}${n}${size}${legacy ? ', legacy' : ''}${incremental ? ', incremental' : ''}${ring === 0 ? ', next pick: ' : ''}`;
}

/** What is not observed of another process's group, in a line; empty where all is. */
export function groupNote({ ring, seen }: Group): string {
  if (ring === 0) return '';
  return seen ? 'Give-backs come from samples: these are bounds' : 'Available: not observable from outside';
}

const NAMED = 4;

/** What was given back twice: `now` = what still is there too often, `past` = what came of it so far; empty where nothing is to say. */
export function twiceNote({ twice, doubleReplenish, doubleUse }: Group): { now: string; past: string } {
  const bids = [...twice].sort((a, b) => a - b);
  const names = bids.slice(0, NAMED).map((bid) => `b${bid}`);
  const list =
    bids.length > NAMED ? `${names.join(', ')} and ${bids.length - NAMED} more` : names.join(', ').replace(/, (?=[^,]*$)/, ' and ');
  const now =
    bids.length === 0
      ? ''
      : bids.length === 1
        ? `${list} was given back twice. The kernel has it once more than there is of it.`
        : `${list} were given back twice. The kernel has each of them once more than there is of it.`;
  const times = (n: number): string => (n === 1 ? 'once' : `${n.toLocaleString('en-US')} times`);
  const past =
    doubleReplenish === 0
      ? ''
      : doubleUse > 0
        ? `The kernel filled a buffer that the app still held ${times(doubleUse)} so far.`
        : bids.length === 0
          ? `A buffer was given back twice ${times(doubleReplenish)} so far; none was filled while the app held it.`
          : '';
  return { now, past };
}
