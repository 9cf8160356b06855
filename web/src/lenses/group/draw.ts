import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { diamond } from '../../canvas/glyphs.ts';
import { patternOf } from '../../canvas/patterns.ts';
import { drawText } from '../../canvas/text.ts';
import type { CssPixels } from '../../canvas/units.ts';
import { DIAMOND_ROOM, type GroupGeometry } from './layout.ts';

type Ctx = CanvasRenderingContext2D;

/**
 * Steps are drawn as rectangles on whole pixels: with one step a pixel, paths of a thousand corners would take most of a
 * frame.
 */
function eachStep(g: GroupGeometry, visit: (i: number, x0: CssPixels, x1: CssPixels) => void): void {
  let x0 = Math.round(g.x[0] as number);
  for (let i = 0; i < g.length; i++) {
    const x1 = Math.round(i + 1 < g.length ? (g.x[i + 1] as number) : g.xEnd);
    if (x1 > x0) visit(i, x0, x1);
    x0 = x1;
  }
}

function area(ctx: Ctx, g: GroupGeometry, upper: Float64Array | CssPixels, lower: Float64Array | CssPixels): void {
  const at = (y: Float64Array | CssPixels, i: number): CssPixels => (typeof y === 'number' ? y : (y[i] as number));
  let from = 0;
  let to = 0;
  let top = 0;
  let bottom = 0;
  const flush = (): void => {
    if (to > from && bottom > top) ctx.fillRect(from, top, to - from, bottom - top);
  };
  eachStep(g, (i, x0, x1) => {
    if (at(upper, i) !== top || at(lower, i) !== bottom || x0 !== to) {
      flush();
      from = x0;
      top = at(upper, i);
      bottom = at(lower, i);
    }
    to = x1;
  });
  flush();
}

function line(ctx: Ctx, g: GroupGeometry, y: Float64Array, width: CssPixels): void {
  let before = Number.NaN;
  eachStep(g, (i, x0, x1) => {
    const here = y[i] as number;
    ctx.fillRect(x0 - width / 2, here - width / 2, x1 - x0 + width, width);
    if (Math.abs(here - before) > width) ctx.fillRect(x0 - width / 2, Math.min(here, before), width, Math.abs(here - before));
    before = here;
  });
}

function gutter(ctx: Ctx, g: GroupGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  const left = 12 * k;
  drawText(ctx, g.title, left, g.box.y + 14 * k, { font: theme.uiStrong, fill: colour.ink0 });
  drawText(ctx, g.subtitle, left, g.box.y + 31 * k, { font: theme.ui, fill: colour.ink2 });
  for (const tick of g.yTicks) {
    if (tick.line) {
      ctx.fillStyle = colour.line;
      ctx.fillRect(g.box.x, Math.round(tick.y), g.box.width, 1);
    }
    drawText(ctx, tick.label, g.box.x - 8, tick.y + 4 * k, { font: theme.ui, fill: tick.dry ? colour.endT : colour.ink2, align: 'right' });
  }
}

export function drawGroup(ctx: Ctx, g: GroupGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  gutter(ctx, g, theme);
  if (g.length === 0) return;
  if (!g.seen) {
    drawUnseen(ctx, g, theme);
    return;
  }
  ctx.fillStyle = patternOf(ctx, theme, 'heldArea');
  area(ctx, g, g.box.y, g.yTop);
  ctx.fillStyle = colour.data;
  area(ctx, g, g.yTop, g.yMost);
  // Several values in one pixel: now available, now not. Without stripes, which would take the frame's time here.
  ctx.globalAlpha = 0.2;
  ctx.fillStyle = colour.held;
  area(ctx, g, g.yMost, g.yFree);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour.availWash;
  area(ctx, g, g.yMost, g.floorY);
  ctx.fillStyle = colour.ink2;
  line(ctx, g, g.yMost, 0.8);
  ctx.fillStyle = colour.ink0;
  line(ctx, g, g.yFree, 1.4);
  ctx.fillStyle = colour.end;
  for (const { x0, x1 } of g.dry) ctx.fillRect(x0, g.floorY - 1.5, x1 - x0, 4);
  const label = { font: theme.ui, fill: colour.ink1, halo: colour.bg0 };
  const labelX = g.box.x + 13 * k;
  drawText(ctx, g.sampled ? 'Held by the app, at most (sampled)' : 'Held by the app', labelX, g.box.y + 17 * k, label);
  drawText(ctx, g.sampled ? 'Available to the kernel, at least (sampled)' : 'Available to the kernel', labelX, g.floorY - 12 * k, label);
}

/** What CQEs tell: filled is solid; reaped and not seen to come back is a wash under a dashed line. Nothing else is drawn. */
function drawUnseen(ctx: Ctx, g: GroupGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  ctx.fillStyle = colour.heldWash;
  area(ctx, g, g.yAway, g.yTop);
  ctx.fillStyle = colour.data;
  area(ctx, g, g.yTop, g.floorY);
  ctx.fillStyle = patternOf(ctx, theme, 'heldDash');
  line(ctx, g, g.yAway, 1.6);
  ctx.fillStyle = colour.ink2;
  ctx.fillRect(g.box.x, g.floorY - 0.5, g.box.width, 1);
  const label = { font: theme.ui, fill: colour.ink1, halo: colour.bg0 };
  const labelX = g.box.x + 13 * k;
  drawText(ctx, 'With the app, not seen to come back (inferred)', labelX, g.box.y + 17 * k, label);
  drawText(ctx, 'Filled', labelX, g.floorY - 12 * k, label);
}

/** ENOBUFS: diamonds on the floor, and dotted lines down to the lanes that they ended. Drawn over the lanes. */
export function drawEnobufs(ctx: Ctx, g: GroupGeometry, theme: CanvasTheme, laneTop: (lane: number) => CssPixels | null): void {
  const { colour } = theme;
  ctx.strokeStyle = colour.end;
  ctx.lineWidth = 1;
  ctx.setLineDash([1, 3]);
  ctx.beginPath();
  for (const { x, lane, room } of g.enobufs) {
    const to = room < DIAMOND_ROOM ? null : laneTop(lane);
    if (to === null) continue;
    ctx.moveTo(x, g.floorY + 6);
    ctx.lineTo(x, to);
  }
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = colour.end;
  let ticked = Number.NEGATIVE_INFINITY;
  for (const { x, room } of g.enobufs) {
    if (room >= DIAMOND_ROOM || x - ticked < 0.5) continue;
    ticked = x;
    ctx.fillRect(x - Math.max(0.5, room * 0.3), g.floorY - 5, Math.max(1, room * 0.6), 10);
  }
  let drawn = Number.NEGATIVE_INFINITY;
  for (const { x, room } of g.enobufs) {
    if (room < DIAMOND_ROOM || x - drawn < 1) continue;
    drawn = x;
    diamond(ctx, theme, x, g.floorY, 5.2);
  }
  if (g.enobufsLabel !== null) {
    const { x, y, align, text } = g.enobufsLabel;
    drawText(ctx, text, x, y, { font: theme.uiStrong, fill: colour.endT, align, halo: colour.bg0 });
  }
}
