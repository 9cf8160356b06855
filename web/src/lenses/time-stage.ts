/** What of the driver the time views show, at their size: the scene that is drawn, and the same geometry for the pointer. */
import { canvasTheme } from '../canvas/canvas-theme.ts';
import type { ViewDriver } from '../canvas/view-driver.ts';
import type { Picture } from '../feed/picture.ts';
import { prefersReducedMotion } from './reduced-motion.ts';
import { layoutTimeViews, type TimeGeometry, type TimeOptions } from './time-draw.ts';
import { layoutTime, type TimeLayout } from './time-layout.ts';
import type { TimeScene } from './time-paint.ts';

/** A CQE grows from its bar in 120 ms of wall time, where the picture is slow enough to see it. */
const GROW_MS = 120;

export interface TimeStage {
  resize(width: number, height: number): void;
  /** null = there is no picture, or no room for one. */
  layout(): TimeLayout | null;
  /** What the pointer is tested against; worked out when it is asked for. */
  geometry(): TimeGeometry | null;
  /** Also tells the driver which lanes are in sight, and keeps its first lane inside of what there is. */
  scene(): TimeScene | null;
}

export function createTimeStage(driver: ViewDriver): TimeStage {
  const { clock, feed } = driver;
  let width = 0;
  let height = 0;
  let kept: { key: readonly unknown[]; geometry: TimeGeometry } | null = null;

  const optionsOf = (picture: Picture): Omit<TimeOptions, 'k'> => {
    const { speed, playing, following, cursor } = clock.state.get();
    return {
      width,
      height,
      laneOffset: driver.laneOffset.get(),
      atNow: following || (cursor !== null && picture.now - cursor < (picture.t1 - picture.t0) / 500),
      growNs: playing && speed <= 0.01 && !prefersReducedMotion() ? GROW_MS * 1e6 * speed : 0,
    };
  };
  const shown = (): Picture | null => (width === 0 || height === 0 ? null : driver.picture.get());
  const layoutOf = ({ t0, t1, lanes }: Picture): TimeLayout =>
    layoutTime(width, height, canvasTheme().k, t0, t1, lanes.total, driver.laneOffset.get());

  return {
    resize(w, h) {
      width = w;
      height = h;
    },
    layout() {
      const picture = shown();
      return picture === null ? null : layoutOf(picture);
    },
    geometry() {
      const picture = shown();
      if (picture === null) return null;
      const { k } = canvasTheme();
      const key = [picture, width, height, k, driver.laneOffset.get()];
      if (kept === null || kept.key.some((part, i) => part !== key[i]))
        kept = { key, geometry: layoutTimeViews(picture, { ...optionsOf(picture), k }) };
      return kept.geometry;
    },
    scene() {
      const picture = shown();
      if (picture === null) return null;
      const { scale, laneOffset, firstLane, laneCount } = layoutOf(picture);
      if (picture.lanes.total > 0) driver.laneOffset.set(laneOffset);
      driver.setViewport({ width: Math.round(scale.x1 - scale.x0), firstLane, laneCount });
      return {
        picture,
        options: optionsOf(picture),
        ratio: window.devicePixelRatio || 1,
        notes: feed.notes.get(),
        selected: driver.selected.get(),
      };
    },
  };
}
