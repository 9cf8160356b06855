/** Marks and spans of the lanes in sight, for one window. */

import { CqeFlag } from '../../../shared/schema/uapi.ts';
import { type EventStore, What } from '../../../shared/timeline/event-store.ts';
import { causeOfWord, countOfMark, flagOfMark, isAtOrBehind, type LaneTrack } from '../../../shared/timeline/lane-track.ts';
import { MarkFlag, MarkKind, SpanKind } from '../../../shared/timeline/marks.ts';
import { MarkColumns, SpanColumns } from './columns.ts';
import type { LaneMarks, LaneSpans } from './picture.ts';
import { middleOf, pixelOf, type Window } from './window.ts';

/** CQEs stand one by one while there is this much room for each, CSS pixels (DESIGN, level of detail). */
const ROOM = 1.15;
const SLOTS = 4096;

export class LaneBuilder {
  /** CQEs, and submits and arms of single shots, in the order of their time over all lanes. */
  readonly #stream = new MarkColumns();
  readonly #marks = new MarkColumns();
  readonly #spans = new SpanColumns();
  /** Row of a slot, -1 = not in sight. */
  readonly #rowOf = new Int32Array(SLOTS).fill(-1);

  /** `tracks[row]` is the lane `first + row`. `armsObserved`: poll arms are in the stream and none is inferred for single shots. */
  build(
    events: EventStore,
    tracks: readonly LaneTrack[],
    first: number,
    w: Window,
    armsObserved: boolean,
  ): { marks: LaneMarks; spans: LaneSpans } {
    this.#stream.length = 0;
    this.#marks.length = 0;
    this.#spans.length = 0;
    tracks.forEach((track, row) => {
      this.#rowOf[track.slot] = row;
    });
    if (w.fine) this.#fromEvents(events, tracks, w, armsObserved);
    else for (const [row, track] of tracks.entries()) this.#fromBins(track, row, w);
    for (const track of tracks) this.#rowOf[track.slot] = -1;
    this.#join(tracks, first, w);
    for (const [row, track] of tracks.entries()) this.#spansOf(track, first + row, w);
    return { marks: this.#marks.take(), spans: this.#spans.take() };
  }

  #fromEvents(events: EventStore, tracks: readonly LaneTrack[], w: Window, armsObserved: boolean): void {
    const rows = tracks.length;
    const out = this.#stream;
    const rowOf = this.#rowOf;
    // Lanes with too many CQEs for single bars: one column a pixel.
    const merged = Uint8Array.from(tracks, (track) => (this.#cqesIn(track, w) > w.width / ROOM ? 1 : 0));
    const pixel = new Float64Array(rows).fill(-1);
    const column = new Int32Array(rows);
    const submitPixel = new Float64Array(rows).fill(-1);
    const submitMark = new Int32Array(rows);
    const armPixel = new Float64Array(rows).fill(-1);
    const wakePixel = new Float64Array(rows).fill(-1);
    events.forEachChunk(w.from, w.to, ({ table, what, slot, batch }, begin, end) => {
      const { t, res, flags, request } = table;
      for (let i = begin; i < end; i++) {
        const bits = what[i] as number;
        if ((bits & (What.cqe | What.submit | What.arm | What.wake)) === 0) continue;
        const row = rowOf[slot[i] as number] as number;
        if (row < 0) continue;
        const time = t[i] as number;
        if ((bits & (What.arm | What.wake)) !== 0) {
          const kind = (bits & What.arm) !== 0 ? MarkKind.arm : MarkKind.wake;
          const last = kind === MarkKind.arm ? armPixel : wakePixel;
          const p = pixelOf(w, time);
          if (last[row] === p) continue;
          last[row] = p;
          const flag = (kind === MarkKind.arm ? MarkFlag.single : 0) | ((bits & What.fairness) !== 0 ? MarkFlag.fairness : 0);
          out.push(row, time, kind, flag | ((bits & What.ambiguous) !== 0 ? MarkFlag.ambiguous : 0), request[i] as number, 0, 1, 0);
          continue;
        }
        if ((bits & What.submit) !== 0) {
          const p = pixelOf(w, time);
          const at = submitMark[row] as number;
          if (submitPixel[row] === p) {
            out.count[at] = (out.count[at] as number) + 1;
            if (!armsObserved) out.count[at + 1] = (out.count[at + 1] as number) + 1;
            continue;
          }
          submitPixel[row] = p;
          submitMark[row] = out.push(row, time, MarkKind.submit, MarkFlag.single, request[i] as number, 0, 1, 0);
          if (!armsObserved) out.push(row, time, MarkKind.arm, MarkFlag.single | MarkFlag.inferred, request[i] as number, 0, 1, 0);
          continue;
        }
        const r = res[i] as number;
        // An end without data is a mark of its own, from the track.
        if ((bits & What.end) !== 0 && r <= 0) continue;
        const word = flags[i] as number;
        let flag = (bits & What.single) !== 0 ? MarkFlag.single : 0;
        if ((word & CqeFlag.F_MORE) !== 0) flag |= MarkFlag.more;
        if ((word & CqeFlag.F_SOCK_NONEMPTY) !== 0) flag |= MarkFlag.nonEmpty;
        if ((word & CqeFlag.F_BUF_MORE) !== 0) flag |= MarkFlag.bufMore;
        if ((bits & What.ambiguous) !== 0) flag |= MarkFlag.ambiguous;
        if (merged[row] === 0) {
          out.push(row, time, MarkKind.cqe, flag, r, word, 1, batch[i] as number);
          continue;
        }
        const p = pixelOf(w, time);
        if (pixel[row] === p) {
          const k = column[row] as number;
          out.count[k] = (out.count[k] as number) + 1;
          if (r > (out.res[k] as number)) out.res[k] = r;
          out.flag[k] = (out.flag[k] as number) | flag;
          continue;
        }
        pixel[row] = p;
        column[row] = out.push(row, middleOf(w, p), MarkKind.cqe, flag | MarkFlag.merged, r, word, 1, batch[i] as number);
      }
    });
  }

  #cqesIn(track: LaneTrack, w: Window): number {
    const { bins } = track;
    let n = 0;
    for (let i = Math.max(bins.start, bins.lowerBound(w.t0) - 1); i < bins.end && (bins.t[i] as number) <= w.t1; i++)
      n += bins.a[i] as number;
    return n;
  }

  #fromBins(track: LaneTrack, row: number, w: Window): void {
    const out = this.#stream;
    const { bins } = track;
    let pixel = -1;
    let k = -1;
    for (let i = bins.lowerBound(w.t0); i < bins.end; i++) {
      const t = bins.t[i] as number;
      if (t > w.t1) break;
      const count = bins.a[i] as number;
      if (count === 0) continue;
      const flag =
        MarkFlag.merged | ((bins.d[i] as number) > 0 ? MarkFlag.single : 0) | ((bins.c[i] as number) > 0 ? MarkFlag.nonEmpty : 0);
      const p = pixelOf(w, t);
      if (p === pixel) {
        out.count[k] = (out.count[k] as number) + count;
        if ((bins.b[i] as number) > (out.res[k] as number)) out.res[k] = bins.b[i] as number;
        out.flag[k] = (out.flag[k] as number) | flag;
        continue;
      }
      pixel = p;
      k = out.push(row, middleOf(w, p), MarkKind.cqe, flag, bins.b[i] as number, 0, count, 0);
    }
  }

