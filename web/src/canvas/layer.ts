/** What stands still under what moves: painted into an image of its own, and copied as long as nothing it shows has changed. */
import type { CanvasTheme } from './canvas-theme.ts';
import { offscreen } from './offscreen.ts';
import type { CssPixels } from './units.ts';

type Ctx = CanvasRenderingContext2D;

export interface Layer {
  /** `shows`: all that `paint` reads besides theme and size; compared by identity. */
  draw(ctx: Ctx, theme: CanvasTheme, width: CssPixels, height: CssPixels, shows: readonly unknown[], paint: (ctx: Ctx) => void): void;
}

export function createLayer(): Layer {
  let image: OffscreenCanvas | null = null;
  let painted: readonly unknown[] = [];
  return {
    draw(ctx, theme, width, height, shows, paint) {
      const scale = ctx.getTransform().a;
      const now = [theme.revision, scale, width, height, ...shows];
      if (image === null || now.some((value, i) => !Object.is(value, painted[i]))) {
        const off = offscreen(Math.ceil(width * scale), Math.ceil(height * scale), scale);
        if (off === null) {
          paint(ctx);
          return;
        }
        paint(off.ctx);
        image = off.canvas;
        painted = now;
      }
      ctx.drawImage(image, 0, 0, image.width / scale, image.height / scale);
    },
  };
}
