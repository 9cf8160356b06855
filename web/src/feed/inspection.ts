/**
 * What the worker tells of one event: the event itself, what it is called, what led to it and came of it, and where its request
 * is in the kernel's loop. An event is found by its number, or by its looks at a moment, which mean the same in every reader.
 */
import { type EventRecord, eventAt } from '../../../shared/codec/event-table.ts';
import { type Causes, causesOf } from '../../../shared/inspect/causes.ts';
import { afterEvent, type Lit, litBy, loopStart, type Visits, visits } from '../../../shared/inspect/loop.ts';
import { isOf, keyAt, Role, roleOf } from '../../../shared/inspect/request-story.ts';
import { placeOf, recordAt, type WalkLimits, walk } from '../../../shared/inspect/walk.ts';
import type { SentenceContext } from '../../../shared/inspect/words.ts';
import { laneName } from '../../../shared/model/lane-name.ts';
import { Kind, Provenance, Transport } from '../../../shared/schema/events.ts';
import type { EventStore } from '../../../shared/timeline/event-store.ts';
import type { PictureSource } from './picture-source.ts';

/** An event by its looks; what is left out may be anything. */
export interface EventLooks {
  /** ns since the start. */
  t: number;
  /** Kind codes, the wanted one first. */
  kinds?: readonly number[];
  userData?: bigint;
  res?: number;
  flags?: number;
  /** Its field a, such as the bid of a replenish. */
  a?: number;
  /** Without `kinds`: which of the events at `t`, from 0. */
  nth?: number;
  /** The first one that fits and is no farther from `t`, ns; about one if it is left out. */
  within?: number;
}
export type InspectQuery = { seq: number } | EventLooks;

export interface LoopOfEvent {
  lit: Lit;
  visits: Visits;
  /** The event is a reap, and this is when the kernel was seen to post its CQE: that is what is lit. null = the event itself is. */
  posted: number | null;
}

export interface Inspection {
  seq: number;
  event: EventRecord;
  /** Which of the events at its time it is, from 0: with the time it is an address. */
  nth: number;
  context: SentenceContext;
  /** Slot of its lane; -1 = it has none. */
  slot: number;
  causes: Causes;
  /** null: it is of no recv. */
  loop: LoopOfEvent | null;
}

/** Times in a link are whole nanoseconds. */
const ROUNDED = 1;
/** Events of its request that are gone through for the loop. */
const LOOP_EVENTS = 400_000;

/** Work on one answer, ms. */
const INSPECT_MS = 150;
export function deadline(clock: () => number): WalkLimits {
  const until = clock() + INSPECT_MS;
  return { isOver: () => clock() >= until };
}

function find(events: EventStore, query: InspectQuery): number {
  if ('seq' in query) return query.seq;
  const { t, kinds, userData, res, flags, a, nth = 0, within = ROUNDED } = query;
  let best = -1;
  let rank = Number.POSITIVE_INFINITY;
  let seen = 0;
  for (let n = events.lowerBound(t - within); n < events.end && events.timeOf(n) <= t + within; n++) {
    const e = recordAt(events, n);
    if (e === null) continue;
    if (userData !== undefined && e.userData !== userData) continue;
    if ((res !== undefined && e.res !== res) || (flags !== undefined && e.flags !== flags) || (a !== undefined && e.a !== a)) continue;
    const at = kinds === undefined ? 0 : kinds.indexOf(e.kind);
    if (at < 0) continue;
    // A link's number counts those of its nanosecond alone.
    if (kinds === undefined && ((query.within === undefined && Math.round(e.t) !== Math.round(t)) || seen++ < nth)) continue;
    if (at < rank) {
      rank = at;
      best = n;
    }
    if (rank === 0) break;
  }
  return best;
}

function nthOf(events: EventStore, seq: number): number {
  const t = Math.round(events.timeOf(seq));
  let n = seq;
  while (n > events.first && Math.round(events.timeOf(n - 1)) === t) n--;
  return seq - n;
}

/** null: there is no such event among those that are here. */
export function inspect(source: PictureSource, query: InspectQuery, limits: WalkLimits): Inspection | null {
  const { events } = source;
  const seq = find(events, query);
  if (seq < events.first || seq >= events.end) return null;
  const place = placeOf(events, seq);
  if (place === null) return null;
  const { table, i } = place;
  const event = eventAt(table, i);
  const model = source.cursor.stateAfter(seq);
  const { lane, cause, fairness, multishot, recv } = model.effect;
  const context: SentenceContext = {
    ...(lane === null ? {} : { name: laneName(model, lane) }),
    ...(recv ? { multishot } : {}),
    ...(cause === null ? {} : { cause }),
    fairness,
  };
  return {
    seq,
    event,
    nth: nthOf(events, seq),
    context,
    slot: lane?.slot ?? -1,
    causes: causesOf(events, seq, limits),
    loop: lane === null || roleOf(table, i) === Role.none ? null : loopOf(events, seq, limits, lane.transport !== Transport.udp),
  };
}

function loopOf(events: EventStore, seq: number, limits: WalkLimits, isStream: boolean): Inspection['loop'] {
  const { table, i } = placeOf(events, seq) as NonNullable<ReturnType<typeof placeOf>>;
  const key = keyAt(table, i);
  const before: EventRecord[] = [];
  walk(events, seq, -1, { ...limits, most: LOOP_EVENTS }, (of, k) => {
    if (!isOf(of, k, key)) return false;
    before.push(eventAt(of, k));
    return of.kind[k] === Kind.submit || of.kind[k] === Kind.request_found;
  });
  before.reverse();
  const event = eventAt(table, i);
  const post = event.kind === Kind.reap ? postOf(before, event) : -1;
  const of = before[post] ?? event;
  const state = before.slice(0, post < 0 ? before.length : post).reduce(afterEvent, loopStart);
  return { lit: litBy(of, state, { isStream }), visits: visits([...before, event], { isStream }), posted: post < 0 ? null : of.t };
}

/** Place of the CQE of a reap among the events of its request before it: they are reaped in the order in which they were posted. -1 = none. */
function postOf(before: readonly EventRecord[], { res, flags }: EventRecord): number {
  const isPost = (e: EventRecord): boolean =>
    e.kind === Kind.complete || (e.kind === Kind.cqe_overflow && e.provenance !== Provenance.probe);
  const isAlike = (e: EventRecord | undefined): boolean => e !== undefined && isPost(e) && e.res === res && e.flags === flags;
  const reaped = before.reduce((n, { kind }) => n + (kind === Kind.reap ? 1 : 0), 0);
  let posts = 0;
  const nth = before.findIndex((e) => isPost(e) && posts++ === reaped);
  // Where some of it are not here, the nearest one that looks like it.
  return isAlike(before[nth]) ? nth : before.findLastIndex(isAlike);
}