  /** Orders the stream by row and joins each row with the exact marks of its track. */
  #join(tracks: readonly LaneTrack[], first: number, w: Window): void {
    const stream = this.#stream;
    const rows = tracks.length;
    const begin = new Int32Array(rows + 1);
    for (let i = 0; i < stream.length; i++) begin[(stream.lane[i] as number) + 1] = (begin[(stream.lane[i] as number) + 1] as number) + 1;
    for (let r = 0; r < rows; r++) begin[r + 1] = (begin[r + 1] as number) + (begin[r] as number);
    const order = new Uint32Array(stream.length);
    const next = begin.slice();
    for (let i = 0; i < stream.length; i++) {
      const row = stream.lane[i] as number;
      order[next[row] as number] = i;
      next[row] = (next[row] as number) + 1;
    }
    const out = this.#marks;
    const lastPixel = new Float64Array(8);
    const lastWord = new Float64Array(8);
    const lastMark = new Int32Array(8);
    tracks.forEach((track, row) => {
      const { marks } = track;
      let s = begin[row] as number;
      const sEnd = begin[row + 1] as number;
      lastPixel.fill(-1);
      for (let i = marks.lowerBound(w.t0); i < marks.end; i++) {
        const t = marks.t[i] as number;
        if (t > w.t1) break;
        const kind = marks.a[i] as number;
        if (kind === 0) continue;
        for (; s < sEnd && (stream.t[order[s] as number] as number) <= t; s++) this.#copy(order[s] as number, first);
        // The cursor stands between events of one time: an end behind it is not there yet.
        if (w.cut && t === w.t1 && kind === MarkKind.end && isAtOrBehind(marks.c[i] as number, w.to)) continue;
        const word = kind === MarkKind.end ? causeOfWord(marks.c[i] as number) : 0;
        const p = pixelOf(w, t);
        if (lastPixel[kind] === p && lastWord[kind] === word) {
          const k = lastMark[kind] as number;
          out.count[k] = (out.count[k] as number) + countOfMark(marks.d[i] as number);
          continue;
        }
        lastPixel[kind] = p;
        lastWord[kind] = word;
        lastMark[kind] = out.push(
          first + row,
          t,
          kind,
          flagOfMark(marks.d[i] as number),
          marks.b[i] as number,
          word,
          countOfMark(marks.d[i] as number),
          0,
        );
      }
      for (; s < sEnd; s++) this.#copy(order[s] as number, first);
    });
  }

  #copy(i: number, first: number): void {
    this.#marks.copy(this.#stream, i);
    const k = this.#marks.length - 1;
    this.#marks.lane[k] = (this.#marks.lane[k] as number) + first;
  }

  #spansOf(track: LaneTrack, lane: number, w: Window): void {
    let log = track.edges;
    let i = log.lowerBound(w.t0);
    // More changes than can be seen: without the short pauses of single shots.
    const coarse = log.lowerBound(w.t1) - i > 4 * w.width;
    if (coarse) {
      log = track.coarse;
      i = log.lowerBound(w.t0);
    }
    i = Math.max(log.start, i - 1);
    for (; i < log.end; i++) {
      const t0 = log.t[i] as number;
      if (t0 > w.t1) break;
      const kind = log.a[i] as number;
      const next = i + 1 < log.end ? (log.t[i + 1] as number) : Number.POSITIVE_INFINITY;
      let t1 = next > w.t1 ? Number.POSITIVE_INFINITY : next;
      if (coarse && t1 === Number.POSITIVE_INFINITY && track.pauseSince >= 0 && track.pauseSince < w.t1 - w.nsPerPixel)
        t1 = track.pauseSince;
      if (kind !== 0 && t1 > w.t0) this.#spans.push(lane, kind, log.b[i] as number, t0, t1);
    }
  }

  /** Something of the lane is in the window: it is open at its end, or was before it closed. */
  static inSight(track: LaneTrack, w: Window): boolean {
    const { edges } = track;
    const i = edges.lowerBound(w.t1 + 1) - 1;
    if (i < edges.start) return false;
    return (edges.a[i] as number) !== SpanKind.closed || (edges.t[i] as number) >= w.t0;
  }
}
