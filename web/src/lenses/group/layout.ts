/**
 * The buffer group over time: available stands on the floor, filled on top of it, held hangs from the ceiling.
 *
 *     ┌────────────────────┐ buffers
 *     │▒▒▒▒ held ▒▒▒▒▒▒▒▒▒▒│
 *     │▓▓┌─────┐▓▓ filled ▓│  yTop
 *     │──┘     └──────┐    │  yFree
 *     │  available    └────│◆ ENOBUFS on the floor
 *     └────────────────────┘ 0
 *
 * Of a group whose give-backs nobody sees, available is not known: filled stands on the floor, and on it, hollow, what was
 * reaped and not seen to come back. Above that nothing is known.
 */
import { formatSpan } from '../../canvas/time-text.ts';
import { type Box, type CssPixels, type TimeScale, tOf, xOf } from '../../canvas/units.ts';
import { isTold, type Picture } from '../../feed/picture.ts';

/** Room that a diamond needs. */
export const DIAMOND_ROOM = 6;

export interface GroupGeometry {
  box: Box;
  scale: TimeScale;
  title: string;
  subtitle: string;
  /** Labels of the y axis. */
  yTicks: { y: CssPixels; label: string; dry: boolean; line: boolean }[];
  /** Step points: a value holds from its x to the next one. yMost < yFree where a pixel holds several values. */
  length: number;
  x: Float64Array;
  yFree: Float64Array;
  yMost: Float64Array;
  yTop: Float64Array;
  /** Give-backs are seen, so that available is known; `sampled`: with a delay, so that it is a lower bound. */
  seen: boolean;
  sampled: boolean;
  /** Top of what was reaped and not seen to come back; where `seen`, not used. */
  yAway: Float64Array;
  /** End of the last step. */
  xEnd: CssPixels;
  dry: { x0: CssPixels; x1: CssPixels }[];
  /** `room`: to the nearest other one on the floor; with little room they are ticks without a line to their lane. */
  enobufs: { x: CssPixels; lane: number; count: number; room: CssPixels }[];
  enobufsLabel: { x: CssPixels; y: CssPixels; align: CanvasTextAlign; text: string } | null;
  floorY: CssPixels;
}

export function layoutGroup(picture: Picture, scale: TimeScale, box: Box, k: number): GroupGeometry {
  const { group, series } = picture;
  const buffers = Math.max(1, group?.buffers ?? 1);
  const floorY = box.y + box.height;
  const yOf = (v: number): CssPixels => floorY - (Math.min(buffers, Math.max(0, v)) / buffers) * box.height;
  const n = series.length;
  const x = new Float64Array(n);
  const yFree = new Float64Array(n);
  const yMost = new Float64Array(n);
  const yTop = new Float64Array(n);
  const yAway = new Float64Array(n);
  const seen = group?.seen ?? true;
  const sampled = seen && group !== null && group.ring !== 0;
  const dry: GroupGeometry['dry'] = [];
  let dryFrom = -1;
  for (let i = 0; i < n; i++) {
    const at = Math.min(scale.x1, Math.max(scale.x0, xOf(scale, series.t[i] as number)));
    const min = series.freeMin[i] as number;
    const max = series.freeMax[i] as number;
    const filled = series.filled[i] as number;
    x[i] = at;
    yFree[i] = yOf(min);
    yMost[i] = yOf(max);
    yTop[i] = yOf(max + filled);
    // Before the first fill nothing is there, which is not the same as dry.
    yAway[i] = yOf(max + filled + (series.held[i] as number));
    const isDry = seen && !sampled && min === 0 && filled + (series.held[i] as number) > 0;
    if (isDry && dryFrom < 0) dryFrom = at;
    else if (!isDry && dryFrom >= 0) {
      dry.push({ x0: dryFrom, x1: Math.max(at, dryFrom + 2) });
      dryFrom = -1;
    }
  }
  if (dryFrom >= 0) dry.push({ x0: dryFrom, x1: Math.max(scale.x1, dryFrom + 2) });
  return {
    box,
    scale,
    title: group === null ? 'No group' : `Group ${isTold(group.bgid) ? group.bgid : '?'}`,
    subtitle: group === null ? '' : subtitleOf(group),
    yTicks: [
      {
        y: yOf(buffers / 2),
        // In a low track it would stand in the subtitle.
        label: group === null || buffers < 2 || box.height < 80 * k ? '' : Math.round(buffers / 2).toLocaleString('en-US'),
        dry: false,
        line: true,
      },
      { y: floorY, label: group === null ? '' : '0', dry: dry.length > 0, line: false },
    ],
    length: n,
    x,
    yFree,
    yMost,
    yTop,
    seen,
    sampled,
    yAway,
    xEnd: scale.x1,
    dry,
    ...enobufsOf(picture, scale, floorY, k),
    floorY,
  };
}

