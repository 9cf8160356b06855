/** The four tracks on one canvas, and what lies over them. Pure: geometry in, marks out. */
import { breakpointOf } from '../../../shared/schema/debug.ts';
import type { Note } from '../../../shared/trace-file/note.ts';
import type { CanvasTheme } from '../canvas/canvas-theme.ts';
import { patternOf } from '../canvas/patterns.ts';
import { drawText, textWidth } from '../canvas/text.ts';
import { type CssPixels, type TimeScale, xOf } from '../canvas/units.ts';
import type { Selected } from '../canvas/view-driver.ts';
import type { Picture } from '../feed/picture.ts';
import { axisLens } from './axis/index.ts';
import { type GroupGeometry, groupLens } from './group/index.ts';
import { type LanesGeometry, lanesLens } from './lanes/index.ts';
import { reapsLens } from './reaps/index.ts';
import { layoutTime, type TimeLayout } from './time-layout.ts';

type Ctx = CanvasRenderingContext2D;

export interface TimeGeometry {
  layout: TimeLayout;
  axis: ReturnType<typeof axisLens.layout>;
  hits: ReturnType<typeof axisLens.layoutHits>;
  group: GroupGeometry;
  lanes: LanesGeometry;
  reaps: ReturnType<typeof reapsLens.layout>;
  lost: { x0: CssPixels; x1: CssPixels; label: string }[];
  /** Stops of the reactor; `label`: the number of the breakpoint, or empty. */
  stops: { x: CssPixels; label: string }[];
}

export interface TimeOptions {
  width: CssPixels;
  height: CssPixels;
  k: number;
  laneOffset: number;
  /** The right edge is the newest moment. */
  atNow: boolean;
  growNs: number;
}

export function layoutTimeViews(picture: Picture, o: TimeOptions): TimeGeometry {
  const layout = layoutTime(o.width, o.height, o.k, picture.t0, picture.t1, picture.lanes.total, o.laneOffset);
  const { scale } = layout;
  return {
    layout,
    axis: axisLens.layout(scale, o.atNow, layout.axis, layout.bottom, o.k),
    hits: axisLens.layoutHits(picture.hits, scale, layout.axis, o.k),
    group: groupLens.layout(picture, scale, layout.group, o.k),
    lanes: lanesLens.layout(picture, scale, layout.lanes, {
      laneHeight: layout.laneHeight,
      lane0Y: layout.lane0Y,
      k: o.k,
      growNs: o.growNs,
    }),
    reaps: reapsLens.layout(picture, scale, layout.reaps),
    lost: layoutLost(picture, scale),
    stops: picture.stops.map(({ t, b }) => ({ x: Math.round(xOf(scale, t)), label: breakpointOf(b) === 0 ? '' : String(breakpointOf(b)) })),
  };
}

/** Spans with less than this between them are one: what lies between could not be seen. */
const APART: CssPixels = 2;

function layoutLost(picture: Picture, scale: TimeScale): TimeGeometry['lost'] {
  const spans: { x0: CssPixels; x1: CssPixels; count: number }[] = [];
  for (const { t0, t1, count } of picture.lost) {
    const x0 = Math.max(scale.x0, xOf(scale, t0));
    const x1 = Math.min(scale.x1, Math.max(xOf(scale, t1), x0 + 2));
    const last = spans.at(-1);
    if (last !== undefined && x0 - last.x1 < APART) {
      last.x1 = Math.max(last.x1, x1);
      last.count += count;
    } else spans.push({ x0, x1, count });
  }
  return spans.map(({ x0, x1, count }) => ({ x0, x1, label: count > 0 ? `${count.toLocaleString('en-US')} lost` : 'left out' }));
}

export function drawTimeViews(ctx: Ctx, g: TimeGeometry, theme: CanvasTheme): void {
  const { colour } = theme;
  const { layout } = g;
  axisLens.draw(ctx, g.axis, theme);
  lanesLens.draw(ctx, g.lanes, theme);
  ctx.fillStyle = colour.line;
  ctx.fillRect(0, Math.round(layout.reaps.y), layout.scale.x1 + 18 * theme.k, 1);
  reapsLens.draw(ctx, g.reaps, theme);
  groupLens.draw(ctx, g.group, theme);
  const { y, height } = layout.lanes;
  groupLens.drawEnobufs(ctx, g.group, theme, (lane) => {
    const top = layout.lane0Y + lane * layout.laneHeight + 8;
    return lane < 0 || top < y || top > y + height ? null : top;
  });
  drawLost(ctx, g, theme);
  drawStops(ctx, g, theme);
  axisLens.drawEdge(ctx, g.axis, theme);
  axisLens.drawHits(ctx, g.hits, theme);
  if (layout.scrollbar !== null) {
    ctx.fillStyle = colour.line2;
    ctx.fillRect(layout.scale.x1 + 10 * theme.k, layout.scrollbar.y, 4, layout.scrollbar.height);
  }
}

