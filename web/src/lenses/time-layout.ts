/** Where the tracks of the time views stand: axis, group, lanes, app row, from top to bottom. */
import type { Box, CssPixels, Nanoseconds, TimeScale } from '../canvas/units.ts';

export interface TimeLayout {
  scale: TimeScale;
  axis: Box;
  group: Box;
  /** What of the lanes is in sight. */
  lanes: Box;
  laneHeight: CssPixels;
  /** y of lane 0; above the box when the lanes are scrolled. */
  lane0Y: CssPixels;
  /** First lane in sight with a fraction, inside what there is. */
  laneOffset: number;
  firstLane: number;
  laneCount: number;
  reaps: Box;
  /** Lower end of grid and edge line. */
  bottom: CssPixels;
  scrollbar: { y: CssPixels; height: CssPixels } | null;
}

export const MIN_LANE = 40;
export const MAX_LANE = 84;

export function layoutTime(
  width: CssPixels,
  height: CssPixels,
  k: number,
  t0: Nanoseconds,
  t1: Nanoseconds,
  lanes: number,
  offset: number,
): TimeLayout {
  const x0 = 76 * k;
  const x1 = Math.max(x0 + 40, width - 18 * k);
  const axisHeight = 30 * k;
  const groupY = axisHeight + 10 * k;
  // On a low screen the lanes need the room.
  const groupHeight = Math.max(72, Math.min(180 * k, height * (height < 480 * k ? 0.22 : 0.27)));
  const lanesY = groupY + groupHeight + 26 * k;
  const reapsHeight = 26 * k;
  const room = Math.max(MIN_LANE, height - lanesY - reapsHeight - 6);
  const laneHeight = Math.min(MAX_LANE * k, Math.max(MIN_LANE * k, lanes === 0 ? MAX_LANE * k : room / lanes));
  const lanesHeight = Math.min(room, laneHeight * lanes);
  const most = Math.max(0, lanes - lanesHeight / laneHeight);
  const laneOffset = Math.min(most, Math.max(0, offset));
  const firstLane = Math.floor(laneOffset);
  const reapsY = lanesY + lanesHeight;
  return {
    scale: { t0, t1, x0, x1 },
    axis: { x: x0, y: 0, width: x1 - x0, height: axisHeight },
    group: { x: x0, y: groupY, width: x1 - x0, height: groupHeight },
    lanes: { x: x0, y: lanesY, width: x1 - x0, height: lanesHeight },
    laneHeight,
    lane0Y: lanesY - laneOffset * laneHeight,
    laneOffset,
    firstLane,
    laneCount: Math.ceil(room / laneHeight) + 1,
    reaps: { x: x0, y: reapsY, width: x1 - x0, height: reapsHeight },
    bottom: reapsY + reapsHeight,
    scrollbar:
      most <= 0 ? null : { y: lanesY + (laneOffset / lanes) * lanesHeight, height: Math.max(12, (1 - most / lanes) * lanesHeight) },
  };
}
