/** The buffer group now: head, bar of owners, counts and the grid of bids. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type CanvasHandle, CanvasView } from '../../canvas/CanvasView.tsx';
import type { CanvasTheme } from '../../canvas/canvas-theme.ts';
import type { ViewDriver } from '../../canvas/view-driver.ts';
import { isTold } from '../../feed/picture.ts';
import { createHover } from '../../interact/hover.ts';
import { createPick } from '../../interact/pick.ts';
import tipCss from '../tip.module.css';
import css from './Buffers.module.css';
import { drawBuffers } from './draw.ts';
import { type BuffersGeometry, bidAt, bidWords, groupNote, layoutBuffers, sizeWords, twiceNote } from './layout.ts';

export interface BuffersPanelProps {
  driver: ViewDriver;
  /** A cell was clicked. */
  onPick?: (bid: number) => void;
}

const short = matchMedia('(max-height: 779px)');
const useShort = (): boolean =>
  useSyncExternalStore(
    (onChange) => {
      short.addEventListener('change', onChange);
      return () => short.removeEventListener('change', onChange);
    },
    () => short.matches,
  );

export function BuffersPanel({ driver, onPick }: BuffersPanelProps) {
  const picture = useSyncExternalStore(driver.calm.subscribe, driver.calm.get);
  const status = useSyncExternalStore(driver.feed.status.subscribe, driver.feed.status.get);
  const isShort = useShort();
  const capabilities = status.session?.capabilities;
  const kernelSeen = capabilities?.kernelScope === 'all';
  const area = useRef<HTMLDivElement>(null);
  const canvas = useRef<CanvasHandle>(null);
  const tip = useRef<HTMLDivElement>(null);
  const geometry = useRef<BuffersGeometry | null>(null);
  const [height, setHeight] = useState(240);

  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, width: number, _height: number, theme: CanvasTheme) => {
      const now = driver.picture.get();
      if (now === null || now.group === null) return;
      // Rings stand out of their cells: a margin of 4 on each side of the canvas holds them.
      const g = layoutBuffers(now.group, now.t1, { width: width - 8, k: theme.k, short: isShort, kernelSeen });
      geometry.current = g;
      ctx.translate(4, 0);
      drawBuffers(ctx, g, now.group, theme, driver.highlight.get()?.bid ?? -1);
      setHeight(Math.ceil(g.height));
    },
    [driver, isShort, kernelSeen],
  );

  useEffect(() => {
    const request = (): void => canvas.current?.request();
    const ends = [driver.feed.subscribe(request), driver.highlight.subscribe(request)];
    return () => {
      for (const end of ends) end();
    };
  }, [driver]);

  useEffect(() => {
    const element = area.current as HTMLDivElement;
    const hover = createHover({
      element,
      onHover: (at) => {
        const g = geometry.current;
        const group = driver.picture.get()?.group;
        const label = tip.current;
        if (label === null) return;
        const bid = g === null || at === null ? -1 : bidAt(g, at.x - 4, at.y);
        const overFilled =
          g !== null &&
          at !== null &&
          g.filledUnknown &&
          at.y > g.barHeight &&
          at.y < g.grid.y &&
          Math.abs(at.x - 4 - (g.keys[1]?.x ?? 0) - 30) < 40;
        if (g === null || at === null || group == null || (bid < 0 && !overFilled)) {
          label.hidden = true;
          if (driver.highlight.get() !== null) driver.highlight.set(null);
          return;
        }
        label.hidden = false;
        label.textContent = overFilled
          ? `Filled is not observable from the probe:\n${capabilities?.kernelMissing || 'it needs all tracepoints of the kernel (--kernel all)'}`
          : bidWords(group, g, bid, driver.picture.get()?.names ?? new Map());
        label.style.transform = `translate(${Math.max(0, Math.min(element.clientWidth - label.offsetWidth, at.x + 12))}px, ${at.y + 14}px)`;
        const owner = bid >= 0 ? (group.owner[bid] as number) : -1;
        driver.highlight.set(bid < 0 ? null : { slot: owner >= 0 ? owner : null, t: null, bid });
      },
    });
    const picks = createPick({
      element,
      onPick: (x, y) => {
        const g = geometry.current;
        const bid = g === null ? -1 : bidAt(g, x - 4, y);
        if (bid >= 0) onPick?.(bid);
      },
    });
    return () => {
      hover.destroy();
      picks.destroy();
    };
  }, [driver, capabilities, onPick]);

  const group = picture?.group ?? null;
  const note = group === null ? '' : groupNote(group);
  const twice = group === null ? { now: '', past: '' } : twiceNote(group);
  const gone = status.connection.state === 'gone';
  return (
    <section className={css.panel} aria-label="Buffer group now">
      <div className={css.head}>
        <h2>
          {group === null
            ? 'Buffer group'
            : `Buffer group${isTold(group.bgid) ? ` ${group.bgid}` : ', bgid not told'}${group.removed ? ', removed' : ''}`}
        </h2>
        {group !== null && (
          <span className={css.dim}>
            {sizeWords(group)}
            {group.ring === 0 && (group.nextPick < 0 ? 'none' : 'bid ')}
            {group.ring === 0 && group.nextPick >= 0 && <b className={css.strong}>{group.nextPick}</b>}
          </span>
        )}
      </div>
      {note !== '' && <p className={css.note}>{note}</p>}
      <div ref={area} className={css.area} style={{ height: `${height}px` }}>
        <CanvasView
          ref={canvas}
          draw={draw}
          style={gone ? { filter: 'grayscale(1) opacity(.6)' } : undefined}
          label={
            group === null
              ? 'No buffer group yet'
              : `${group.seen ? `${group.ring === 0 ? '' : 'at least '}${group.free} available` : 'Available: not observable'}, ${kernelSeen || group.filled > 0 ? `${group.filled} filled, ` : ''}${group.held} ${group.seen ? 'held by the app' : 'with the app, not seen to come back'}`
          }
        />
        <div ref={tip} className={tipCss.tip} hidden />
      </div>
      {(twice.now !== '' || twice.past !== '') && (
        <p className={css.twice}>
          {twice.now !== '' && <b>{twice.now} </b>}
          {twice.past}
        </p>
      )}
    </section>
  );
}
