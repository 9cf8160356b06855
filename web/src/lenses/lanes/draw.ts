import type { TerminateCause } from '../../../../shared/model/terminate-cause.ts';
import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import { armPin, endHeads, submitTriangle, wakeTriangle } from '../../canvas/glyphs.ts';
import { patternOf } from '../../canvas/patterns.ts';
import { drawText } from '../../canvas/text.ts';
import { HEAD_ROOM, type LaneGeometry, type LanesGeometry } from './geometry.ts';

type Ctx = CanvasRenderingContext2D;

const headOf: Record<TerminateCause, keyof typeof endHeads> = {
  enobufs: 'enobufs',
  eof: 'eof',
  canceled: 'canceled',
  reset: 'reset',
  overflow: 'other',
  data: 'data',
  error: 'other',
};

function drawBars(ctx: Ctx, lane: LaneGeometry, { colour }: CanvasTheme): void {
  ctx.fillStyle = colour.data;
  const bandY = Math.round(lane.bandY);
  let opacity = 1;
  for (const bar of lane.bars) {
    if (bar.ambiguous) continue;
    if (bar.opacity !== opacity) {
      opacity = bar.opacity;
      ctx.globalAlpha = opacity;
    }
    // Columns of whole pixels need no smoothing, and there may be thousands of them.
    if (bar.merged) ctx.fillRect(Math.round(bar.x), Math.round(bandY - bar.height), 1, Math.round(bar.height));
    else ctx.fillRect(bar.x - bar.width / 2, lane.bandY - bar.height, bar.width, bar.height);
  }
  ctx.globalAlpha = 1;
  drawAmbiguous(ctx, lane, colour.data);
  // A bundle: one bar, parted into the buffers that it covers.
  ctx.fillStyle = colour.bg0;
  for (const bar of lane.bars) {
    if (bar.cells < 2 || bar.cells > 12 || bar.opacity < 1) continue;
    for (let c = 1; c < bar.cells; c++) ctx.fillRect(bar.x - bar.width / 2, lane.bandY - (bar.height * c) / bar.cells, bar.width, 1);
  }
}

/** Bars of which it is not certain whose they are: hollow. */
function drawAmbiguous(ctx: Ctx, lane: LaneGeometry, stroke: string): void {
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1;
  for (const bar of lane.bars) {
    if (!bar.ambiguous) continue;
    const width = Math.max(1, bar.width);
    ctx.strokeRect(bar.x - width / 2, lane.bandY - bar.height + 0.5, width, bar.height - 0.5);
  }
}

/** A question mark over the marks of which it is not certain whose they are, as far as there is room. */
function drawQuestions(ctx: Ctx, lane: LaneGeometry, theme: CanvasTheme): void {
  let from = Number.NEGATIVE_INFINITY;
  for (const { x, ambiguous } of lane.bars) {
    if (!ambiguous || x - 5 < from) continue;
    from = x + 5;
    drawText(ctx, '?', x, lane.y + 12 * theme.k, {
      font: theme.uiStrong,
      fill: theme.colour.ink0,
      align: 'center',
      halo: theme.colour.bg0,
    });
  }
}

/** Armed or not, nothing was seen of it since events were lost. */
function drawUncertain(ctx: Ctx, lane: LaneGeometry, theme: CanvasTheme): void {
  const last = [lane.bands.at(-1), lane.gaps.at(-1)].sort((a, b) => (b?.x1 ?? 0) - (a?.x1 ?? 0))[0];
  if (last === undefined) return;
  ctx.fillStyle = patternOf(ctx, theme, 'lost');
  ctx.fillRect(last.x0, lane.bandY, last.x1 - last.x0, lane.bandHeight);
}