/** The gutter is narrow. */
function subtitleOf({ buffers, seen, sizeTold }: NonNullable<Picture['group']>): string {
  const n = buffers.toLocaleString('en-US');
  if (buffers === 0) return 'no bid yet';
  if (!seen) return sizeTold ? `${n} buffers` : `≥ ${n}${buffers < 100 ? ' bids' : ''}`;
  return `${buffers < 1000 ? 'free of' : 'of'} ${n}`;
}

function enobufsOf(picture: Picture, scale: TimeScale, floorY: CssPixels, k: number): Pick<GroupGeometry, 'enobufs' | 'enobufsLabel'> {
  const { enobufs } = picture;
  const points: GroupGeometry['enobufs'] = [];
  let total = 0;
  for (let i = 0; i < enobufs.length; i++) {
    const count = enobufs.count[i] as number;
    total += count;
    const x = xOf(scale, enobufs.t[i] as number);
    points.push({ x, lane: enobufs.lane[i] as number, count, room: Number.POSITIVE_INFINITY });
  }
  // Those of one moment (one batch ended several lanes) share a diamond.
  for (let i = 0, j = 0; i < points.length; i = j) {
    const here = (points[i] as { x: CssPixels }).x;
    while (j < points.length && (points[j] as { x: CssPixels }).x - here < 1) j++;
    const next = points[j];
    if (next === undefined) break;
    for (let n = i; n < j; n++) (points[n] as { room: CssPixels }).room = Math.min((points[n] as { room: CssPixels }).room, next.x - here);
    for (let n = j; n < points.length && (points[n] as { x: CssPixels }).x - next.x < 1; n++)
      (points[n] as { room: CssPixels }).room = next.x - here;
  }
  const last = points.at(-1);
  if (last === undefined) return { enobufs: points, enobufsLabel: null };
  const text = `ENOBUFS ×${total.toLocaleString('en-US')}, group empty`;
  const fits = scale.x1 - last.x > 180 * k;
  const y = floorY + 17 * k;
  return {
    enobufs: points,
    enobufsLabel: fits ? { x: last.x + 10 * k, y, align: 'left', text } : { x: scale.x1 - 8 * k, y, align: 'right', text },
  };
}

/** The step that holds at x, or -1 before the first. */
export function stepAt(g: GroupGeometry, x: CssPixels): number {
  let i = -1;
  while (i + 1 < g.length && (g.x[i + 1] as number) <= x) i++;
  return i;
}

/** What the chart says at the pointer, in words, or null. */
export function hitGroup(g: GroupGeometry, picture: Picture, x: CssPixels, y: CssPixels): string | null {
  if (y < g.box.y || y > g.floorY + 8) return null;
  const near = g.enobufs.find((e) => Math.abs(e.x - x) <= 6 && Math.abs(y - g.floorY) <= 9);
  if (near !== undefined) return `ENOBUFS${near.count > 1 ? ` ×${near.count}` : ''}: the group was empty, the request ended`;
  const i = stepAt(g, x);
  if (i < 0) return null;
  const { series } = picture;
  if (!g.seen) {
    return `${series.filled[i]} filled, ${series.held[i]} with the app and not seen to come back\navailable: not observable from outside`;
  }
  const min = series.freeMin[i] as number;
  const max = series.freeMax[i] as number;
  const atLeast = g.sampled ? 'at least ' : '';
  const free = min === max ? `${atLeast}${min} available` : `${atLeast}${min} to ${max} available`;
  const filled = series.filled[i] as number;
  const next = i + 1 < g.length ? (series.t[i + 1] as number) : tOf(g.scale, g.xEnd);
  return `${free}, ${filled > 0 ? `${filled} filled, ` : ''}${g.sampled ? 'at most ' : ''}${series.held[i]} held by the app\nfor ${formatSpan(Math.max(0, next - (series.t[i] as number)))}`;
}
