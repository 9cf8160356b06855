/** When the application took CQEs: one tick a reap batch, or a pixel of them. */
import { type Box, type CssPixels, type TimeScale, xOf } from '../../canvas/units.ts';
import type { PointMarks } from '../../feed/picture.ts';

export interface ReapsGeometry {
  box: Box;
  x0: CssPixels;
  x1: CssPixels;
  y: CssPixels;
  ticks: { x: CssPixels; t: number; count: number }[];
}

export function layoutReaps(reaps: PointMarks, scale: TimeScale, box: Box): ReapsGeometry {
  const ticks: ReapsGeometry['ticks'] = [];
  for (let i = 0; i < reaps.length; i++) {
    const t = reaps.t[i] as number;
    const x = xOf(scale, t);
    if (x >= scale.x0 && x <= scale.x1) ticks.push({ x, t, count: reaps.count[i] as number });
  }
  return { box, x0: scale.x0, x1: scale.x1, y: box.y + box.height / 2, ticks };
}

/** The tick under the pointer, in words, or null. */
export function hitReaps(g: ReapsGeometry, x: CssPixels, y: CssPixels): string | null {
  if (y < g.box.y || y > g.box.y + g.box.height) return null;
  let best: ReapsGeometry['ticks'][number] | null = null;
  for (const tick of g.ticks) if (Math.abs(tick.x - x) <= 5 && (best === null || Math.abs(tick.x - x) < Math.abs(best.x - x))) best = tick;
  if (best === null) return null;
  return `The app reaped ${best.count} ${best.count === 1 ? 'CQE' : 'CQEs'}`;
}
