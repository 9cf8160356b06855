/** A picture for one request, from what the store keeps. Pure: the same store and request give the same picture. */

import type { WalkLimits } from '../../../shared/inspect/walk.ts';
import type { BufferGroup } from '../../../shared/model/buffer-group.ts';
import { groupKeyOf } from '../../../shared/model/group-key.ts';
import { laneName } from '../../../shared/model/lane-name.ts';
import type { RingModel } from '../../../shared/model/ring-model.ts';
import { terminateCauses } from '../../../shared/model/terminate-cause.ts';
import { Kind } from '../../../shared/schema/events.ts';
import { What } from '../../../shared/timeline/event-store.ts';
import type { LaneTrack } from '../../../shared/timeline/lane-track.ts';
import type { Tracks } from '../../../shared/timeline/tracks.ts';
import { emptyRows } from './columns.ts';
import type { NextQuery, Place } from './feed.ts';
import type { Hits } from './finder.ts';
import { GroupBuilder } from './group-builder.ts';
import { type Inspection, type InspectQuery, inspect } from './inspection.ts';
import { LaneBuilder } from './lane-builder.ts';
import { LoopLightsBuilder } from './loop-lights.ts';
import { type Overview, overviewOf } from './overview.ts';
import type { CqeRows, HitMarks, LaneInfo, Picture, ViewRequest } from './picture.ts';
import type { PictureSource } from './picture-source.ts';
import { bidsOf, chosenGroup, groupChoices, isShown, keyOfGroup, ringViews } from './ring-views.ts';
import { type Window, windowOf } from './window.ts';

/** Rows of the CQE list are looked for at most this many events back. */
const ROWS_REACH = 150_000;
/** And the end of the group: a workload ends soon after it. */
const REMOVAL_REACH = 1000;

export class PictureBuilder {
  readonly #lanes = new LaneBuilder();
  readonly #groups = new GroupBuilder();
  readonly #loops = new LoopLightsBuilder();
  /** Whose hits are marked; null = there is no filter. */
  finder: Hits | null = null;

  constructor(private readonly source: PictureSource) {}

  build(request: ViewRequest, now: number): Picture {
    const { source } = this;
    const { events, whole } = source;
    const w = windowOf(source, request, now);
    const { tracks } = w;
    const { ring } = request;
    let model = source.cursor.stateBefore(w.to);
    const chosen = chosenGroup(model, ring, request.group);
    const group = chosen === null ? this.#removedGroup(w, request) : this.#group(chosen);
    // Looking for it has moved the cursor.
    if (chosen === null) model = source.cursor.stateBefore(w.to);
    const inSight = tracks.tracks.filter(
      (track): track is LaneTrack => track !== undefined && isShown(model, track.ring, ring) && LaneBuilder.inSight(track, w),
    );
    const first = Math.min(Math.max(0, request.firstLane), Math.max(0, inSight.length - 1));
    const shown = inSight.slice(first, first + request.laneCount);
    const info = shown.map((track) => this.#info(model, track));
    const cqes = this.#rows(w, request.cqeRows, ring);
    const lastEnd = this.#lastEnd(w, ring);
    const loop = request.loop ? this.#loops.build(source, w, model, { slot: request.loopSlot, ring }) : null;
    const laneOfSlot = new Map(inSight.map((track, lane) => [track.slot, lane]));
    /** The own workload has one group; another process may have several, each with ENOBUFS of its own. */
    const laneOf = (slot: number): number | null => {
      const lane = model.lanes[slot];
      if (group !== null && group.ring !== 0 && lane !== undefined && groupKeyOf(lane.ring, lane.bgid) !== group.key) return null;
      return laneOfSlot.get(slot) ?? -1;
    };
    return {
      t0: w.t0,
      t1: w.t1,
      now,
      oldest: whole.oldest,
      leftOut: whole.leftOut,
      kept: whole.kept,
      eventsPerPixel: Math.max(1, w.count / w.width),
      rings: ringViews(model),
      groups: groupChoices(model, ring),
      names: this.#names(model, info, cqes, group, [lastEnd?.slot, loop?.slot, loop?.newest?.slot]),
      group,
      ...this.#groups.build(source, w, group?.key ?? -1, ring, laneOf),
      lanes: {
        total: inSight.length,
        first,
        info,
        ...this.#lanes.build(events, shown, first, w, whole.armsObserved),
      },
      cqes,
      lastEnd,
      stops: tracks.stops.filter(({ t }) => t >= w.t0 && t <= w.t1).map((stop) => ({ ...stop })),
      lost: tracks.lost.filter((span) => span.t1 >= w.t0 && span.t0 <= w.t1).map((span) => ({ ...span })),
      hits: this.#hits(w),
      loop,
      uncertain: model.uncertain,
      totals: whole.totals(),
      latencies: whole.latencies(),
      rates: whole.rates(now, w.t1),
      history: whole.history(w.t1),
    };
  }

  #hits(w: Window): HitMarks | null {
    const { finder, source } = this;
    if (finder === null) return null;
    return { t: finder.timesIn(source.keyOf(w.from), source.keyOf(w.to), w.nsPerPixel), ...finder.rank(source.keyOf(w.to - 1)) };
  }

