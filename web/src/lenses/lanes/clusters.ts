/**
 * Where CQE bars stand. CQEs of one reap batch share a time: they fan out to the right at `pitch` from their true time. The
 * pitch shrinks before a bar reaches a neighbour, and where an end stands at the same time the fan goes to the left of it,
 * so that the end stays on its own time.
 *
 *     t ▏▏▏▏     end at t:  ▏▏▏▏◆
 */

import { MarkFlag, MarkKind } from '../../../../shared/timeline/marks.ts';
import type { CssPixels } from '../../canvas/units.ts';
import type { LaneMarks } from '../../feed/picture.ts';

export const PITCH = 4;
export const MIN_PITCH = 1.15;
/** A fan is at most this wide beyond the time that its CQEs took: wider, and marks drift from their time. */
const MAX_FAN = 9 * PITCH;

export interface BarPlaces {
  /** By mark − from; NaN = not a bar. */
  x: Float64Array;
  /** Room for the bar. */
  pitch: Float64Array;
}

interface Cluster {
  begin: number;
  count: number;
  x: CssPixels;
  lastX: CssPixels;
  batch: number;
  /** Where the request was submitted; its CQEs stand right of it. */
  submitX: CssPixels;
}

/** Places of the CQEs among the marks from … to - 1, all of one lane. */
export function placeBars(marks: LaneMarks, from: number, to: number, xOf: (t: number) => CssPixels, x1: CssPixels): BarPlaces {
  const x = new Float64Array(to - from).fill(Number.NaN);
  const pitch = new Float64Array(to - from);
  /** CQE marks in their order. */
  const cqes: number[] = [];
  const clusters: Cluster[] = [];
  const ends: CssPixels[] = [];
  let open: Cluster | null = null;
  let submitX = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const kind = marks.kind[i] as number;
    const at = xOf(marks.t[i] as number);
    if (kind === MarkKind.end) {
      ends.push(at);
      open = null;
      continue;
    }
    if (kind === MarkKind.submit) submitX = at;
    if (kind !== MarkKind.cqe) continue;
    if (((marks.flag[i] as number) & MarkFlag.merged) !== 0) {
      x[i - from] = at;
      pitch[i - from] = 1;
      continue;
    }
    const batch = marks.batch[i] as number;
    if (open !== null && (open.batch === batch || at - open.x < Math.max(3, Math.min(9, open.count * PITCH)))) {
      open.count++;
      open.lastX = at;
      open.batch = batch;
    } else {
      open = { begin: cqes.length, count: 1, x: at, lastX: at, batch, submitX };
      clusters.push(open);
    }
    cqes.push(i);
  }

  let leftLimit = Number.NEGATIVE_INFINITY;
  let e = 0;
  for (let c = 0; c < clusters.length; c++) {
    const cluster = clusters[c] as Cluster;
    const { begin, count } = cluster;
    while (e < ends.length && (ends[e] as number) < cluster.x) e++;
    const end = ends[e] ?? Number.POSITIVE_INFINITY;
    const next = Math.min(clusters[c + 1]?.x ?? Number.POSITIVE_INFINITY, end);
    let start = cluster.x;
    // A batch of hundreds keeps to the fan's width too, where one bar is then less than a pixel.
    const widest = Math.max(MAX_FAN, cluster.lastX - cluster.x + 10) / count;
    const least = Math.min(MIN_PITCH, widest);
    let p: number;
    if (end - cluster.lastX < 3) {
      // The batch ended the request: bars stand to the left of the end.
      const room = Math.max(1, end - 3 - Math.max(leftLimit, cluster.submitX));
      p = Math.max(Math.min(least, room / count), Math.min(PITCH, widest, room / count));
      start = end - 3 - (count - 1) * p;
    } else {
      p = Math.max(least, Math.min(PITCH, widest, (next - cluster.x) / (count + 0.4)));
      start -= Math.max(0, start + (count - 1) * p - (x1 - 2));
    }
    for (let j = 0; j < count; j++) {
      const mark = cqes[begin + j] as number;
      x[mark - from] = start + j * p;
      pitch[mark - from] = p;
    }
    leftLimit = start + count * p;
  }
  return { x, pitch };
}
