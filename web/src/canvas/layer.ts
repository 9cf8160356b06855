/** What stands still under what moves: painted into an image of its own, and copied as long as nothing it shows has changed. */
import type { CanvasTheme } from './canvas-theme.ts';
import type { CssPixels } from './units.ts';

type Ctx = CanvasRenderingContext2D;

export interface Layer {
  /** `shows`: all that `paint` reads besides theme and size; compared by identity. */
  draw(ctx: Ctx, theme: CanvasTheme, width: CssPixels, height: CssPixels, shows: readonly unknown[], paint: (ctx: Ctx) => void): void;
}

export function createLayer(): Layer {
  let canvas: OffscreenCanvas | null = null;
  let painted: readonly unknown[] = [];
  return {
    draw(ctx, theme, width, height, shows, paint) {
      if (typeof OffscreenCanvas !== 'undefined') canvas ??= new OffscreenCanvas(1, 1);
      const off = canvas?.getContext('2d') ?? null;
      if (off === null) {
        // A recording context in tests.
        paint(ctx);
        return;
      }
      const scale = ctx.getTransform().a;
      const now = [theme.revision, scale, width, height, ...shows];
      if (now.length !== painted.length || now.some((value, i) => !Object.is(value, painted[i]))) {
        painted = now;
        off.canvas.width = Math.ceil(width * scale);
        off.canvas.height = Math.ceil(height * scale);
        off.setTransform(scale, 0, 0, scale, 0, 0);
        // What is painted with is the same in both kinds of context.
        paint(off as unknown as Ctx);
      }
      ctx.drawImage(off.canvas, 0, 0, off.canvas.width / scale, off.canvas.height / scale);
    },
  };
}
