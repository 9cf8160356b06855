import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { diamond } from '../../canvas/glyphs.ts';
import { patternOf } from '../../canvas/patterns.ts';
import { drawText } from '../../canvas/text.ts';
import type { CssPixels } from '../../canvas/units.ts';
import { DIAMOND_ROOM, type GroupGeometry } from './layout.ts';

type Ctx = CanvasRenderingContext2D;

/** Adds a step line to the path, forward or back. */
function steps(ctx: Ctx, g: GroupGeometry, y: Float64Array, back: boolean): void {
  if (!back) {
    for (let i = 0; i < g.length; i++) {
      ctx.lineTo(g.x[i] as number, y[i] as number);
      ctx.lineTo(i + 1 < g.length ? (g.x[i + 1] as number) : g.xEnd, y[i] as number);
    }
    return;
  }
  for (let i = g.length - 1; i >= 0; i--) {
    ctx.lineTo(i + 1 < g.length ? (g.x[i + 1] as number) : g.xEnd, y[i] as number);
    ctx.lineTo(g.x[i] as number, y[i] as number);
  }
}

function area(ctx: Ctx, g: GroupGeometry, upper: Float64Array | CssPixels, lower: Float64Array | CssPixels): void {
  const from = g.x[0] as number;
  ctx.beginPath();
  if (typeof upper === 'number') {
    ctx.moveTo(from, upper);
    ctx.lineTo(g.xEnd, upper);
  } else {
    ctx.moveTo(from, upper[0] as number);
    steps(ctx, g, upper, false);
  }
  if (typeof lower === 'number') {
    ctx.lineTo(g.xEnd, lower);
    ctx.lineTo(from, lower);
  } else steps(ctx, g, lower, true);
  ctx.closePath();
  ctx.fill();
}

function line(ctx: Ctx, g: GroupGeometry, y: Float64Array): void {
  ctx.beginPath();
  ctx.moveTo(g.x[0] as number, y[0] as number);
  steps(ctx, g, y, false);
  ctx.stroke();
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
  ctx.fillStyle = patternOf(ctx, theme, 'heldArea');
  area(ctx, g, g.box.y, g.yTop);
  ctx.fillStyle = colour.data;
  area(ctx, g, g.yTop, g.yMost);
  // Several values in one pixel: now available, now not.
  ctx.globalAlpha = 0.4;
  ctx.fillStyle = patternOf(ctx, theme, 'heldArea');
  area(ctx, g, g.yMost, g.yFree);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour.availWash;
  area(ctx, g, g.yMost, g.floorY);
  ctx.lineJoin = 'round';
  ctx.strokeStyle = colour.ink2;
  ctx.lineWidth = 0.8;
  line(ctx, g, g.yMost);
  ctx.strokeStyle = colour.ink0;
  ctx.lineWidth = 1.4;
  line(ctx, g, g.yFree);
  ctx.fillStyle = colour.end;
  for (const { x0, x1 } of g.dry) ctx.fillRect(x0, g.floorY - 1.5, x1 - x0, 4);
  const label = { font: theme.ui, fill: colour.ink1, halo: colour.bg0 };
  const labelX = g.box.x + 13 * k;
  drawText(ctx, 'Held by the app', labelX, g.box.y + 17 * k, label);
  drawText(ctx, 'Available to the kernel', labelX, g.floorY - 12 * k, label);
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
