/** Text on the canvas, with a halo of the background where marks run behind it. */
import type { CanvasTheme } from './canvas-theme.ts';
import type { CssPixels } from './units.ts';

export interface TextStyle {
  font: string;
  fill: string;
  align?: CanvasTextAlign;
  /** Colour of the halo; without it there is none. */
  halo?: string;
}

export function drawText(ctx: CanvasRenderingContext2D, text: string, x: CssPixels, y: CssPixels, style: TextStyle): void {
  ctx.font = style.font;
  ctx.textAlign = style.align ?? 'left';
  ctx.textBaseline = 'alphabetic';
  if (style.halo !== undefined) {
    ctx.strokeStyle = style.halo;
    ctx.lineWidth = 3.5;
    ctx.lineJoin = 'round';
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = style.fill;
  ctx.fillText(text, x, y);
}

/** Width of a text, remembered: measuring is slow and the same labels come back every frame. */
const widths = new Map<string, CssPixels>();
let revision = -1;

export function textWidth(ctx: CanvasRenderingContext2D, theme: CanvasTheme, font: string, text: string): CssPixels {
  if (theme.revision !== revision || widths.size > 2000) {
    widths.clear();
    revision = theme.revision;
  }
  const key = `${font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    ctx.font = font;
    width = ctx.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}
