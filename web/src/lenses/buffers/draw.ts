import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { patternOf } from '../../canvas/patterns.ts';
import { drawText } from '../../canvas/text.ts';
import type { CssPixels } from '../../canvas/units.ts';
import { drawCellGrid } from './cell-grid.ts';
import { type BuffersGeometry, type CellLook, cellLooks, type Group } from './layout.ts';
import { drawPixelGrid } from './pixel-grid.ts';

type Ctx = CanvasRenderingContext2D;

function rounded(ctx: Ctx, x: CssPixels, y: CssPixels, w: CssPixels, h: CssPixels, r: CssPixels): void {
  ctx.beginPath();
  ctx.roundRect(x, y, w, h, r);
}

function dashedCell(ctx: Ctx, stroke: string, x: CssPixels, y: CssPixels, w: CssPixels, h: CssPixels, r: CssPixels): void {
  rounded(ctx, x + 0.75, y + 0.75, w - 1.5, h - 1.5, r);
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1.5;
  ctx.setLineDash(w >= 14 ? [4, 2.5] : [2, 1.5]);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** One cell: hollow = available, solid = filled, striped = held, dashed = not seen to come back, with a corner = given back. */
export function drawCell(ctx: Ctx, theme: CanvasTheme, look: CellLook, x: CssPixels, y: CssPixels, w: CssPixels, h: CssPixels = w): void {
  const { colour } = theme;
  const r = Math.min(4, w * 0.14);
  switch (look) {
    case 'available':
      rounded(ctx, x + 0.75, y + 0.75, w - 1.5, h - 1.5, r);
      ctx.strokeStyle = colour.avail;
      ctx.lineWidth = 1.3;
      ctx.stroke();
      return;
    case 'filled':
      rounded(ctx, x, y, w, h, r);
      ctx.fillStyle = colour.data;
      ctx.fill();
      return;
    case 'held':
      rounded(ctx, x + 0.6, y + 0.6, w - 1.2, h - 1.2, r);
      ctx.fillStyle = patternOf(ctx, theme, 'heldCell');
      ctx.fill();
      ctx.strokeStyle = colour.held;
      ctx.lineWidth = 1.2;
      ctx.stroke();
      return;
    case 'away':
      dashedCell(ctx, colour.held, x, y, w, h, r);
      return;
    case 'back':
      dashedCell(ctx, colour.held, x, y, w, h, r);
      ctx.beginPath();
      ctx.moveTo(x + w, y + w * 0.36);
      ctx.lineTo(x + w, y + r);
      ctx.arcTo(x + w, y, x + w - r, y, r);
      ctx.lineTo(x + w * 0.64, y);
      ctx.closePath();
      ctx.fillStyle = colour.held;
      ctx.fill();
      return;
    case 'absent':
      ctx.fillStyle = colour.line2;
      ctx.fillRect(x + w / 2 - 1, y + h / 2 - 1, 2, 2);
      return;
    default:
      look satisfies never;
  }
}

function cellText(
  ctx: Ctx,
  theme: CanvasTheme,
  look: CellLook,
  bid: number,
  x: CssPixels,
  y: CssPixels,
  w: CssPixels,
  gauge: boolean,
): void {
  const { colour, k } = theme;
  const fill = {
    available: colour.ink1,
    filled: colour.onData,
    held: colour.onHeld,
    back: colour.heldT,
    away: colour.heldT,
    absent: colour.ink2,
  }[look];
  drawText(ctx, String(bid), x + w / 2, y + w / 2 + (gauge ? 2.4 : 4.2) * k, {
    font: theme.monoOf(12, look === 'available' ? 500 : 650),
    fill,
    align: 'center',
    ...(look === 'held' ? { halo: colour.heldFill } : {}),
  });
}

/** How much of the buffer the CQE filled. */
function drawGauge(ctx: Ctx, theme: CanvasTheme, look: CellLook, part: number, x: CssPixels, y: CssPixels, w: CssPixels): void {
  ctx.fillStyle = look === 'filled' ? theme.colour.onData : look === 'held' ? theme.colour.onHeld : theme.colour.data;
  ctx.globalAlpha = 0.28;
  ctx.fillRect(x + 4, y + w - 5.5, w - 8, 2.5);
  ctx.globalAlpha = 1;
  ctx.fillRect(x + 4, y + w - 5.5, (w - 8) * Math.min(1, part), 2.5);
}

function ring(ctx: Ctx, colour: string, x: CssPixels, y: CssPixels, w: CssPixels): void {
  rounded(ctx, x - 2.6, y - 2.6, w + 5.2, w + 5.2, Math.min(4, w * 0.14) + 2.5);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.6;
  ctx.stroke();
}

/** Given back twice: a second outline inside the cell; a cell too small for that is a full one, and larger than the others. */
export function drawTwice(ctx: Ctx, theme: CanvasTheme, x: CssPixels, y: CssPixels, w: CssPixels): void {
  if (w < 14) {
    const size = Math.max(5, w + 2);
    ctx.fillStyle = theme.colour.end;
    ctx.fillRect(x + (w - size) / 2, y + (w - size) / 2, size, size);
    return;
  }
  rounded(ctx, x + 3.2, y + 3.2, w - 6.4, w - 6.4, 2);
  ctx.strokeStyle = theme.colour.end;
  ctx.lineWidth = 1.8;
  ctx.stroke();
  rounded(ctx, x + 0.6, y + 0.6, w - 1.2, w - 1.2, Math.min(4, w * 0.14));
  ctx.stroke();
}

function drawBar(ctx: Ctx, g: BuffersGeometry, theme: CanvasTheme): void {
  for (const { look, x, width } of g.bar) {
    if (look === 'back') {
      ctx.strokeStyle = theme.colour.held;
      ctx.lineWidth = 1.5;
      ctx.setLineDash([4, 2.5]);
      rounded(ctx, x + 0.75, 0.75, Math.max(1, width - 1.5), g.barHeight - 1.5, 2);
      ctx.stroke();
      ctx.setLineDash([]);
      continue;
    }
    if (look === 'available') {
      ctx.fillStyle = theme.colour.availWash;
      ctx.fillRect(x, 0, width, g.barHeight);
      ctx.strokeStyle = theme.colour.avail;
      ctx.lineWidth = 1.3;
      ctx.strokeRect(x + 0.65, 0.65, Math.max(1, width - 1.3), g.barHeight - 1.3);
      continue;
    }
    drawCell(ctx, theme, look, x, 0, width, g.barHeight);
  }
}

const bounds: Partial<Record<CellLook, string>> = { available: '≥\u2009', held: '≤\u2009' };

function drawKeys(ctx: Ctx, g: BuffersGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  const y = g.barHeight + 12 * k;
  for (const { look, x, label } of g.keys) {
    drawCell(ctx, theme, look, x, y, 13 * k);
    const unknown = (look === 'filled' && g.filledUnknown) || (look === 'available' && g.freeUnknown);
    const value = unknown ? '–' : `${g.sampled ? (bounds[look] ?? '') : ''}${g.counts[look].toLocaleString('en-US')}`;
    // Large counts are set smaller, so that they end before the next one.
    const size = value.length <= 3 ? 18 : value.length <= 5 ? 15 : 13;
    drawText(ctx, value, x + (size === 18 ? 21 : 18) * k, y + 12.5 * k, {
      font: theme.uiStrong.replace(/[\d.]+px/, `${(size * k).toFixed(1)}px`),
      fill: colour.ink0,
    });
    drawText(ctx, label, x, y + 32 * k, { font: theme.ui, fill: colour.ink1 });
  }
}

export function drawBuffers(ctx: Ctx, g: BuffersGeometry, group: Group, theme: CanvasTheme, highlightBid: number): void {
  const { grid } = g;
  drawBar(ctx, g, theme);
  drawKeys(ctx, g, theme);
  if (group.buffers === 0) return;
  const place = (bid: number): [number, number] => [
    (bid % grid.columns) * grid.pitchX,
    grid.y + Math.floor(bid / grid.columns) * grid.pitchY,
  ];
  if (grid.form === 'pixels') drawPixelGrid(ctx, g, theme);
  else if (grid.form === 'labelled' || !drawCellGrid(ctx, g, theme, drawCell)) {
    for (let bid = 0; bid < g.looks.length; bid++) {
      const look = cellLooks[g.looks[bid] as number] as CellLook;
      const [x, y] = place(bid);
      drawCell(ctx, theme, look, x, y, grid.cell);
      if (grid.form === 'small') continue;
      const bytes = group.bytes[bid] as number;
      const gauge = grid.cell >= 22 && bytes > 0 && (look === 'filled' || look === 'held' || group.incremental) && group.bufferSize > 0;
      if (gauge) drawGauge(ctx, theme, look, bytes / Math.max(1, group.bufferSize), x, y, grid.cell);
      if (grid.cell >= 20) cellText(ctx, theme, look, bid, x, y, grid.cell, gauge);
    }
  }
  for (const bid of group.twice) if (bid < g.looks.length) drawTwice(ctx, theme, ...place(bid), grid.cell);
  const outline = (bid: number, colour: string): void => {
    if (bid < 0 || bid >= g.looks.length) return;
    const [x, y] = place(bid);
    ring(ctx, colour, x, y, grid.cell);
  };
  outline(group.nextPick, theme.colour.ink0);
  outline(highlightBid, theme.colour.sel);
}
