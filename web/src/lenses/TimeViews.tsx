/** Axis, group, lanes and reaps: what happened, on one canvas and one x axis, with the pointer's hairline over it. */
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { bidOf } from '../../../shared/schema/uapi.ts';
import { type CanvasHandle, CanvasView } from '../canvas/CanvasView.tsx';
import { type CanvasTheme, themeValues, watchTheme } from '../canvas/canvas-theme.ts';
import { fontsOf } from '../canvas/fonts.ts';
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
import { startPaint } from './start-paint.ts';
import css from './TimeViews.module.css';
import { drawEndLine, drawHairline } from './time-draw.ts';
import { createTimePainter } from './time-painter.ts';
import { createTimeStage } from './time-stage.ts';
import tipCss from './tip.module.css';

const hasEnded = ({ stopped, session }: FeedStatus): boolean => stopped !== null && session !== null && session.source !== 'live';

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
  const base = useRef<HTMLDivElement>(null);
  const stage = useMemo(() => createTimeStage(driver), [driver]);
  const [failure, setFailure] = useState('');
  const overlay = useRef<CanvasHandle>(null);
  const tip = useRef<HTMLDivElement>(null);
  const pointer = useRef<{ x: number; y: number } | null>(null);
  const connection = useSyncExternalStore(feed.status.subscribe, () => feed.status.get().connection);
  const gone = connection.state === 'gone';
  /** Another process has ended: nothing comes after this moment, and all before it is as it was. */
  const ended = useSyncExternalStore(feed.status.subscribe, () => hasEnded(feed.status.get()));

  const drawOver = useCallback(
    (ctx: CanvasRenderingContext2D, width: number, height: number, theme: CanvasTheme) => {
      const element = tip.current;
      if (element === null) return;
      const at = pointer.current;
      const g = at === null && !gone && !ended ? null : stage.geometry();
      const picture = driver.picture.get();
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
    [driver, stage, gone, ended, connection],
  );

  useEffect(() => {
    const host = base.current as HTMLDivElement;
    // What a worker draws on can't be given to another one: each has a canvas of its own.
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', 'Buffer group, request lanes and reaps over time');
    host.append(canvas);
    const painter = createTimePainter({
      port: startPaint(),
      canvas: canvas.transferControlToOffscreen(),
      fonts: fontsOf(document.styleSheets, document.baseURI),
      scene: stage.scene,
      failed: setFailure,
    });
    painter.theme(themeValues());
    const size = new ResizeObserver(([entry]) => {
      stage.resize(entry?.contentRect.width ?? 0, entry?.contentRect.height ?? 0);
      painter.request();
    });
    size.observe(host);
    const show = (): void => {
      painter.request();
      if (pointer.current !== null || feed.status.get().connection.state === 'gone' || hasEnded(feed.status.get()))
        overlay.current?.request();
    };
    const ends = [
      watchTheme(() => {
        painter.theme(themeValues());
        painter.request();
      }),
      feed.subscribe(show),
      feed.notes.subscribe(show),
      driver.selected.subscribe(show),
      driver.laneOffset.subscribe(show),
    ];
    return () => {
      size.disconnect();
      for (const end of ends) end();
      painter.close();
      canvas.remove();
    };
  }, [driver, feed, stage]);

  useEffect(() => {
    const element = area.current as HTMLDivElement;
    const scale = () => stage.layout()?.scale ?? null;
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
        const height = stage.layout()?.laneHeight ?? 60;
        driver.laneOffset.set(Math.max(0, driver.laneOffset.get() + dy / height));
      },
      onFit: () => clock.resetZoom(),
    });
    const picks = createPick({
      element,
      onPick: (x, y) => {
        const g = stage.geometry();
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
  }, [driver, clock, stage, onPick]);

  if (failure !== '') throw new Error(failure);
  return (
    <div ref={area} className={css.area}>
      <div ref={base} className={css.base} style={gone ? { filter: 'grayscale(1) opacity(.6)' } : undefined} />
      <CanvasView ref={overlay} draw={drawOver} />
      <div ref={tip} className={tipCss.tip} hidden />
      <lanesLens.Spoken driver={driver} className={css.spoken} />
    </div>
  );
}
