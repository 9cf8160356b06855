/** Lanes: one for each connection. Marks and spans of the picture become pixels here, drawing and hit testing use the same. */

import { MarkFlag, MarkKind, SpanKind } from '../../../../shared/timeline/marks.ts';
import { formatSpan } from '../../canvas/time-text.ts';
import { type Box, type CssPixels, type Nanoseconds, type TimeScale, xOf } from '../../canvas/units.ts';
import type { Picture } from '../../feed/picture.ts';
import { placeBars } from './clusters.ts';
import type { LaneGeometry, LanesGeometry } from './geometry.ts';
import { labelEnds, labelGaps, laneTitle } from './labels.ts';
import { causeAt, markRaw, markWords } from './mark-text.ts';

export interface LanesOptions {
  /** Height of a lane, and y of lane 0: the box clips what is out of sight. */
  laneHeight: CssPixels;
  lane0Y: CssPixels;
  k: number;
  /** A CQE grows from the band within this trace time before the right edge; 0 = no motion. */
  growNs: Nanoseconds;
}

export function layoutLanes(picture: Picture, scale: TimeScale, box: Box, options: LanesOptions): LanesGeometry {
  const { lanes: l } = picture;
  const { marks, spans } = l;
  const size = fullSize(picture);
  const lanes = l.info.map((info, row) => emptyLane(info, options.lane0Y + (l.first + row) * options.laneHeight, options));
  for (let i = 0; i < spans.length; i++) {
    const lane = lanes[(spans.lane[i] as number) - l.first];
    if (lane !== undefined)
      addSpan(lane, spans.kind[i] as number, spans.t0[i] as number, spans.t1[i] as number, spans.inferred[i] === 1, scale, picture);
  }
  for (let i = 0; i < marks.length; ) {
    const at = marks.lane[i] as number;
    let end = i;
    while (end < marks.length && marks.lane[end] === at) end++;
    const lane = lanes[at - l.first];
    if (lane !== undefined) addMarks(lane, picture, size, i, end, scale, options);
    i = end;
  }
  lanes.forEach((lane, row) => {
    const info = l.info[row];
    labelGaps(lane, options.k, scale.x1);
    labelEnds(lane, options.k, scale.x1);
    const silent = lane.bars.length + lane.ends.length + lane.arms.length + lane.submits.length === 0;
    if (silent && info?.armed && info.since >= 0) lane.quiet = `armed ${formatSpan(Math.max(0, picture.t1 - info.since))} ago`;
  });
  return { box, scale, lanes };
}

function emptyLane(info: Picture['lanes']['info'][number], y: CssPixels, { laneHeight: h, k }: LanesOptions): LaneGeometry {
  const bandHeight = Math.min(15 * k, Math.max(5, h * 0.13));
  const wakeZone = Math.min(17 * k, Math.max(8, h * 0.17));
  return {
    slot: info.slot,
    name: info.name,
    ...laneTitle(info),
    foreign: info.ring !== 0,
    uncertain: info.uncertain,
    open: info.open,
    y,
    height: h,
    top: y + Math.max(5, h * 0.1),
    bandY: y + h - wakeZone - bandHeight - 1,
    bandHeight,
    bands: [],
    armedBefore: false,
    gaps: [],
    ghosts: [],
    bars: [],
    bridges: [],
    submits: [],
    arms: [],
    wakes: [],
    ends: [],
    quiet: '',
  };
}

/** Gaps narrower than this, with less than a pixel between them, are drawn as one. */
const NARROW = 8;

