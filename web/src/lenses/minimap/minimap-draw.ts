/** The minimap: the whole kept trace in one strip, and the window in it. Pure: geometry in, marks out. */
import type { Note } from '../../../../shared/trace-file/note.ts';
import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { patternOf } from '../../canvas/patterns.ts';
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

export function drawMinimap(
  ctx: Ctx,
  { overview, hits, notes, window }: MinimapMarks,
  width: CssPixels,
  height: CssPixels,
  theme: CanvasTheme,
): void {
  const { colour, k } = theme;
  const scale = minimapScale(overview, width, k);
  const top = 10 * k;
  const bottom = height - 4 * k;
  const room = bottom - top;
  ctx.fillStyle = colour.bg1;
  ctx.fillRect(scale.x0, top, scale.x1 - scale.x0, room);
  const bins = overview.cqes.length;
  const step = (scale.x1 - scale.x0) / bins;
  const most = overview.buffers > 0 ? overview.buffers : overview.freeMax.reduce((m, n) => Math.max(m, n), 1);
  // Available buffers as in the group chart: the floor is what counts, so the least of each bin is drawn.
  ctx.fillStyle = colour.availWash;
  for (let i = 0; i < bins; i++) {
    const free = overview.freeMin[i] as number;
    if (free > 0) ctx.fillRect(scale.x0 + i * step, bottom - (free / most) * room, step + 0.5, (free / most) * room);
  }
  const busiest = overview.cqes.reduce((m, n) => Math.max(m, n), 1);
  ctx.fillStyle = colour.data;
  for (let i = 0; i < bins; i++) {
    const n = overview.cqes[i] as number;
    if (n === 0) continue;
    const h = Math.max(1, (n / busiest) * room * 0.5);
    ctx.fillRect(scale.x0 + i * step, bottom - h, Math.max(1, step), h);
  }
  ctx.fillStyle = colour.end;
  for (let i = 0; i < bins; i++)
    if ((overview.errors[i] as number) > 0) ctx.fillRect(scale.x0 + i * step, top, Math.max(1, step), room * 0.4);
  ctx.fillStyle = patternOf(ctx, theme, 'lost');
  for (let i = 0; i < bins; i++) if (overview.lost[i] === 1) ctx.fillRect(scale.x0 + i * step, top, Math.max(2, step), room);
  ctx.fillStyle = colour.sel;
  if (hits !== null) {
    for (let i = 0; i < hits.bins.t.length; i++) ctx.fillRect(xOf(scale, hits.bins.t[i] as number), top - 4 * k, Math.max(1, step), 3 * k);
  }
  for (const note of notes) {
    const x = xOf(scale, note.t);
    ctx.fillRect(x - 1, 2 * k, 2, bottom - 2 * k);
    ctx.fillRect(x - 3 * k, 2 * k, 6 * k, note.kind === 'bookmark' ? 6 * k : 3 * k);
  }
  if (window === null) return;
  const { x0, x1 } = frameOf(scale, window);
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = colour.bg0;
  ctx.fillRect(scale.x0, top, x0 - scale.x0, room);
  ctx.fillRect(x1, top, scale.x1 - x1, room);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colour.ink0;
  ctx.lineWidth = 1;
  ctx.strokeRect(Math.round(x0) + 0.5, Math.round(top) + 0.5, Math.max(3, Math.round(x1 - x0) - 1), Math.round(room) - 1);
}
