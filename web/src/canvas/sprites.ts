/**
 * Marks as small images: painted once for a theme, scale and size, then copied. Without a GPU a path with smooth edges costs
 * tens of microseconds, its copy one, and a picture has hundreds of marks.
 */
import type { CanvasTheme } from './canvas-theme.ts';
import { offscreen } from './offscreen.ts';
import type { CssPixels } from './units.ts';

type Ctx = CanvasRenderingContext2D;

/** How far a mark reaches from its place. */
export interface Reach {
  left: CssPixels;
  right: CssPixels;
  up: CssPixels;
  down: CssPixels;
}

export const around = (r: CssPixels): Reach => ({ left: r, right: r, up: r, down: r });

/** One sort of mark; `size` is whatever makes one of them different from another. */
export interface Mark {
  reach(size: CssPixels): Reach;
  /** Paints it with its place at x, y. */
  paint(ctx: Ctx, theme: CanvasTheme, x: CssPixels, y: CssPixels, size: CssPixels): void;
}

interface Sprite {
  image: ImageBitmap;
  /** From its left upper edge to its place, device pixels. */
  left: number;
  up: number;
}

/** Sizes of one mark at once; they change with the height of the window. */
const MOST_SIZES = 64;

let cache = new Map<Mark, Map<CssPixels, Sprite>>();
let cachedScale = 0;
let revision = -1;

function paintSprite(theme: CanvasTheme, scale: number, mark: Mark, size: CssPixels): Sprite | null {
  const reach = mark.reach(size);
  // One pixel on each side for smooth edges.
  const left = Math.ceil(reach.left * scale) + 1;
  const up = Math.ceil(reach.up * scale) + 1;
  const width = left + Math.ceil(reach.right * scale) + 1;
  const off = offscreen(width, up + Math.ceil(reach.down * scale) + 1, scale, { left, up });
  if (off === null) return null;
  mark.paint(off.ctx, theme, 0, 0, size);
  return { image: off.canvas.transferToImageBitmap(), left, up };
}

function spriteOf(theme: CanvasTheme, scale: number, mark: Mark, size: CssPixels): Sprite | null {
  if (theme.revision !== revision || scale !== cachedScale) {
    cache = new Map();
    revision = theme.revision;
    cachedScale = scale;
  }
  let sizes = cache.get(mark);
  if (sizes === undefined || sizes.size > MOST_SIZES) {
    sizes = new Map();
    cache.set(mark, sizes);
  }
  const known = sizes.get(size);
  if (known !== undefined) return known;
  const made = paintSprite(theme, scale, mark, size);
  if (made !== null) sizes.set(size, made);
  return made;
}

/**
 * Draws a mark at x, y, moved to the nearest whole device pixel. Where there are no images (a recording context in tests), it
 * is painted.
 */
export function drawMark(ctx: Ctx, theme: CanvasTheme, mark: Mark, x: CssPixels, y: CssPixels, size: CssPixels = 0): void {
  const { a: scale, e, f } = ctx.getTransform();
  const sprite = spriteOf(theme, scale, mark, size);
  if (sprite === null) {
    mark.paint(ctx, theme, x, y, size);
    return;
  }
  const { image, left, up } = sprite;
  const dx = (Math.round(x * scale + e) - left - e) / scale;
  const dy = (Math.round(y * scale + f) - up - f) / scale;
  ctx.drawImage(image, dx, dy, image.width / scale, image.height / scale);
}