function addSpan(lane: LaneGeometry, kind: number, t0: number, t1: number, inferred: boolean, scale: TimeScale, picture: Picture): void {
  // Nothing is known of what was before the kept trace.
  const from = Math.max(t0, picture.t0, picture.oldest);
  const x0 = xOf(scale, from);
  const x1 = xOf(scale, Math.min(t1, picture.t1));
  if (kind === SpanKind.armed) {
    const last = lane.bands.at(-1);
    // Bands without a pixel between them are one.
    if (last !== undefined && x0 - last.x1 < 1 && last.inferred === inferred) last.x1 = Math.max(last.x1, x1);
    else lane.bands.push({ x0, x1: Math.max(x1, x0 + 1), inferred });
    if (t0 < picture.t0) lane.armedBefore = true;
  } else if (kind === SpanKind.gap) {
    const last = lane.gaps.at(-1);
    if (last !== undefined && x0 - last.x1 < 1 && Math.min(last.x1 - last.x0, x1 - x0) < NARROW) {
      // Of many narrow gaps no single length can be told.
      last.x1 = Math.max(last.x1, x1, x0 + 1);
      last.ns = 0;
      return;
    }
    const ns = t0 === Number.NEGATIVE_INFINITY ? 0 : Math.min(t1, picture.t1) - t0;
    lane.gaps.push({ x0, x1: Math.max(x1, x0 + 1), ns, open: t1 > picture.t1, label: '' });
  } else lane.ghosts.push({ x0: x0 + 4, x1 });
}

/** Bytes that a full bar stands for: the size of a buffer, or, where that is not told, the largest CQE in sight. */
function fullSize({ group, lanes: { marks } }: Picture): number {
  if (group !== null && group.bufferSize > 0) return group.bufferSize;
  let most = 1;
  for (const bytes of group?.bytes ?? []) if (bytes > most) most = bytes;
  for (let i = 0; i < marks.length; i++)
    if (marks.kind[i] === MarkKind.cqe && (marks.res[i] as number) > most) most = marks.res[i] as number;
  return most;
}

const opacityOf = (count: number): number => Math.min(1, 0.4 + Math.log2(count) * 0.1);

function addMarks(
  lane: LaneGeometry,
  picture: Picture,
  size: number,
  from: number,
  to: number,
  scale: TimeScale,
  { growNs }: LanesOptions,
): void {
  const { marks } = picture.lanes;
  const full = lane.bandY - lane.top - 1 - Math.min(7, lane.height * 0.11);
  const at = (t: number): CssPixels => xOf(scale, t);
  const places = placeBars(marks, from, to, at, scale.x1);
  let bridge: { x: CssPixels; y: CssPixels } | null = null;
  let lastX = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const t = marks.t[i] as number;
    const flag = marks.flag[i] as number;
    const res = marks.res[i] as number;
    const inferred = (flag & MarkFlag.inferred) !== 0;
    const ambiguous = (flag & MarkFlag.ambiguous) !== 0;
    const single = (flag & MarkFlag.single) !== 0;
    switch (marks.kind[i]) {
      case MarkKind.cqe: {
        const x = places.x[i - from] as number;
        const merged = (flag & MarkFlag.merged) !== 0;
        const grown = growNs > 0 && !merged ? Math.min(1, Math.max(0.15, (picture.t1 - t) / growNs)) : 1;
        const height = Math.max(3, full * Math.min(1, res / size)) * grown;
        const count = marks.count[i] as number;
        const width = merged ? 1.2 : Math.min(2.8, (places.pitch[i - from] as number) * 0.72);
        lane.bars.push({
          x,
          width,
          height,
          opacity: merged ? opacityOf(count) : 1,
          merged,
          cells: Math.ceil(res / size),
          ambiguous: ambiguous && !merged,
          mark: i,
        });
        if (bridge !== null) lane.bridges.push({ x0: bridge.x, x1: x, y: bridge.y });
        bridge = !merged && (flag & MarkFlag.nonEmpty) !== 0 ? { x, y: lane.bandY - height + 1 } : null;
        lastX = x;
        break;
      }
      case MarkKind.end: {
        const x = at(t);
        if (bridge !== null) lane.bridges.push({ x0: bridge.x, x1: x, y: bridge.y });
        bridge = null;
        const cause = causeAt(marks, i);
        lane.ends.push({
          x,
          room: 0,
          cause,
          error: res < 0 || cause === 'overflow',
          ambiguous,
          count: marks.count[i] as number,
          label: '',
          mark: i,
        });
        lastX = x;
        break;
      }
      case MarkKind.submit:
        if (!single) lane.submits.push({ x: at(t), room: 0, mark: i });
        break;
      case MarkKind.arm: {
        // A single shot is armed for every CQE: its band says so, a pin for each would hide the CQEs.
        if (single) break;
        const x = at(t);
        lane.arms.push({ x: x - lastX < 3.2 && x >= lastX ? lastX + 3.2 : x, room: 0, inferred, ambiguous, mark: i });
        break;
      }
      case MarkKind.wake:
        lane.wakes.push({ x: at(t), hollow: inferred || ambiguous || (flag & MarkFlag.fairness) !== 0, ambiguous, mark: i });
        break;
      default:
        break;
    }
  }
  giveRoom(lane.ends);
  giveRoom(lane.arms);
  giveRoom(lane.submits);
  // The triangle of a submit stands before the pin of the arm that it led to. Both lists are in the order of time.
  let a = 0;
  for (const submit of lane.submits) {
    while (a < lane.arms.length && (lane.arms[a]?.x ?? 0) < submit.x - 8) a++;
    if (submit.room > 8 && Math.abs((lane.arms[a]?.x ?? Number.POSITIVE_INFINITY) - submit.x) < 8) submit.x -= 5.5;
  }
}

