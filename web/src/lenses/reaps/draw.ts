import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { drawText } from '../../canvas/text.ts';
import type { ReapsGeometry } from './layout.ts';

export function drawReaps(ctx: CanvasRenderingContext2D, g: ReapsGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  drawText(ctx, g.label, 12 * k, g.y + 4 * k, { font: theme.ui, fill: colour.ink2 });
  ctx.fillStyle = colour.line2;
  ctx.fillRect(g.x0, g.y - 0.5, g.x1 - g.x0, 1);
  if (g.waits) {
    drawWaits(ctx, g, colour.held);
    return;
  }
  ctx.fillStyle = colour.held;
  let from = Number.NaN;
  let to = Number.NaN;
  // Ticks that touch are one rectangle.
  for (const { x } of g.ticks) {
    if (x - 1.1 > to || Number.isNaN(to)) {
      if (!Number.isNaN(from)) ctx.fillRect(from, g.y - 5, to - from, 10);
      from = x - 1.1;
    }
    to = x + 1.1;
  }
  if (!Number.isNaN(from)) ctx.fillRect(from, g.y - 5, to - from, 10);
}

/** Hollow: that everything was reaped by then follows from the wait, the reaping itself was not seen. */
function drawWaits(ctx: CanvasRenderingContext2D, g: ReapsGeometry, stroke: string): void {
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1;
  let last = Number.NEGATIVE_INFINITY;
  for (const { x } of g.ticks) {
    if (x - last < 1) continue;
    // In a crowd a line is all there is room for.
    if (x - last < 4) ctx.strokeRect(x, g.y - 4.5, 0, 9);
    else ctx.strokeRect(x - 1.5, g.y - 4.5, 3, 9);
    last = x;
  }
}
