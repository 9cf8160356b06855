/**
 * When the application took CQEs: one tick a reap batch, or a pixel of them. Of another process nobody tells that; there it is
 * when the application went to wait.
 */
import { type Box, type CssPixels, type TimeScale, xOf } from '../../canvas/units.ts';
import { isForeign, type Picture } from '../../feed/picture.ts';

export interface ReapsGeometry {
  box: Box;
  x0: CssPixels;
  x1: CssPixels;
  y: CssPixels;
  /** Ticks are waits of another process. */
  waits: boolean;
  label: string;
  ticks: { x: CssPixels; t: number; count: number }[];
}

export function layoutReaps(picture: Picture, scale: TimeScale, box: Box): ReapsGeometry {
  const { reaps } = picture;
  const waits = isForeign(picture);
  const ticks: ReapsGeometry['ticks'] = [];
  for (let i = 0; i < reaps.length; i++) {
    const t = reaps.t[i] as number;
    const x = xOf(scale, t);
    if (x >= scale.x0 && x <= scale.x1) ticks.push({ x, t, count: reaps.count[i] as number });
  }
  return { box, x0: scale.x0, x1: scale.x1, y: box.y + box.height / 2, waits, label: waits ? 'App waits' : 'App reaps', ticks };
}

/** The tick under the pointer, in words, or null. */
export function hitReaps(g: ReapsGeometry, x: CssPixels, y: CssPixels): string | null {
  if (y < g.box.y || y > g.box.y + g.box.height) return null;
  let best: ReapsGeometry['ticks'][number] | null = null;
  for (const tick of g.ticks) if (Math.abs(tick.x - x) <= 5 && (best === null || Math.abs(tick.x - x) < Math.abs(best.x - x))) best = tick;
  if (best === null) return null;
  if (g.waits) return waitWords(best.count);
  return `The app reaped ${best.count} ${best.count === 1 ? 'CQE' : 'CQEs'}`;
}

/** It waits only while fewer than that are in the CQ (io_uring/io_uring.c, io_cqring_wait). */
function waitWords(wanted: number): string {
  const left = wanted <= 1 ? 'all CQEs' : `all CQEs but at most ${wanted - 1}`;
  const head =
    wanted < 1
      ? 'The app entered the kernel and waited for no CQE'
      : `The app went to wait for ${wanted === 1 ? 'a CQE' : `${wanted} CQEs`}`;
  return wanted < 1 ? head : `${head}:\n${left} had been reaped by then (when, is not observable)`;
}
