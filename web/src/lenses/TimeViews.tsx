/** Axis, group, lanes and reaps: what happened, on one canvas and one x axis, with the pointer's hairline over it. */
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import { bidOf } from '../../../shared/schema/uapi.ts';
import { type CanvasHandle, CanvasView } from '../canvas/CanvasView.tsx';
import type { CanvasTheme } from '../canvas/canvas-theme.ts';
import { formatClock, formatSpan } from '../canvas/time-text.ts';
import { tOf, xOf } from '../canvas/units.ts';
import type { ViewDriver } from '../canvas/view-driver.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { EventLooks } from '../feed/inspection.ts';
import { createHover } from '../interact/hover.ts';
import { createPanZoom } from '../interact/pan-zoom.ts';
import { createPick } from '../interact/pick.ts';
import { groupLens } from './group/index.ts';
import { lanesLens } from './lanes/index.ts';
import { looksOfMark } from './lanes/mark-looks.ts';
import { reapsLens } from './reaps/index.ts';
import { prefersReducedMotion } from './reduced-motion.ts';
import css from './TimeViews.module.css';
import { drawEndLine, drawHairline, drawNotes, drawSelected, drawTimeViews, layoutTimeViews, type TimeGeometry } from './time-draw.ts';
import tipCss from './tip.module.css';

const hasEnded = ({ stopped, session }: FeedStatus): boolean => stopped !== null && session !== null && session.source !== 'live';

/** A CQE grows from its bar in 120 ms of wall time, where the picture is slow enough to see it. */
const GROW_MS = 120;

/** What was clicked: a lane, and the mark there as an event would look. */
export interface Picked {
  slot: number;
  looks: EventLooks | null;
}

export interface TimeViewsProps {
  driver: ViewDriver;
  onPick: (picked: Picked) => void;
}