/** Marks of one kind in the order of their time: how far each is from the next of them. */
function giveRoom(items: { x: CssPixels; room: CssPixels }[]): void {
  let before = Number.POSITIVE_INFINITY;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as { x: CssPixels; room: CssPixels };
    const after = i + 1 < items.length ? (items[i + 1] as { x: CssPixels }).x - item.x : Number.POSITIVE_INFINITY;
    item.room = Math.min(before, after);
    before = after;
  }
}

export interface LaneHit {
  lane: LaneGeometry;
  /** Index into the picture's marks, -1 = the lane itself. */
  mark: number;
  x: CssPixels;
  text: string;
}

function bandNote({ foreign, uncertain }: LaneGeometry, inferred: boolean): string {
  if (uncertain) return '\nuncertain: events were lost, and nothing of it was seen since';
  if (!inferred) return '';
  return foreign ? '\nits submit was not seen: it is older than the trace' : '\nthe poll arm itself is inferred';
}

/** What is under the pointer, or null. */
export function hitLanes(g: LanesGeometry, picture: Picture, x: CssPixels, y: CssPixels): LaneHit | null {
  if (y < g.box.y || y > g.box.y + g.box.height || x < g.scale.x0) return null;
  const lane = g.lanes.find((l) => y >= l.y && y < l.y + l.height);
  if (lane === undefined) return null;
  const { marks } = picture.lanes;
  let best: { x: CssPixels; mark: number } | null = null;
  let distance = 6;
  const look = (items: readonly { x: CssPixels; mark: number }[]): void => {
    for (const item of items) {
      const d = Math.abs(item.x - x);
      // At the same distance the later kind wins: ends lie over bars.
      if (d <= distance) {
        distance = d;
        best = item;
      }
    }
  };
  look(lane.bars);
  look(lane.submits);
  look(lane.wakes);
  look(lane.arms);
  look(lane.ends);
  const found = best as { x: CssPixels; mark: number } | null;
  if (found !== null) {
    const raw = markRaw(marks, found.mark);
    return { lane, mark: found.mark, x: found.x, text: `${lane.name}, ${markWords(marks, found.mark)}${raw === '' ? '' : `\n${raw}`}` };
  }
  const gap = lane.gaps.find((s) => x >= s.x0 && x <= s.x1);
  if (gap !== undefined) return { lane, mark: -1, x, text: `${lane.name}, not armed: nothing is received until the app submits again` };
  const band = lane.bands.find((s) => x >= s.x0 && x <= s.x1);
  if (band !== undefined) return { lane, mark: -1, x, text: `${lane.name}, armed: a recv is in flight${bandNote(lane, band.inferred)}` };
  if (lane.ghosts.some((s) => x >= s.x0 && x <= s.x1)) return { lane, mark: -1, x, text: `${lane.name}, closed` };
  return null;
}