function drawBand(ctx: Ctx, lane: LaneGeometry, x0: number, theme: CanvasTheme): void {
  const { colour } = theme;
  const bottom = lane.bandY + lane.bandHeight;
  ctx.fillStyle = colour.armBand;
  for (const b of lane.bands) ctx.fillRect(b.x0, lane.bandY, b.x1 - b.x0, lane.bandHeight);
  for (const inferred of [false, true]) {
    ctx.fillStyle = inferred ? patternOf(ctx, theme, 'armDash') : colour.arm;
    for (const b of lane.bands) if ((b.inferred || lane.uncertain) === inferred) ctx.fillRect(b.x0, bottom - 2, b.x1 - b.x0, 2);
  }
  if (lane.gaps.length > 0) {
    ctx.fillStyle = patternOf(ctx, theme, 'gap');
    for (const g of lane.gaps) ctx.fillRect(g.x0, lane.bandY, g.x1 - g.x0, lane.bandHeight);
  }
  if (lane.uncertain) drawUncertain(ctx, lane, theme);
  if (lane.ghosts.length > 0) {
    ctx.strokeStyle = colour.line2;
    ctx.lineWidth = 1.2;
    ctx.setLineDash([1, 4]);
    ctx.beginPath();
    for (const g of lane.ghosts) {
      ctx.moveTo(g.x0, lane.bandY + lane.bandHeight / 2);
      ctx.lineTo(g.x1, lane.bandY + lane.bandHeight / 2);
    }
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (lane.armedBefore) {
    const y = lane.bandY + lane.bandHeight / 2;
    ctx.beginPath();
    ctx.moveTo(x0, y);
    ctx.lineTo(x0 + 6, y - 4);
    ctx.lineTo(x0 + 6, y + 4);
    ctx.closePath();
    ctx.fillStyle = colour.arm;
    ctx.fill();
  }
}

function drawEnds(ctx: Ctx, lane: LaneGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  const bottom = lane.bandY + lane.bandHeight;
  for (const error of [false, true]) {
    ctx.fillStyle = error ? colour.end : colour.ink0;
    for (const end of lane.ends) {
      if (end.error !== error) continue;
      // Side by side, caps leave a little of the background between them, so that they stay countable.
      const width = Math.min(3.2, Math.max(0.8, end.room * 0.6));
      ctx.fillRect(end.x - width / 2, lane.top, width, bottom - lane.top);
    }
  }
  for (const end of lane.ends) if (end.room >= HEAD_ROOM) endHeads[headOf[end.cause]](ctx, theme, end.x, lane.top);
  for (const end of lane.ends) {
    if (end.label !== '')
      drawText(ctx, end.label, end.x + 8, lane.top + 9 * k, {
        font: theme.ui,
        fill: end.error ? colour.endT : colour.ink1,
        halo: colour.bg0,
      });
  }
}

/** Arms and submits too close for their glyphs: ticks, in one path each. */
function drawTicks(ctx: Ctx, lane: LaneGeometry, { colour }: CanvasTheme): void {
  ctx.fillStyle = colour.arm;
  for (const a of lane.arms) if (a.room < HEAD_ROOM) ctx.fillRect(a.x - 0.5, lane.top, 1, 5);
  ctx.fillStyle = colour.ink0;
  for (const s of lane.submits) if (s.room < HEAD_ROOM) ctx.fillRect(s.x - 0.5, lane.bandY + lane.bandHeight / 2 - 2, 1, 4);
}

function drawLane(ctx: Ctx, lane: LaneGeometry, x0: number, theme: CanvasTheme): void {
  const { colour, k } = theme;
  drawBand(ctx, lane, x0, theme);
  const wakeSize = Math.min(3.6, Math.max(2.4, lane.height * 0.06));
  for (const w of lane.wakes) wakeTriangle(ctx, theme, w.x, lane.bandY + lane.bandHeight + 1.5, wakeSize, w.hollow);
  drawBars(ctx, lane, theme);
  ctx.strokeStyle = colour.data;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  for (const b of lane.bridges) {
    ctx.moveTo(b.x0, b.y);
    ctx.lineTo(b.x1, b.y);
  }
  ctx.stroke();
  for (const a of lane.arms)
    if (a.room >= HEAD_ROOM) armPin(ctx, theme, a.x, lane.top, lane.bandY + lane.bandHeight, a.inferred || a.ambiguous);
  for (const s of lane.submits)
    if (s.room >= HEAD_ROOM) submitTriangle(ctx, theme, s.x, lane.bandY + lane.bandHeight / 2, Math.max(4, lane.bandHeight * 0.4));
  drawEnds(ctx, lane, theme);
  drawQuestions(ctx, lane, theme);
  drawTicks(ctx, lane, theme);
  for (const g of lane.gaps) {
    if (g.label !== '')
      drawText(ctx, g.label, (g.x0 + g.x1) / 2, lane.bandY - 6, { font: theme.ui, fill: colour.endT, align: 'center', halo: colour.bg0 });
  }
  if (lane.quiet !== '') drawText(ctx, lane.quiet, x0 + 10 * k, lane.bandY - 7, { font: theme.ui, fill: colour.ink1, halo: colour.bg0 });
}

export function drawLanes(ctx: Ctx, g: LanesGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, g.box.y, g.box.x + g.box.width + 18 * k, g.box.height);
  ctx.clip();
  for (const lane of g.lanes) {
    ctx.fillStyle = colour.line;
    ctx.fillRect(0, Math.round(lane.y), g.box.x + g.box.width + 18 * k, 1);
    const middle = lane.y + lane.height / 2;
    drawText(ctx, lane.uncertain ? `${lane.title} ?` : lane.title, 12 * k, middle - 1, {
      font: theme.uiStrong,
      fill: lane.open ? colour.ink0 : colour.ink2,
    });
    drawText(ctx, lane.subtitle, 12 * k, middle + 14 * k, { font: theme.mono, fill: colour.ink2 });
  }
  // Heads of marks may stand a little outside of the plot, fans may not.
  ctx.beginPath();
  ctx.rect(g.scale.x0 - 6, g.box.y, g.scale.x1 - g.scale.x0 + 14, g.box.height);
  ctx.clip();
  for (const lane of g.lanes) drawLane(ctx, lane, g.scale.x0, theme);
  ctx.restore();
}
