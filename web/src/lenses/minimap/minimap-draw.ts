/** The minimap: the whole kept trace in one strip, and the window in it. Pure: geometry in, marks out. */
import type { Note } from '../../../../shared/trace-file/note.ts';
import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { patternOf } from '../../canvas/patterns.ts';
import { drawText, textWidth } from '../../canvas/text.ts';
import { formatSpan, formatTick, stepFor } from '../../canvas/time-text.ts';
import { type CssPixels, type TimeScale, xOf } from '../../canvas/units.ts';
import type { FilterHits } from '../../feed/feed.ts';
import type { Overview } from '../../feed/overview.ts';

type Ctx = CanvasRenderingContext2D;

/** Side by side with the plots: the same left edge (time-layout.ts). */
export const minimapScale = ({ t0, t1 }: Overview, width: CssPixels, k: number): TimeScale => ({
  t0,
  t1: Math.max(t1, t0 + 1),
  x0: 76 * k,
  x1: Math.max(76 * k + 40, width - 18 * k),
});

export interface MinimapMarks {
  overview: Overview;
  hits: FilterHits | null;
  notes: readonly Note[];
  /** The window of the plots, ns. */
  window: { t0: number; t1: number } | null;
}

/** Where the window stands; at least as wide as can be taken hold of. */
export function frameOf(scale: TimeScale, window: { t0: number; t1: number }): { x0: CssPixels; x1: CssPixels } {
  const x0 = Math.min(scale.x1 - 4, Math.max(scale.x0, xOf(scale, window.t0)));
  const x1 = Math.min(scale.x1, Math.max(xOf(scale, window.t1), x0 + 4));
  return { x0, x1: Math.max(x1, x0 + 4) };
}

/** Rows of the strip, from the top: times and notes, CQEs, available buffers. */
interface Rows {
  textY: CssPixels;
  cqeTop: CssPixels;
  cqeBottom: CssPixels;
  freeTop: CssPixels;
  freeBottom: CssPixels;
}

/** Without a group whose free buffers are known, CQEs have all of the room. */
function rowsOf(height: CssPixels, k: number, hasFree: boolean): Rows {
  const cqeTop = 17 * k;
  const freeBottom = height - 6 * k;
  if (!hasFree) return { textY: 12 * k, cqeTop, cqeBottom: freeBottom, freeTop: freeBottom, freeBottom };
  const middle = cqeTop + (freeBottom - cqeTop) * 0.46;
  return { textY: 12 * k, cqeTop, cqeBottom: middle - 1, freeTop: middle + 1, freeBottom };
}

/** Times of the trace, and how much of it the window shows. */
function drawTimes(ctx: Ctx, scale: TimeScale, { textY }: Rows, window: MinimapMarks['window'], theme: CanvasTheme): void {
  const { colour, k } = theme;
  const span = scale.t1 - scale.t0;
  let taken = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  if (window !== null) {
    const label = `${formatSpan(window.t1 - window.t0)} of ${formatSpan(span)}`;
    const width = textWidth(ctx, theme, theme.uiStrong, label);
    const { x0, x1 } = frameOf(scale, window);
    const x = Math.max(scale.x0, Math.min(scale.x1 - width, (x0 + x1 - width) / 2));
    drawText(ctx, label, x, textY, { font: theme.uiStrong, fill: colour.ink0 });
    taken = { from: x - 8 * k, to: x + width + 8 * k };
  }
  const step = stepFor(span / Math.max(1, scale.x1 - scale.x0), 96 * k);
  for (let t = Math.ceil(scale.t0 / step) * step; t <= scale.t1; t += step) {
    const x = xOf(scale, t);
    const label = t === 0 ? '0' : formatTick(t, step).slice(1);
    const half = textWidth(ctx, theme, theme.ui, label) / 2;
    if (x + half > scale.x1 || x - half < scale.x0 - 12 * k || (x + half > taken.from && x - half < taken.to)) continue;
    drawText(ctx, label, x, textY, { font: theme.ui, fill: colour.ink2, align: 'center' });
  }
}

/** The upper edge of bins as one line; a bin that is not known has none. */
function traceEdge(ctx: Ctx, x0: CssPixels, step: CssPixels, values: ArrayLike<number>, yOf: (n: number) => CssPixels): void {
  let pen = false;
  for (let i = 0; i < values.length; i++) {
    const n = values[i] as number;
    if (n < 0) {
      pen = false;
      continue;
    }
    if (pen) ctx.lineTo(x0 + i * step, yOf(n));
    else ctx.moveTo(x0 + i * step, yOf(n));
    ctx.lineTo(x0 + (i + 1) * step, yOf(n));
    pen = true;
  }
}

