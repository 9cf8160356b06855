import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { drawText } from '../../canvas/text.ts';
import type { AxisGeometry, HitGeometry } from './layout.ts';

/** Grid lines and labels; drawn first, under all tracks. */
export function drawAxis(ctx: CanvasRenderingContext2D, g: AxisGeometry, theme: CanvasTheme): void {
  ctx.fillStyle = theme.colour.line;
  for (const { x } of g.ticks) ctx.fillRect(Math.round(x), g.gridTop, 1, g.gridBottom - g.gridTop);
  for (const { x, label, align } of g.ticks) {
    if (label !== '') drawText(ctx, label, align === 'right' ? x - 2 : x, g.textY, { font: theme.ui, fill: theme.colour.ink2, align });
  }
}

/** Ticks of three pixels, over the grid: the user's own, so violet. */
export function drawHits(ctx: CanvasRenderingContext2D, { x, y, height }: HitGeometry, theme: CanvasTheme): void {
  ctx.fillStyle = theme.colour.sel;
  for (const at of x) ctx.fillRect(Math.round(at) - 1.5, y, 3, height);
}

/** The line of the right edge; drawn over all tracks. */
export function drawEdge(ctx: CanvasRenderingContext2D, g: AxisGeometry, theme: CanvasTheme): void {
  ctx.fillStyle = theme.colour.ink0;
  ctx.fillRect(g.edgeX - 0.6, g.gridTop - 4, 1.2, g.gridBottom - g.gridTop + 4);
}
