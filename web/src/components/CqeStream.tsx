/**
 * The CQE list, newest last, with the last error end pinned on top. While the picture runs it has as many rows as fit;
 * paused it holds more and scrolls. Rows rest while the pointer is on them.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { ClockState } from '../canvas/playback-clock.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { select, selectionStore } from '../store/selection.ts';
import { type WorkloadState, workloadStore } from '../store/workload.ts';
import { CqeHead, CqeRowView, PinnedEnd } from './CqeRowView.tsx';
import { type CqeRow, decodeRows } from './cqe-row.ts';
import { useClock, usePicture, useStatus } from './hooks.ts';
import { useServices } from './services.ts';
import { isForeignSession } from './session-words.ts';

/** Rows that can be scrolled through while the picture stands. */
const PAUSED_ROWS = 200;

const selectRows = (p: Picture | null) => p?.cqes ?? null;
const selectLastEnd = (p: Picture | null) => p?.lastEnd ?? null;
const selectCursor = (p: Picture | null) => p?.t1 ?? 0;
const selectIncremental = (p: Picture | null) => p?.group?.incremental ?? false;
const selectBufferSize = (p: Picture | null) => p?.group?.bufferSize ?? 0;
/** Numbers of more digits than the slots are made for. */
const selectWide = (p: Picture | null) =>
  p !== null && ((p.group?.buffers ?? 0) > 1000 || (p.group?.bufferSize ?? 0) > 99_999 || p.lanes.total > 100);
/** Of lanes by slot; the map is new with every picture, its entries seldom are. */
const selectNames = (p: Picture | null) => p?.names ?? null;
const selectSession = (s: FeedStatus) => s.session;
const noNames: ReadonlyMap<number, string> = new Map();
const selectPlaying = (c: ClockState) => c.playing;
const selectStepped = (c: ClockState) => !c.playing && c.seq !== null;
const selectBundle = (s: WorkloadState) => s.params?.bundle ?? false;

function headNote(foreign: boolean, kernelSeen: boolean): string {
  if (foreign && !kernelSeen) return 'newest last, overflowed ones only';
  return `newest last, one bracket = one ${kernelSeen ? 'wake' : 'reap batch'}`;
}

/** Of the list: how many whole rows fit into it, and how high one is, px. */
function useFittingRows(element: React.RefObject<HTMLElement | null>): { fitting: number; rowHeight: number } {
  const [size, setSize] = useState({ fitting: 1, rowHeight: 26 });
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const measure = (): void => {
      const rowHeight = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.625;
      setSize({ fitting: Math.max(1, Math.floor(box.clientHeight / rowHeight)), rowHeight });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** The rows of the paused list that are in sight: a picture with two hundred new ones is laid out in a few ms. */
function useRowsInSight(element: React.RefObject<HTMLElement | null>, count: number, rowHeight: number, playing: boolean) {
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => element.current,
    estimateSize: () => rowHeight,
    overscan: 1,
    enabled: !playing,
  });
  // Another size of the letters.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is measured by that
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight]);
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  if (playing || first === undefined || last === undefined) return { from: 0, to: playing ? count : 0, before: 0, after: 0 };
  return { from: first.index, to: last.index + 1, before: first.start, after: virtual.getTotalSize() - last.end };
}

/** Keeps the paused list at its newest row, unless someone scrolled away from it. */
function useStickToEnd(element: React.RefObject<HTMLElement | null>, count: number, rowHeight: number, playing: boolean): void {
  const atEnd = useRef(true);
  useEffect(() => {
    const box = element.current;
    if (!box) return;
    atEnd.current = true;
    const onScroll = (): void => {
      atEnd.current = box.scrollHeight - box.clientHeight - box.scrollTop < 8;
    };
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => box.removeEventListener('scroll', onScroll);
  }, [element]);
  // As many rows of the same height end where they ended: reading a size here costs a layout, half the work of a pan.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another length is the reason to scroll
  useLayoutEffect(() => {
    const box = element.current;
    // While it plays, the style sheet holds the rows to the bottom.
    if (box && !playing && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [element, count, rowHeight, playing]);
}

/** Stands for the rows that are out of sight. */
const Space = ({ height }: { height: number }) => (height > 0 ? <tr aria-hidden className="cqeSpace" style={{ height }} /> : null);

export function CqeStream() {
  const { driver, feed } = useServices();
  const box = useRef<HTMLTableSectionElement>(null);
  const [held, setHeld] = useState<readonly CqeRow[] | null>(null);
  const { fitting, rowHeight } = useFittingRows(box);
  const playing = useClock(selectPlaying);
  const stepped = useClock(selectStepped);
  const cqes = usePicture(selectRows);
  const lastEnd = usePicture(selectLastEnd);
  const cursor = usePicture(selectCursor);
  const incremental = usePicture(selectIncremental);
  const bufferSize = usePicture(selectBufferSize);
  const wide = usePicture(selectWide);
  const names = usePicture(selectNames) ?? noNames;
  const session = useStatus(selectSession);
  const foreign = isForeignSession(session);
  const kernelSeen = session?.capabilities.kernelScope === 'all';
  const bundle = useStore(workloadStore, selectBundle) && !foreign;

  const wanted = playing ? fitting : PAUSED_ROWS;
  useEffect(() => driver.setCqeRows(wanted), [driver, wanted]);

  const count = playing && held ? held.length : Math.min(cqes?.length ?? 0, wanted);
  const sight = useRowsInSight(box, count, rowHeight, playing);
  useStickToEnd(box, count, rowHeight, playing);
  // Only what is in sight is decoded. The newest `count` rows of the picture are those of the list.
  const first = (cqes?.length ?? 0) - count;
  const fresh = cqes ? decodeRows(cqes, first + sight.from, first + sight.to, { bufferSize, bundle, names }) : [];
  const rows = playing && held ? held : fresh;

  const shape = foreign ? 'foreign' : incremental ? 'incremental' : bundle ? 'bundle' : wide ? 'wide' : '';
  const leave = (): void => {
    setHeld(null);
    driver.highlight.set(null);
  };
  return (
    <section className={`cqeStream ${shape}`} aria-label="CQEs" data-playing={playing}>
      <div className="panelHead">
        <h2>CQEs</h2>
        <span className="dim">{held && playing ? 'resting while you point at them' : headNote(foreign, kernelSeen)}</span>
      </div>
      <table aria-label="CQE list, newest last" aria-rowcount={count} className="cqeTable">
        <CqeHead />
        {lastEnd && <PinnedEnd end={lastEnd} cursor={cursor} names={names} />}
        <tbody
          ref={box}
          className="cqeRows mono"
          tabIndex={playing ? undefined : 0}
          onPointerEnter={() => playing && setHeld(fresh)}
          onPointerLeave={leave}
        >
          <Space height={sight.before} />
          {rows.map((row, i) => (
            <CqeRowView
              // biome-ignore lint/suspicious/noArrayIndexKey: a pan brings other rows, and new words in the same row cost half of a new row
              key={sight.from + i}
              row={row}
              fresh={stepped && row.place === 1}
              onPoint={() => driver.highlight.set(row.at)}
              onPick={() => void select(selectionStore, feed, { seq: row.seq })}
            />
          ))}
          <Space height={sight.after} />
        </tbody>
      </table>
      {foreign && !kernelSeen && (
        <p className="pickNote">
          Only CQEs that the CQ had no room for are seen: submits, poll arms and overflows are traced. --kernel all traces the rest.
        </p>
      )}
    </section>
  );
}
