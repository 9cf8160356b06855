/**
 * The marks of DESIGN section 3, one function each: every view draws them through these, so that a mark looks the same
 * everywhere. Geometry as in the mock's drawing kit.
 */
import type { CanvasTheme } from './canvas-theme.ts';
import type { CssPixels } from './units.ts';

type Ctx = CanvasRenderingContext2D;

/** Poll arm: a pin. Inferred: hollow head, dashed stem. */
export function armPin(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y0: CssPixels, y1: CssPixels, inferred: boolean): void {
  const r = 3.6;
  ctx.strokeStyle = colour.arm;
  ctx.beginPath();
  if (inferred) {
    ctx.lineWidth = 1.8;
    ctx.setLineDash([3, 2.5]);
    ctx.moveTo(x, y0 + r);
    ctx.lineTo(x, y1);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x, y0, r - 0.4, 0, Math.PI * 2);
    ctx.fillStyle = colour.bg0;
    ctx.fill();
    ctx.stroke();
    return;
  }
  ctx.lineWidth = 2;
  ctx.moveTo(x, y0);
  ctx.lineTo(x, y1);
  ctx.stroke();
  ctx.beginPath();
  ctx.arc(x, y0, r, 0, Math.PI * 2);
  ctx.fillStyle = colour.arm;
  ctx.fill();
}

/** Wake: a triangle under the bar. */
export function wakeTriangle(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y: CssPixels, k: CssPixels, inferred: boolean): void {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + k, y + k * 1.5);
  ctx.lineTo(x - k, y + k * 1.5);
  ctx.closePath();
  if (inferred) {
    ctx.strokeStyle = colour.ink0;
    ctx.lineWidth = 1;
    ctx.stroke();
  } else {
    ctx.fillStyle = colour.ink0;
    ctx.fill();
  }
}

/** Submit: a hollow triangle pointing along time. */
export function submitTriangle(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y: CssPixels, k: CssPixels): void {
  ctx.beginPath();
  ctx.moveTo(x - k * 0.7, y - k);
  ctx.lineTo(x + k * 0.8, y);
  ctx.lineTo(x - k * 0.7, y + k);
  ctx.closePath();
  ctx.fillStyle = colour.bg0;
  ctx.fill();
  ctx.strokeStyle = colour.ink0;
  ctx.lineWidth = 1.5;
  ctx.lineJoin = 'round';
  ctx.stroke();
}

/** ENOBUFS: a diamond with an ink outline (red alone is weak for protanopes). */
export function diamond(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y: CssPixels, k: CssPixels): void {
  ctx.beginPath();
  ctx.moveTo(x, y - k);
  ctx.lineTo(x + k, y);
  ctx.lineTo(x, y + k);
  ctx.lineTo(x - k, y);
  ctx.closePath();
  ctx.fillStyle = colour.end;
  ctx.fill();
  ctx.strokeStyle = colour.ink0;
  ctx.lineWidth = 1.1;
  ctx.lineJoin = 'miter';
  ctx.stroke();
}

/** Heads of an end, by its cause. `y` is the top of the cap. */
export const endHeads = {
  enobufs(ctx: Ctx, theme: CanvasTheme, x: CssPixels, y: CssPixels): void {
    diamond(ctx, theme, x, y + 4, 4.6);
  },
  canceled(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y: CssPixels): void {
    ctx.fillStyle = colour.bg0;
    ctx.fillRect(x - 4.2, y, 8.4, 8.4);
    ctx.strokeStyle = colour.end;
    ctx.lineWidth = 2;
    ctx.strokeRect(x - 4.2, y, 8.4, 8.4);
  },
  reset(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y: CssPixels): void {
    ctx.beginPath();
    ctx.moveTo(x - 4.5, y);
    ctx.lineTo(x + 4.5, y + 9);
    ctx.moveTo(x + 4.5, y);
    ctx.lineTo(x - 4.5, y + 9);
    ctx.strokeStyle = colour.end;
    ctx.lineWidth = 2.4;
    ctx.stroke();
  },
  eof(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y: CssPixels): void {
    ctx.fillStyle = colour.ink0;
    ctx.fillRect(x - 4, y, 8, 4);
  },
  /** The request ended with data (a bundle that emptied the group): an ink cap without a head; its CQE stands beside it. */
  data(): void {},
  other(ctx: Ctx, { colour }: CanvasTheme, x: CssPixels, y: CssPixels): void {
    ctx.fillStyle = colour.end;
    ctx.fillRect(x - 4.5, y, 9, 3.4);
  },
} as const;
