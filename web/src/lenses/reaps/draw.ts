import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { drawText } from '../../canvas/text.ts';
import type { ReapsGeometry } from './layout.ts';

export function drawReaps(ctx: CanvasRenderingContext2D, g: ReapsGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  drawText(ctx, 'App reaps', 12 * k, g.y + 4 * k, { font: theme.ui, fill: colour.ink2 });
  ctx.fillStyle = colour.line2;
  ctx.fillRect(g.x0, g.y - 0.5, g.x1 - g.x0, 1);
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
