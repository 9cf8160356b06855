/** The minimap over the plots: where the window is in all that is kept, and the way to anywhere else. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { type CanvasHandle, CanvasView } from '../../canvas/CanvasView.tsx';
import { type CanvasTheme, canvasTheme } from '../../canvas/canvas-theme.ts';
import { createLayer } from '../../canvas/layer.ts';
import { formatClock, formatSpan } from '../../canvas/time-text.ts';
import { tOf } from '../../canvas/units.ts';
import type { ViewDriver } from '../../canvas/view-driver.ts';
import css from './Minimap.module.css';
import { drawGround, drawOverGround, frameOf, minimapScale } from './minimap-draw.ts';

type Grip = 'move' | 'left' | 'right';
/** How near to an edge of the window takes hold of it. */
const EDGE = 5;
/** Of the window, with an arrow key. */
const KEY_STEP = 0.25;

export function Minimap({ driver }: { driver: ViewDriver }) {
  const { feed, clock } = driver;
  const canvas = useRef<CanvasHandle>(null);
  const strip = useRef<HTMLDivElement>(null);
  const [ground] = useState(createLayer);

  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, width: number, height: number, theme: CanvasTheme) => {
      const overview = feed.overview.get();
      if (overview === null) return;
      const picture = feed.picture.get();
      const window = picture === null ? null : { t0: picture.t0, t1: picture.t1 };
      const hits = feed.hits.get();
      const marks = { overview, hits, notes: feed.notes.get(), window };
      ground.draw(ctx, theme, width, height, [overview, hits], (under) => drawGround(under, marks, width, height, theme));
      drawOverGround(ctx, marks, width, height, theme);
    },
    [feed, ground],
  );

  useEffect(() => {
    const element = strip.current as HTMLDivElement;
    const say = (): void => {
      canvas.current?.request();
      const picture = feed.picture.get();
      if (picture === null) return;
      element.setAttribute('aria-valuemin', String(Math.round(picture.oldest / 1e6)));
      element.setAttribute('aria-valuemax', String(Math.round(picture.now / 1e6)));
      element.setAttribute('aria-valuenow', String(Math.round(picture.t1 / 1e6)));
      element.setAttribute('aria-valuetext', `${formatSpan(picture.t1 - picture.t0)} up to ${formatClock(picture.t1)}`);
    };
    const ends = [feed.subscribe(say), feed.overview.subscribe(say), feed.hits.subscribe(say), feed.notes.subscribe(say)];
    return () => {
      for (const end of ends) end();
    };
  }, [feed]);

  useEffect(() => {
    const element = strip.current as HTMLDivElement;
    let grip: { kind: Grip; t: number; t0: number; t1: number } | null = null;
    const scale = () => {
      const overview = feed.overview.get();
      return overview === null ? null : minimapScale(overview, element.clientWidth, canvasTheme().k);
    };
    const at = (e: PointerEvent): number => e.clientX - element.getBoundingClientRect().left;
    const down = (e: PointerEvent): void => {
      const s = scale();
      const picture = feed.picture.get();
      if (s === null || picture === null || e.button !== 0) return;
      const x = at(e);
      const { x0, x1 } = frameOf(s, picture);
      const isWide = x1 - x0 > 4 * EDGE;
      let { t0, t1 } = picture;
      let kind: Grip = 'move';
      if (isWide && Math.abs(x - x0) <= EDGE) kind = 'left';
      else if (isWide && Math.abs(x - x1) <= EDGE) kind = 'right';
      else if (x < x0 || x > x1) {
        // Somewhere else: the window goes there, its middle under the pointer, and may be moved on.
        const half = (t1 - t0) / 2;
        const t = tOf(s, x);
        [t0, t1] = [t - half, t + half];
        clock.seek(t1);
      }
      grip = { kind, t: tOf(s, x), t0, t1 };
      element.setPointerCapture(e.pointerId);
    };
    const move = (e: PointerEvent): void => {
      const s = scale();
      if (s === null) return;
      const x = at(e);
      if (grip === null) {
        const picture = feed.picture.get();
        const frame = picture === null ? null : frameOf(s, picture);
        const isEdge = frame !== null && frame.x1 - frame.x0 > 4 * EDGE && Math.min(Math.abs(x - frame.x0), Math.abs(x - frame.x1)) <= EDGE;
        element.style.cursor = isEdge ? 'ew-resize' : 'pointer';
        return;
      }
      const by = tOf(s, x) - grip.t;
      if (grip.kind === 'move') clock.seek(grip.t1 + by);
      else if (grip.kind === 'left') clock.show(Math.min(grip.t0 + by, grip.t1 - 1e3), grip.t1);
      else clock.show(grip.t0, Math.max(grip.t1 + by, grip.t0 + 1e3));
    };
    const up = (): void => {
      grip = null;
    };
    const key = (e: KeyboardEvent): void => {
      const picture = feed.picture.get();
      if (picture === null) return;
      const moves = new Map<string, () => void>([
        ['ArrowLeft', () => clock.pan(-KEY_STEP)],
        ['ArrowRight', () => clock.pan(KEY_STEP)],
        ['PageUp', () => clock.pan(-1)],
        ['PageDown', () => clock.pan(1)],
        ['Home', () => clock.seek(picture.oldest + (picture.t1 - picture.t0))],
        ['End', () => clock.seek(picture.now)],
      ]);
      const go = moves.get(e.key);
      if (go === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      go();
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    element.addEventListener('keydown', key);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
      element.removeEventListener('keydown', key);
    };
  }, [feed, clock]);

  return (
    <div ref={strip} className={css.strip} role="slider" tabIndex={0} aria-label="Moment in the whole trace" aria-valuenow={0}>
      <CanvasView ref={canvas} draw={draw} />
    </div>
  );
}
