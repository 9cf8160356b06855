/** Ticks of the shared time axis: they stand still, counted back from the right edge, while the data moves under them. */
import { formatClock, formatTick, stepFor } from '../../canvas/time-text.ts';
import { type Box, type CssPixels, type TimeScale, xOf } from '../../canvas/units.ts';
import type { HitMarks } from '../../feed/picture.ts';

export interface AxisGeometry {
  /** Text baseline. */
  textY: CssPixels;
  gridTop: CssPixels;
  gridBottom: CssPixels;
  ticks: { x: CssPixels; label: string; align: CanvasTextAlign }[];
  /** The right edge. */
  edgeX: CssPixels;
}

export function layoutAxis(scale: TimeScale, atNow: boolean, box: Box, gridBottom: CssPixels, k: number): AxisGeometry {
  const span = scale.t1 - scale.t0;
  const step = stepFor(span / Math.max(1, scale.x1 - scale.x0), 84 * k);
  const ticks: AxisGeometry['ticks'] = [];
  const edgeLabel = atNow ? 'now' : formatClock(scale.t1);
  // The clock at the right edge is wider than "now": the tick beside it gives way.
  const edgeRoom = (atNow ? 44 : 128) * k;
  for (let n = Math.floor(span / step + 1e-9); n >= 1; n--) {
    const x = xOf(scale, scale.t1 - n * step);
    ticks.push({ x, label: scale.x1 - x < edgeRoom ? '' : formatTick(-n * step, step), align: 'center' });
  }
  ticks.push({ x: scale.x1, label: edgeLabel, align: 'right' });
  return { textY: box.y + box.height - 7 * k, gridTop: box.y + box.height, gridBottom, ticks, edgeX: scale.x1 };
}

/** Hits of the filter: ticks that hang from the axis, over the tracks. */
export interface HitGeometry {
  x: CssPixels[];
  y: CssPixels;
  height: CssPixels;
}

export function layoutHits(hits: HitMarks | null, scale: TimeScale, box: Box, k: number): HitGeometry {
  const x = hits === null ? [] : Array.from(hits.t, (t) => xOf(scale, t));
  return { x, y: box.y + box.height, height: 7 * k };
}
