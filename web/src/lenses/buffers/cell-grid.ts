/**
 * Hundreds of small cells: each look is painted once, and its pixels are copied to where a cell has changed. A thousand rounded
 * outlines would take a frame.
 */
import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { offscreen } from '../../canvas/offscreen.ts';
import type { CssPixels } from '../../canvas/units.ts';
import { type BuffersGeometry, type CellLook, cellLooks, type GridGeometry } from './layout.ts';

type Ctx = CanvasRenderingContext2D;

export type PaintCell = (ctx: Ctx, theme: CanvasTheme, look: CellLook, x: CssPixels, y: CssPixels, size: CssPixels) => void;

/** Behind the last bid of the last row nothing is drawn. */
const EMPTY = cellLooks.length;
/** A look that no cell has: its pixels are not painted yet. */
const NONE = 255;

interface Surface {
  canvas: OffscreenCanvas;
  ctx: Ctx;
  image: ImageData;
  pixels: Uint32Array;
  /** Pixels of each look and of EMPTY, `side` × `side`. */
  tiles: Uint32Array[];
  side: number;
  /** Looks that the pixels show now. */
  shown: Uint8Array;
}

let surface: Surface | null = null;
let made = '';

function makeSurface({ columns, rows, pitchX, pitchY, cell }: GridGeometry, scale: number, theme: CanvasTheme, paint: PaintCell) {
  // A tile is less than the distance of two cells, so that none is painted over.
  const side = Math.max(1, Math.min(Math.floor(pitchX * scale), Math.floor(pitchY * scale), Math.ceil(cell * scale)));
  const whole = offscreen(Math.ceil(columns * pitchX * scale), Math.ceil(rows * pitchY * scale), 1);
  const tile = offscreen(side, side, scale, { readBack: true });
  if (whole === null || tile === null) return null;
  const tiles = cellLooks.map((look) => {
    tile.ctx.clearRect(0, 0, cell + 1, cell + 1);
    paint(tile.ctx, theme, look, 0, 0, cell);
    return new Uint32Array(tile.own.getImageData(0, 0, side, side).data.buffer);
  });
  tiles.push(new Uint32Array(side * side));
  const { canvas, ctx } = whole;
  const image = new ImageData(canvas.width, canvas.height);
  return { canvas, ctx, image, pixels: new Uint32Array(image.data.buffer), tiles, side, shown: new Uint8Array(columns * rows).fill(NONE) };
}

function copyTile({ pixels, image, side }: Surface, tile: Uint32Array, x: number, y: number): void {
  for (let row = 0; row < side; row++) pixels.set(tile.subarray(row * side, (row + 1) * side), (y + row) * image.width + x);
}

/** False where there are no images (a recording context in tests): cells are to be painted one by one. */
export function drawCellGrid(ctx: Ctx, { grid, looks }: BuffersGeometry, theme: CanvasTheme, paint: PaintCell): boolean {
  const scale = ctx.getTransform().a;
  const { columns, rows, pitchX, pitchY, cell, y } = grid;
  const key = `${theme.revision} ${scale} ${columns} ${rows} ${pitchX} ${pitchY} ${cell}`;
  if (surface === null || key !== made) {
    surface = makeSurface(grid, scale, theme, paint);
    made = key;
  }
  if (surface === null) return false;
  const { shown, tiles } = surface;
  for (let bid = 0; bid < shown.length; bid++) {
    const look = bid < looks.length ? (looks[bid] as number) : EMPTY;
    if (shown[bid] === look) continue;
    shown[bid] = look;
    const at = Math.round(Math.floor(bid / columns) * pitchY * scale);
    copyTile(surface, tiles[look] as Uint32Array, Math.round((bid % columns) * pitchX * scale), at);
  }
  surface.ctx.putImageData(surface.image, 0, 0);
  ctx.drawImage(surface.canvas, 0, Math.round(y * scale) / scale, surface.canvas.width / scale, surface.canvas.height / scale);
  return true;
}
