/** Thousands of bids: one pixel each in an image, blown up without smoothing. Filling 32,768 rectangles would take a frame. */
import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { type BuffersGeometry, cellLooks } from './layout.ts';

let surface: { canvas: OffscreenCanvas; ctx: OffscreenCanvasRenderingContext2D; image: ImageData } | null = null;
let palette: { revision: number; colours: Uint32Array } | null = null;

/** Colours of the looks as pixels: painted once and read back, so that any CSS colour will do. */
function paletteOf(theme: CanvasTheme): Uint32Array {
  if (palette?.revision === theme.revision) return palette.colours;
  const { colour } = theme;
  const css = {
    absent: 'transparent',
    available: colour.avail,
    filled: colour.data,
    held: colour.heldFill,
    back: colour.heldWash,
    away: colour.held,
  };
  const ctx = new OffscreenCanvas(cellLooks.length, 1).getContext('2d', { willReadFrequently: true });
  if (ctx === null) return new Uint32Array(cellLooks.length);
  cellLooks.forEach((look, i) => {
    // Available is what most of them are: kept quiet, so that the others show.
    ctx.globalAlpha = look === 'available' || look === 'away' ? 0.4 : 1;
    ctx.fillStyle = css[look];
    ctx.fillRect(i, 0, 1, 1);
  });
  palette = { revision: theme.revision, colours: new Uint32Array(ctx.getImageData(0, 0, cellLooks.length, 1).data.buffer) };
  return palette.colours;
}

export function drawPixelGrid(ctx: CanvasRenderingContext2D, g: BuffersGeometry, theme: CanvasTheme): void {
  const { columns, rows, pitchX, pitchY, y } = g.grid;
  if (surface === null || surface.image.width !== columns || surface.image.height !== rows) {
    const canvas = new OffscreenCanvas(columns, rows);
    const off = canvas.getContext('2d');
    if (off === null) return;
    surface = { canvas, ctx: off, image: new ImageData(columns, rows) };
  }
  const pixels = new Uint32Array(surface.image.data.buffer);
  const colours = paletteOf(theme);
  pixels.fill(0);
  for (let bid = 0; bid < g.looks.length; bid++) pixels[bid] = colours[g.looks[bid] as number] as number;
  surface.ctx.putImageData(surface.image, 0, 0);
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(surface.canvas, 0, y, columns * pitchX, rows * pitchY);
  ctx.imageSmoothingEnabled = true;
  // Where there is room, a hairline keeps the cells apart.
  if (pitchX < 3) return;
  ctx.fillStyle = theme.colour.bg1;
  for (let c = 1; c <= columns; c++) ctx.fillRect(c * pitchX - 1, y, 1, rows * pitchY);
  for (let r = 1; r <= rows; r++) ctx.fillRect(0, y + r * pitchY - 1, columns * pitchX, 1);
}
