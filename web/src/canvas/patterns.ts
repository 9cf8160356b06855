/**
 * Fills that say a state by their form: held = diagonal stripes, not armed = red hatch, lost = grey cross hatch. Made once
 * for a theme, scale and kind of context.
 */
import type { CanvasTheme, ColourName } from './canvas-theme.ts';
import { offscreen } from './offscreen.ts';

export type PatternName = 'heldCell' | 'heldArea' | 'gap' | 'lost' | 'armDash' | 'heldDash';

interface Tile {
  size: number;
  paint(ctx: CanvasRenderingContext2D, theme: CanvasTheme, size: number): void;
}

/** Lines at 45°, seamless: `width` is measured across the line. */
function stripes(ctx: CanvasRenderingContext2D, size: number, width: number): void {
  ctx.lineWidth = width;
  ctx.beginPath();
  for (let o = -size; o <= size; o += size) {
    ctx.moveTo(o - 1, size + 1);
    ctx.lineTo(o + size + 1, -1);
  }
  ctx.stroke();
}

/** A ground with stripes on it. */
const hatched = (size: number, width: number, ground: ColourName, stripe: ColourName, groundAlpha = 1, stripeAlpha = 1): Tile => ({
  size,
  paint(ctx, { colour }, px) {
    ctx.fillStyle = colour[ground];
    ctx.globalAlpha = groundAlpha;
    ctx.fillRect(0, 0, px, px);
    ctx.strokeStyle = colour[stripe];
    ctx.globalAlpha = stripeAlpha;
    stripes(ctx, px, width);
  },
});

/** Dashes as a fill: over long bands they cost a tenth of a dashed stroke. */
const dashes = (name: ColourName): Tile => ({
  size: 8,
  paint(ctx, { colour }, px) {
    ctx.fillStyle = colour[name];
    ctx.fillRect(0, 0, 5, px);
  },
});

const tiles: Record<PatternName, Tile> = {
  heldCell: hatched(7, 2, 'heldFill', 'hatchHeld'),
  heldArea: hatched(10, 2, 'held', 'held', 0.42, 0.3),
  gap: hatched(8, 1.6, 'endWash', 'end', 1, 0.85),
  armDash: dashes('arm'),
  heldDash: dashes('held'),
  lost: {
    size: 6,
    paint(ctx, { colour }, size) {
      ctx.strokeStyle = colour.ink2;
      ctx.globalAlpha = 0.7;
      ctx.lineWidth = 0.8;
      ctx.beginPath();
      ctx.moveTo(0, 0);
      ctx.lineTo(size, size);
      ctx.moveTo(size, 0);
      ctx.lineTo(0, size);
      ctx.stroke();
    },
  },
};

let cache = new Map<string, CanvasPattern>();
let revision = -1;

/** The fill for this context; falls back to a plain colour where the context makes no patterns (a recording one in tests). */
export function patternOf(ctx: CanvasRenderingContext2D, theme: CanvasTheme, name: PatternName): CanvasPattern | string {
  const scale = ctx.getTransform().a || 1;
  if (theme.revision !== revision) {
    cache = new Map();
    revision = theme.revision;
  }
  const key = `${name} ${scale}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = makePattern(ctx, theme, tiles[name], scale);
  if (made !== null) cache.set(key, made);
  if (made !== null) return made;
  const plain = { heldCell: 'held', heldArea: 'held', gap: 'end', lost: 'ink2', armDash: 'arm', heldDash: 'held' } as const;
  return theme.colour[plain[name]];
}

/** Painted at device resolution, so that stripes are sharp. */
function makePattern(ctx: CanvasRenderingContext2D, theme: CanvasTheme, tile: Tile, scale: number): CanvasPattern | null {
  const size = Math.max(2, Math.round(tile.size * scale));
  const off = offscreen(size, size, size / tile.size);
  if (off === null) return null;
  tile.paint(off.ctx, theme, tile.size);
  const pattern = ctx.createPattern(off.canvas, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(tile.size / size, tile.size / size));
  return pattern;
}