  #info(model: RingModel, { slot, ring }: LaneTrack): LaneInfo {
    const lane = model.lanes[slot];
    if (lane === undefined)
      return { slot, name: `c${slot}`, ring, fd: -1, userData: 0n, open: false, armed: false, since: -1, uncertain: false };
    const { fd, open, armed, since, uncertain } = lane;
    return {
      slot,
      name: laneName(model, lane),
      ring: lane.ring,
      fd,
      userData: this.source.dictionary.valueOf(lane.ud),
      open,
      armed,
      since,
      uncertain,
    };
  }

  #names(
    model: RingModel,
    info: readonly LaneInfo[],
    cqes: CqeRows,
    group: Picture['group'],
    others: readonly (number | null | undefined)[],
  ): Map<number, string> {
    const names = new Map(info.map(({ slot, name }) => [slot, name]));
    const name = (slot: number): void => {
      const lane = names.has(slot) ? undefined : model.lanes[slot];
      if (lane !== undefined) names.set(slot, laneName(model, lane));
    };
    for (let row = 0; row < cqes.length; row++) name(cqes.slot[row] as number);
    if (group !== null) for (const owner of group.owner) if (owner >= 0) name(owner);
    for (const slot of others) if (slot !== null && slot !== undefined) name(slot);
    return names;
  }

  /** The own workload's group where the window has its end: as it was just before, since the window is mostly about it. */
  #removedGroup(w: Window, { ring, group }: ViewRequest): Picture['group'] {
    const { events, cursor, whole } = this.source;
    if (whole.foreign) return null;
    for (let n = w.to - 1, stop = Math.max(w.from, events.first, w.to - REMOVAL_REACH); n >= stop; n--) {
      const kind = events.chunkOf(n).table.kind[events.offsetOf(n)];
      // What comes behind a ring is of another one.
      if (kind === Kind.group_register) return null;
      if (kind !== Kind.group_unregister) continue;
      const before = chosenGroup(cursor.stateBefore(n), ring, group);
      return before === null ? null : { ...this.#group(before), removed: true };
    }
    return null;
  }

  #group(g: BufferGroup): NonNullable<Picture['group']> {
    const n = Math.max(bidsOf(g), 1);
    return {
      key: keyOfGroup(g),
      removed: false,
      ring: g.ring,
      bgid: g.bgid,
      seen: this.source.tracks.groups.givesBackSeen(g),
      sizeTold: g.buffers > 0,
      impliedReplenish: g.impliedReplenish,
      buffers: g.buffers > 0 ? g.buffers : bidsOf(g),
      bufferSize: g.bufferSize,
      legacy: g.legacy,
      incremental: g.incremental,
      // Give-backs of another process are heard of late, so that the order of its buffer ring is not known.
      nextPick: g.ring === 0 ? g.nextPick : -1,
      free: g.free,
      filled: g.filled,
      held: g.held,
      state: g.state.slice(0, n),
      bytes: g.bytes.slice(0, n),
      owner: g.owner.slice(0, n),
      givenBackAt: g.givenBackAt.slice(0, n),
      givenBackAfter: g.givenBackNo.subarray(0, n).map((no) => g.replenished - no),
      // What is heard late of another process may look like it, and be none.
      twice: Uint16Array.from(g.ring === 0 ? g.twice() : []),
      doubleReplenish: g.ring === 0 ? g.doubleReplenish : 0,
      doubleUse: g.ring === 0 ? g.doubleUse : 0,
    };
  }

  /** `ring`: of this one only, null = of all. */
  #rows(w: Window, wanted: number, ring: number | null): CqeRows {
    const { events } = this.source;
    const found: number[] = [];
    const stop = Math.max(events.first, w.to - ROWS_REACH);
    for (let n = w.to - 1; n >= stop && found.length < wanted; n--) {
      const chunk = events.chunkOf(n);
      const i = events.offsetOf(n);
      if (((chunk.what[i] as number) & What.cqe) === 0) continue;
      if (ring === null || chunk.table.ring[i] === ring || !this.source.whole.foreign) found.push(n);
    }
    const rows = emptyRows(found.length);
    found.reverse().forEach((number, row) => {
      const chunk = events.chunkOf(number);
      const i = events.offsetOf(number);
      const { table } = chunk;
      rows.seq[row] = number;
      rows.t[row] = table.t[i] as number;
      rows.slot[row] = chunk.slot[i] as number;
      rows.res[row] = table.res[i] as number;
      rows.flags[row] = table.flags[i] as number;
      rows.batch[row] = chunk.batch[i] as number;
      rows.multishot[row] = ((chunk.what[i] as number) & What.single) !== 0 ? 0 : 1;
    });
    return rows;
  }

  /** `ring`: of this one only, null = of all. */
  #lastEnd(w: Window, ring: number | null): Picture['lastEnd'] {
    const { tracks, wholeTracks } = this.source;
    return this.#lastEndIn(tracks, w, ring) ?? (wholeTracks === null ? null : this.#lastEndIn(wholeTracks, w, ring));
  }

  #lastEndIn({ errors, tracks }: Tracks, w: Window, ring: number | null): Picture['lastEnd'] {
    let i = errors.lowerBound(w.cut ? w.t1 : w.t1 + 1) - 1;
    const others = (slot: number): boolean => ring !== null && ![0, ring].includes(tracks[slot]?.ring ?? 0);
    while (i >= errors.start && others(errors.a[i] as number)) i--;
    if (i < errors.start) return null;
    return {
      t: errors.t[i] as number,
      slot: errors.a[i] as number,
      res: errors.b[i] as number,
      flags: errors.c[i] as number,
      cause: terminateCauses[errors.d[i] as number] ?? 'error',
    };
  }

  /** Of the whole kept trace, up to `now`; for the group of this picture. */
  overview(picture: Picture): Overview {
    const { tracks, wholeTracks, whole } = this.source;
    // What is free of a group of another process is not known where nobody sees that buffers come back.
    const group = picture.group?.seen === true ? picture.group.key : -1;
    return overviewOf(wholeTracks ?? tracks, whole.oldest, picture.now, group, picture.group?.buffers ?? 0);
  }

  /** Number of the last event that is shown at a cursor. */
  shownUpTo(t: number, seq: number | null): number {
    const { events } = this.source;
    return seq !== null && seq >= events.first && seq < events.end ? seq : events.upperBound(t) - 1;
  }

  /** What there is to say of an event; null = it is not among those that are here. */
  inspect(query: InspectQuery, limits: WalkLimits): Inspection | null {
    return inspect(this.source, query, limits);
  }

  /** The next or previous place of a sort (hits are the finder's); null where the kept trace has none. */
  next({ t, seq, what, direction }: NextQuery): Place | null {
    const { events } = this.source;
    const bit = what === 'end' ? What.end : what === 'wake' ? What.wake : What.cqe;
    const bits = (n: number): number => events.chunkOf(n).what[events.offsetOf(n)] as number;
    const find = (from: number, by: 1 | -1): number => {
      for (let n = from; n >= events.first && n < events.end; n += by) if (what === 'event' || (bits(n) & bit) !== 0) return n;
      return -1;
    };
    const batchOf = (n: number): number => events.chunkOf(n).batch[events.offsetOf(n)] as number;
    /** The last CQE of the batch of `n`. */
    const lastOfBatch = (n: number): number => {
      let last = n;
      for (let m = n + 1; m < events.end && batchOf(m) === batchOf(n); m++) if ((bits(m) & What.cqe) !== 0) last = m;
      return last;
    };
    const shownUpTo = this.shownUpTo(t, seq);
    let n = -1;
    if (direction === 1) {
      n = find(shownUpTo + 1, 1);
      // From the middle of a batch, its end; else the end of the next.
      if (n >= 0 && what === 'batch') n = lastOfBatch(n);
    } else {
      const current = find(shownUpTo, -1);
      if (current < 0) return null;
      // A CQE that is shown is taken back. An end or wake is a place to go to: behind it, it is the nearest one.
      const isBehind = current < shownUpTo || events.timeOf(current) < t;
      let before = isBehind && (what === 'end' || what === 'wake') ? current : current - 1;
      if (what === 'batch') while (before >= events.first && batchOf(before) === batchOf(current)) before--;
      n = find(before, -1);
    }
    return n < 0 ? null : { t: events.timeOf(n), seq: n };
  }
}

/** The buffers of a picture, to be moved to another thread. */
export function transferablesOf(picture: Picture): ArrayBuffer[] {
  const { group, series, enobufs, reaps, lanes, cqes, history, latencies, hits, loop } = picture;
  const parts: object[] = [series, enobufs, reaps, lanes.marks, lanes.spans, cqes, history, latencies];
  if (hits !== null) parts.push(hits);
  if (group !== null) parts.push(group);
  if (loop !== null) parts.push(loop);
  if (loop?.newest) parts.push(loop.newest);
  return parts.flatMap((part) => Object.values(part).flatMap((v) => (ArrayBuffer.isView(v) ? [v.buffer as ArrayBuffer] : [])));
}