/** Lost or left out: unknown, which is neither quiet nor a gap. Over all tracks. */
function drawLost(ctx: Ctx, { lost, layout }: TimeGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  const top = layout.group.y;
  const height = layout.bottom - top;
  for (const { x0, x1 } of lost) {
    ctx.globalAlpha = 0.82;
    ctx.fillStyle = colour.bg0;
    ctx.fillRect(x0, top, x1 - x0, height);
    ctx.globalAlpha = 1;
    ctx.fillStyle = patternOf(ctx, theme, 'lost');
    ctx.fillRect(x0, top, x1 - x0, height);
    if (x1 - x0 < 6) continue;
    ctx.fillStyle = colour.ink2;
    ctx.fillRect(x0, top, 1, height);
    ctx.fillRect(x1 - 1, top, 1, height);
  }
  // Spans that are wide enough are labelled, at least the widest.
  const widest = lost.reduce((w, span) => Math.max(w, span.x1 - span.x0), 0);
  let labelFrom = Number.NEGATIVE_INFINITY;
  for (const { x0, x1, label } of lost) {
    const half = textWidth(ctx, theme, theme.uiStrong, label) / 2;
    if (x1 - x0 < Math.min(widest, 2 * half)) continue;
    const x = Math.min(layout.scale.x1 - half - 4, Math.max(layout.scale.x0 + half + 4, (x0 + x1) / 2));
    if (x - half < labelFrom) continue;
    labelFrom = x + half + 8;
    drawText(ctx, label, x, top + height / 2 + 4 * k, { font: theme.uiStrong, fill: colour.ink0, align: 'center', halo: colour.bg0 });
  }
}

/** A violet flag on the axis for each stop of the reactor, with the number of its breakpoint. */
function drawStops(ctx: Ctx, { stops, layout }: TimeGeometry, theme: CanvasTheme): void {
  const { colour, k } = theme;
  // Below the times of the axis.
  const top = layout.axis.height - 3 * k;
  ctx.fillStyle = colour.sel;
  for (const { x, label } of stops) {
    const wide = (label === '' ? 8 : 9 + 7 * label.length) * k;
    // Flags hang to the side where there is room.
    const left = x + wide > layout.scale.x1 ? x - wide : x;
    ctx.fillRect(x, top, 1.5, 20 * k);
    ctx.fillRect(left, top, wide, 13 * k);
    if (label === '') continue;
    drawText(ctx, label, left + wide / 2, top + 10.5 * k, { font: theme.uiStrong, fill: colour.bg0, align: 'center' });
    ctx.fillStyle = colour.sel;
  }
}

/** The hairline of the pointer through all tracks, with its time. */
export function drawHairline(ctx: Ctx, { layout }: TimeGeometry, theme: CanvasTheme, x: CssPixels, label: string): void {
  const { colour, k } = theme;
  ctx.fillStyle = colour.ink2;
  ctx.fillRect(Math.round(x), layout.axis.height - 4, 1, layout.bottom - layout.axis.height + 4);
  const half = textWidth(ctx, theme, theme.ui, label) / 2 + 5;
  const at = Math.min(layout.scale.x1 - half, Math.max(layout.scale.x0 + half, x));
  ctx.fillStyle = colour.bg3;
  ctx.fillRect(at - half, 5 * k, half * 2, 19 * k);
  drawText(ctx, label, at, 19 * k, { font: theme.ui, fill: colour.ink0, align: 'center' });
}

/** Where the trace ends: the agent went, or (`normal`, so not red) the process has ended. */
export function drawEndLine(ctx: Ctx, { layout }: TimeGeometry, theme: CanvasTheme, x: CssPixels, words: string, normal: boolean): void {
  const { colour, k } = theme;
  ctx.fillStyle = normal ? colour.ink0 : colour.end;
  ctx.fillRect(x - 1, layout.axis.height - 4, 2, layout.bottom - layout.axis.height + 4);
  drawText(ctx, words, x - 8 * k, layout.lanes.y - 9 * k, {
    font: theme.uiStrong,
    fill: normal ? colour.ink0 : colour.endT,
    align: 'right',
    halo: colour.bg0,
  });
}

/** Bookmarks (numbered squares) and notes (pins) on the axis, with a line through all tracks. */
export function drawNotes(ctx: Ctx, { layout }: TimeGeometry, theme: CanvasTheme, notes: readonly Note[]): void {
  const { colour, k } = theme;
  const { scale } = layout;
  let bookmark = 0;
  for (const { t, kind } of notes) {
    if (kind === 'bookmark') bookmark++;
    if (t < scale.t0 || t > scale.t1) continue;
    const x = Math.round(xOf(scale, t));
    const top = layout.axis.height - 12 * k;
    ctx.fillStyle = colour.sel;
    ctx.globalAlpha = 0.6;
    ctx.fillRect(x, top, 1, layout.bottom - top);
    ctx.globalAlpha = 1;
    if (kind === 'note') {
      ctx.beginPath();
      ctx.arc(x + 0.5, top, 4 * k, 0, Math.PI * 2);
      ctx.fill();
      continue;
    }
    ctx.fillRect(x - 7 * k, top - 7 * k, 14 * k, 14 * k);
    drawText(ctx, String(bookmark), x, top + 4 * k, { font: theme.uiStrong, fill: colour.bg0, align: 'center' });
  }
}

/** The selected event: a line through all tracks, and a ring around its place in its lane. */
export function drawSelected(ctx: Ctx, { layout, lanes }: TimeGeometry, theme: CanvasTheme, { t, slot }: Selected): void {
  const { colour, k } = theme;
  const { scale } = layout;
  if (t < scale.t0 || t > scale.t1) return;
  const x = Math.round(xOf(scale, t));
  ctx.strokeStyle = colour.sel;
  ctx.lineWidth = 1.5 * k;
  ctx.setLineDash([4 * k, 3 * k]);
  ctx.beginPath();
  ctx.moveTo(x + 0.5, layout.axis.height - 4 * k);
  ctx.lineTo(x + 0.5, layout.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
  const lane = lanes.lanes.find((l) => l.slot === slot);
  if (lane === undefined) return;
  ctx.strokeRect(x - 4 * k, lane.top - 2 * k, 9 * k, lane.bandY + lane.bandHeight - lane.top + 4 * k);
}
