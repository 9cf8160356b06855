/** The group over time, ENOBUFS points and reap batches, for one window. */
import { Errno } from '../../../shared/schema/uapi.ts';
import { type EventStore, What } from '../../../shared/timeline/event-store.ts';
import { PointColumns, SeriesColumns } from './columns.ts';
import type { GroupSeries, PointMarks } from './picture.ts';
import type { PictureSource } from './picture-source.ts';
import { pixelOf, type Window } from './window.ts';

/** The state before the window is looked for so many events back, then in the bins. */
const START_REACH = 20_000;

export class GroupBuilder {
  readonly #series = new SeriesColumns();
  readonly #enobufs = new PointColumns();
  readonly #reaps = new PointColumns();

  /**
   * `group` = key of the group, -1 = none; `ring` = waits of this one only, null = of all; `laneOf` = lane of a
   * slot, -1 when it is not in the picture, null when its ENOBUFS are not of this group.
   */
  build(
    source: PictureSource,
    w: Window,
    group: number,
    ring: number | null,
    laneOf: (slot: number) => number | null,
  ): { series: GroupSeries; enobufs: PointMarks; reaps: PointMarks } {
    // A change an event at most: with more than two for each pixel, one point a pixel.
    this.#series.clear(w.count > 2 * w.width ? w.nsPerPixel : 0);
    this.#enobufs.clear();
    this.#reaps.clear();
    const { foreign } = source.whole;
    const number = w.tracks.groups.numberOf(group);
    this.#start(source, w, number);
    if (w.fine) this.#fromEvents(source.events, w, number, ring, foreign);
    else this.#fromBins(w, number, ring, foreign);
    this.#series.settle();
    this.#errors(w, laneOf);
    return { series: this.#series.take(), enobufs: this.#enobufs.take(), reaps: this.#reaps.take() };
  }

  /** What held before the first event of the window. */
  #start({ events, tracks }: PictureSource, w: Window, group: number): void {
    const oldest = w.tracks === tracks ? Math.max(events.first, w.from - START_REACH) : w.from;
    for (let n = w.from - 1; n >= oldest; n--) {
      const chunk = events.chunkOf(n);
      const i = events.offsetOf(n);
      if (chunk.group[i] !== group) continue;
      this.#begin(w.t0, chunk.free[i] as number, chunk.filled[i] as number, chunk.held[i] as number);
      return;
    }
    const bins = w.tracks.groups.track(group)?.bins;
    if (bins === undefined || (w.tracks === tracks && w.from <= events.first)) return;
    const k = bins.lowerBound(w.t0) - 1;
    if (k < bins.start) return;
    const word = bins.c[k] as number;
    this.#begin(w.t0, word & 0xffff, word >>> 16, bins.d[k] as number);
  }

  #begin(t: number, free: number, filled: number, held: number): void {
    if (free + filled + held > 0) this.#series.push(t, free, free, free, filled, held);
  }

  #fromEvents(events: EventStore, w: Window, wanted: number, ring: number | null, foreign: boolean): void {
    const series = this.#series;
    const reaps = this.#reaps;
    events.forEachChunk(w.from, w.to, ({ table, what, group, free, filled, held }, begin, end) => {
      const { t, a } = table;
      for (let i = begin; i < end; i++) {
        const bits = what[i] as number;
        if ((bits & What.group) !== 0 && group[i] === wanted) {
          const n = free[i] as number;
          series.push(t[i] as number, n, n, n, filled[i] as number, held[i] as number);
        }
        if (foreign && (bits & What.batch) !== 0) {
          if (ring === null || table.ring[i] === ring) reaps.push(t[i] as number, -1, a[i] as number, pixelOf(w, t[i] as number), true);
        } else if ((bits & What.batch) !== 0) reaps.push(t[i] as number, -1, 1, pixelOf(w, t[i] as number));
        else if ((bits & What.reap) !== 0 && reaps.length > 0) {
          const last = reaps.length - 1;
          reaps.count[last] = (reaps.count[last] as number) + 1;
        }
      }
    });
  }

  #fromBins(w: Window, group: number, ring: number | null, foreign: boolean): void {
    const groupBins = w.tracks.groups.track(group)?.bins;
    if (groupBins !== undefined) {
      for (let i = groupBins.lowerBound(w.t0); i < groupBins.end; i++) {
        const t = groupBins.t[i] as number;
        if (t > w.t1) break;
        const word = groupBins.c[i] as number;
        this.#series.push(t, groupBins.a[i] as number, groupBins.b[i] as number, word & 0xffff, word >>> 16, groupBins.d[i] as number);
      }
    }
    const reapBins = w.tracks.reapBins(foreign ? (ring ?? 0) : 0);
    if (reapBins === undefined) return;
    for (let i = reapBins.lowerBound(w.t0); i < reapBins.end; i++) {
      const t = reapBins.t[i] as number;
      if (t > w.t1) break;
      this.#reaps.push(t, -1, reapBins.b[i] as number, pixelOf(w, t), foreign);
    }
  }

  #errors(w: Window, laneOf: (slot: number) => number | null): void {
    const { errors } = w.tracks;
    for (let i = errors.lowerBound(w.t0); i < errors.end; i++) {
      const t = errors.t[i] as number;
      if (t > w.t1) break;
      const lane = errors.b[i] === -Errno.ENOBUFS ? laneOf(errors.a[i] as number) : null;
      if (lane !== null) this.#enobufs.push(t, lane, 1, pixelOf(w, t));
    }
  }
}