function drawBands(ctx: Ctx, scale: TimeScale, { overview }: MinimapMarks, rows: Rows, theme: CanvasTheme): void {
  const { colour, k } = theme;
  const { x0, x1 } = scale;
  const bins = overview.cqes.length;
  const step = (x1 - x0) / bins;
  ctx.fillStyle = colour.bg1;
  ctx.fillRect(x0, rows.cqeTop, x1 - x0, rows.freeBottom - rows.cqeTop);

  if (overview.knownFrom > overview.t0) {
    // The agent has it, and it was not looked at.
    ctx.fillStyle = colour.bg0;
    const end = xOf(scale, overview.knownFrom);
    ctx.fillRect(x0, rows.cqeTop, end - x0, rows.freeBottom - rows.cqeTop);
    if (end - x0 > 90 * k)
      drawText(ctx, 'not read yet', x0 + 6 * k, (rows.cqeTop + rows.freeBottom) / 2 + 4 * k, { font: theme.ui, fill: colour.ink2 });
  }
  const busiest = overview.cqes.reduce((m, n) => Math.max(m, n), 1);
  ctx.fillStyle = colour.data;
  for (let i = 0; i < bins; i++) {
    const n = overview.cqes[i] as number;
    if (n === 0) continue;
    const h = Math.max(1, (n / busiest) * (rows.cqeBottom - rows.cqeTop));
    ctx.fillRect(x0 + i * step, rows.cqeBottom - h, Math.max(1, step), h);
  }

  const most = overview.buffers > 0 ? overview.buffers : overview.freeMax.reduce((m, n) => Math.max(m, n), 1);
  const room = rows.freeBottom - rows.freeTop;
  const yOf = (n: number): CssPixels => rows.freeBottom - (n / most) * room;
  // Available buffers as in the group chart: the floor is what counts, so the least of each bin is drawn.
  for (let i = 0; i < bins; i++) {
    const free = overview.freeMin[i] as number;
    if (free < 0) continue;
    ctx.fillStyle = colour.held;
    ctx.globalAlpha = 0.45;
    ctx.fillRect(x0 + i * step, rows.freeTop, step + 0.5, yOf(free) - rows.freeTop);
    ctx.globalAlpha = 1;
  }
  ctx.strokeStyle = colour.ink0;
  ctx.lineWidth = 1;
  ctx.beginPath();
  traceEdge(ctx, x0, step, overview.freeMin, yOf);
  ctx.stroke();
  ctx.fillStyle = colour.end;
  ctx.beginPath();
  for (let i = 0; i < bins; i++) {
    if ((overview.errors[i] as number) === 0) continue;
    const x = x0 + (i + 0.5) * step;
    const r = 3.2 * k;
    ctx.moveTo(x, rows.freeBottom - r);
    ctx.lineTo(x + r, rows.freeBottom);
    ctx.lineTo(x, rows.freeBottom + r);
    ctx.lineTo(x - r, rows.freeBottom);
    ctx.closePath();
  }
  ctx.fill();
  ctx.fillStyle = patternOf(ctx, theme, 'lost');
  for (let i = 0; i < bins; i++)
    if (overview.lost[i] === 1) ctx.fillRect(x0 + i * step, rows.cqeTop, Math.max(2, step), rows.freeBottom - rows.cqeTop);

  const label = (text: string, top: CssPixels, bottom: CssPixels): void =>
    drawText(ctx, text, 12 * k, (top + bottom) / 2 + 4 * k, { font: theme.ui, fill: colour.ink1 });
  label('CQEs', rows.cqeTop, rows.cqeBottom);
  if (rows.freeTop < rows.freeBottom) label('Free', rows.freeTop, rows.freeBottom);
}

const scaleAndRows = ({ overview }: MinimapMarks, width: CssPixels, height: CssPixels, k: number) => ({
  scale: minimapScale(overview, width, k),
  rows: rowsOf(
    height,
    k,
    overview.freeMin.some((n) => n >= 0),
  ),
});

/** What does not depend on the window: bands, and where hits are. */
export function drawGround(ctx: Ctx, marks: MinimapMarks, width: CssPixels, height: CssPixels, theme: CanvasTheme): void {
  const { k } = theme;
  const { overview, hits } = marks;
  const { scale, rows } = scaleAndRows(marks, width, height, k);
  drawBands(ctx, scale, marks, rows, theme);
  if (hits === null) return;
  ctx.fillStyle = theme.colour.sel;
  const step = (scale.x1 - scale.x0) / overview.cqes.length;
  for (const t of hits.bins.t) ctx.fillRect(xOf(scale, t), rows.cqeTop - 4 * k, Math.max(1, step), 3 * k);
}

/** The window, over the ground: its frame, times and notes. */
export function drawOverGround(ctx: Ctx, marks: MinimapMarks, width: CssPixels, height: CssPixels, theme: CanvasTheme): void {
  const { colour, k } = theme;
  const { notes, window } = marks;
  const { scale, rows } = scaleAndRows(marks, width, height, k);
  const bands = rows.freeBottom - rows.cqeTop;
  if (window !== null) {
    const { x0, x1 } = frameOf(scale, window);
    ctx.globalAlpha = 0.5;
    ctx.fillStyle = colour.bg0;
    ctx.fillRect(scale.x0, rows.cqeTop, x0 - scale.x0, bands);
    ctx.fillRect(x1, rows.cqeTop, scale.x1 - x1, bands);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colour.sel;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(Math.round(x0) + 0.5, rows.cqeTop - 0.5, Math.max(3, Math.round(x1 - x0) - 1), bands + 1);
  }
  drawTimes(ctx, scale, rows, window, theme);
  ctx.fillStyle = colour.sel;
  for (const note of notes) {
    const x = xOf(scale, note.t);
    ctx.fillRect(x - 0.75, rows.cqeTop, 1.5, bands);
    ctx.fillRect(x - 3 * k, rows.cqeTop - 3 * k, 6 * k, note.kind === 'bookmark' ? 6 * k : 3 * k);
  }
}