export function TimeViews({ driver, onPick }: TimeViewsProps) {
  const { clock, feed } = driver;
  const area = useRef<HTMLDivElement>(null);
  const base = useRef<CanvasHandle>(null);
  const overlay = useRef<CanvasHandle>(null);
  const tip = useRef<HTMLDivElement>(null);
  const geometry = useRef<TimeGeometry | null>(null);
  const pointer = useRef<{ x: number; y: number } | null>(null);
  const connection = useSyncExternalStore(feed.status.subscribe, () => feed.status.get().connection);
  const gone = connection.state === 'gone';
  /** Another process has ended: nothing comes after this moment, and all before it is as it was. */
  const ended = useSyncExternalStore(feed.status.subscribe, () => hasEnded(feed.status.get()));

  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, width: number, height: number, theme: CanvasTheme) => {
      const picture = driver.picture.get();
      if (picture === null) return;
      const { speed, playing, following, cursor } = clock.state.get();
      const atNow = following || (cursor !== null && picture.now - cursor < (picture.t1 - picture.t0) / 500);
      const growNs = playing && speed <= 0.01 && !prefersReducedMotion() ? GROW_MS * 1e6 * speed : 0;
      const g = layoutTimeViews(picture, { width, height, k: theme.k, laneOffset: driver.laneOffset.get(), atNow, growNs });
      geometry.current = g;
      drawTimeViews(ctx, g, theme);
      drawNotes(ctx, g, theme, feed.notes.get());
      const selected = driver.selected.get();
      if (selected !== null) drawSelected(ctx, g, theme, selected);
      if (g.layout.laneOffset !== driver.laneOffset.get() && picture.lanes.total > 0) driver.laneOffset.set(g.layout.laneOffset);
      driver.setViewport({
        width: Math.round(g.layout.scale.x1 - g.layout.scale.x0),
        firstLane: g.layout.firstLane,
        laneCount: g.layout.laneCount,
      });
    },
    [driver, clock, feed],
  );

  const drawOver = useCallback(
    (ctx: CanvasRenderingContext2D, width: number, height: number, theme: CanvasTheme) => {
      const g = geometry.current;
      const picture = driver.picture.get();
      const element = tip.current;
      if (element === null) return;
      const at = pointer.current;
      // A layer with nothing on it still costs the page a blend each frame.
      if (overlay.current !== null) overlay.current.element.style.visibility = at === null && !gone && !ended ? 'hidden' : 'visible';
      if (g !== null && picture !== null && (gone || ended)) {
        const words =
          connection.state === 'gone'
            ? `agent gone ${formatSpan(Math.max(0, Math.floor((Date.now() - connection.sinceWallMs) / 1000) * 1e9))} ago`
            : 'trace ended';
        const x = xOf(g.layout.scale, picture.now);
        if (x <= g.layout.scale.x1 + 1) drawEndLine(ctx, g, theme, x, words, !gone);
      }
      const { scale } = g?.layout ?? { scale: null };
      if (g === null || picture === null || at === null || scale === null || at.x < scale.x0 || at.x > scale.x1) {
        element.hidden = true;
        if (driver.highlight.get() !== null) driver.highlight.set(null);
        return;
      }
      const lane = lanesLens.hit(g.lanes, picture, at.x, at.y);
      const x = lane !== null && lane.mark >= 0 ? lane.x : at.x;
      drawHairline(ctx, g, theme, x, formatClock(tOf(scale, x)));
      const text = lane?.text ?? groupLens.hit(g.group, picture, at.x, at.y) ?? reapsLens.hit(g.reaps, at.x, at.y);
      element.hidden = text === null;
      if (text !== null) {
        element.textContent = text;
        const left = Math.min(width - element.offsetWidth - 8, at.x + 14);
        const top = Math.min(height - element.offsetHeight - 8, at.y + 16);
        element.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
      }
      const word = lane !== null && lane.mark >= 0 ? (picture.lanes.marks.word[lane.mark] as number) : 0;
      const bid = bidOf(word);
      const before = driver.highlight.get();
      const next =
        lane === null
          ? null
          : { slot: lane.lane.slot, t: lane.mark >= 0 ? (picture.lanes.marks.t[lane.mark] as number) : null, bid: bid >= 0 ? bid : null };
      if (before?.slot !== next?.slot || before?.t !== next?.t || before?.bid !== next?.bid) driver.highlight.set(next);
    },
    [driver, gone, ended, connection],
  );

  useEffect(() => {
    const both = (): void => {
      base.current?.request();
      if (pointer.current !== null || feed.status.get().connection.state === 'gone' || hasEnded(feed.status.get()))
        overlay.current?.request();
    };
    const ends = [feed.subscribe(both), feed.notes.subscribe(both), driver.selected.subscribe(both), driver.laneOffset.subscribe(both)];
    return () => {
      for (const end of ends) end();
    };
  }, [driver, feed]);

  useEffect(() => {
    const element = area.current as HTMLDivElement;
    const scale = () => geometry.current?.layout.scale ?? null;
    const hover = createHover({
      element,
      onHover: (at) => {
        pointer.current = at;
        overlay.current?.request();
      },
    });
    const gestures = createPanZoom({
      element,
      onPan: (dx) => {
        const s = scale();
        if (s !== null) clock.pan(-dx / (s.x1 - s.x0));
      },
      onZoom: (factor, x) => {
        const s = scale();
        if (s !== null) clock.zoom(factor, Math.min(1, Math.max(0, (x - s.x0) / (s.x1 - s.x0))));
      },
      onScroll: (dy) => {
        const height = geometry.current?.layout.laneHeight ?? 60;
        driver.laneOffset.set(Math.max(0, driver.laneOffset.get() + dy / height));
      },
      onFit: () => clock.resetZoom(),
    });
    const picks = createPick({
      element,
      onPick: (x, y) => {
        const g = geometry.current;
        const picture = driver.picture.get();
        const lane = g === null || picture === null ? null : lanesLens.hit(g.lanes, picture, x, y);
        if (lane !== null && picture !== null) onPick({ slot: lane.lane.slot, looks: looksOfMark(picture, lane.mark) });
      },
    });
    return () => {
      picks.destroy();
      hover.destroy();
      gestures.destroy();
    };
  }, [driver, clock, onPick]);

  return (
    <div ref={area} className={css.area}>
      <CanvasView
        ref={base}
        draw={draw}
        label="Buffer group, request lanes and reaps over time"
        style={gone ? { filter: 'grayscale(1) opacity(.6)' } : undefined}
      />
      <CanvasView ref={overlay} draw={drawOver} />
      <div ref={tip} className={tipCss.tip} hidden />
      <lanesLens.Spoken driver={driver} className={css.spoken} />
    </div>
  );
}
