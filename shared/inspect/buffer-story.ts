/**
 * The life of one buffer around a CQE or a give-back:
 *
 *     given back ─ consumed (a CQE names its bid) ─ given back ─ consumed ─ …        of one ring and group, in this order
 *
 * A CQE names the first bid of a bundle only. The others follow in the order in which bids were given to the kernel
 * (BufferGroup.bundleBids), so the give-backs before tell whether a CQE that names another bid took this one too:
 *
 *     give-backs   … 3   5   1   2 …      a CQE with bid 5 over three buffers takes 5, 1 and 2: bid 2 is two behind bid 5
 */
import type { EventTable } from '../codec/event-table.ts';
import { Kind, NO_GROUP, Provenance } from '../schema/events.ts';
import { bidOf, CqeFlag } from '../schema/uapi.ts';
import { isOf, keyAt, type RequestKey, Role, roleOf } from './request-story.ts';
import { type Looked, placeOf, type WalkableEvents, type WalkLimits, walk } from './walk.ts';

export interface BufferKey {
  readonly ring: number;
  readonly bid: number;
  /** -1 = not told: any group of the ring will do. */
  readonly bgid: number;
  /** The ring is that of the own workload. */
  readonly isOwn: boolean;
  /** How CQEs are seen: posted by the kernel, or else reaped. */
  readonly role: number;
}

/** A CQE that consumed the buffer. */
export interface Holder {
  /** Number of the CQE's event. */
  readonly seq: number;
  /** 0 = it names the bid; else a bundle that names the bid given back so many before it. */
  readonly behind: number;
  /** That it belongs to this group is not known. */
  readonly isDoubtful: boolean;
  /** Ringlens lost events in between: another one may have had it. */
  readonly isLossy: boolean;
}

/** Bundles map up to so many buffers at once (io_uring/kbuf.c, PEEK_MAX_IMPORT), and that far back the order is read. */
const MOST_OF_BUNDLE = 256;
const MOST_FOR_ORDER = 65_536;

const isReplenish = (table: EventTable, i: number, key: BufferKey): boolean =>
  table.kind[i] === Kind.replenish && table.ring[i] === key.ring && (key.bgid < 0 || table.b[i] === key.bgid);
const isGiveBack = (table: EventTable, i: number, key: BufferKey): boolean => isReplenish(table, i, key) && table.a[i] === key.bid;

/** Requests whose group is looked up for one buffer. */
const MOST_LOOKUPS = 16;

/** Whether a CQE takes its buffers from the same group: it tells the bid alone, the submit of its request the group. */
class Groups {
  readonly #of = new Map<string, boolean | null>();

  constructor(
    private readonly events: WalkableEvents,
    private readonly key: BufferKey,
    private readonly limits: WalkLimits,
  ) {}

  /** Yes, no, or null: it is not known. */
  has(table: EventTable, i: number, seq: number): boolean | null {
    // The own workload has one group.
    if (this.key.isOwn) return true;
    if (this.key.bgid < 0) return null;
    const request = keyAt(table, i);
    const name = `${request.ud} ${request.request}`;
    const known = this.#of.get(name);
    if (known !== undefined) return known;
    if (this.#of.size >= MOST_LOOKUPS) return null;
    const is = this.#lookUp(request, seq);
    this.#of.set(name, is);
    return is;
  }

  #lookUp(request: RequestKey, seq: number): boolean | null {
    let bgid = NO_GROUP;
    walk(this.events, seq, -1, this.limits, (table, i) => {
      if (!isOf(table, i, request) || roleOf(table, i) !== Role.submit) return false;
      bgid = table.b[i] as number;
      return true;
    });
    return bgid === NO_GROUP ? null : bgid === this.key.bgid;
  }
}

const namesBid = (table: EventTable, i: number, key: BufferKey): boolean =>
  table.ring[i] === key.ring && bidOf(table.flags[i] as number) === key.bid && roleOf(table, i) === key.role;

export interface BufferBefore {
  /** The give-back that gave the kernel the buffer; -1 = not found. */
  giveBack: number;
  /** That was the first fill: nobody had it before. */
  isFirst: boolean;
  /** Who had it before; null = not found. */
  holder: Holder | null;
  looked: Looked;
}

/** What happened to the buffer before event `seq`, which consumed it (or, for a give-back, gave it back). */
export function bufferBefore(events: WalkableEvents, seq: number, key: BufferKey, limits: WalkLimits, isGivenBack = false): BufferBefore {
  const groups = new Groups(events, key, limits);
  const b: BufferBefore = { giveBack: -1, isFirst: false, holder: null, looked: { events: 0, why: 'found' } };
  let unnamedFrom = -1;
  let isLossy = false;
  b.looked = walk(events, seq, -1, limits, (table, i, n) => {
    if (table.kind[i] === Kind.dropped) isLossy = true;
    if (isGiveBack(table, i, key)) {
      if (b.giveBack < 0 && !isGivenBack) {
        b.giveBack = n;
        b.isFirst = isFirstFill(table, i);
        return b.isFirst;
      }
      unnamedFrom = n;
      return true;
    }
    if (!namesBid(table, i, key)) return false;
    const isOurs = groups.has(table, i, n);
    if (isOurs === false) return false;
    b.holder = { seq: n, behind: 0, isDoubtful: isOurs === null, isLossy };
    return true;
  });
  // Given back twice, and no CQE between names it: a bundle took it with another.
  if (unnamedFrom >= 0) b.holder = bufferBehind(events, unnamedFrom, key, false, { ...limits, most: seq - unnamedFrom - 1 }).holder;
  return b;
}

const isFirstFill = (table: EventTable, i: number): boolean =>
  table.provenance[i] === Provenance.probe && table.dictionary.valueOf(table.ud[i] as number) === 0n;

export interface BufferBehind {
  /** When the application gave it back; -1 = not found. */
  giveBack: number;
  /** Who got it next; null = not found. */
  holder: Holder | null;
  looked: Looked;
}

/**
 * What happens to the buffer after event `seq`. `isConsumed`: the event is the CQE that consumed it, so that a give-back comes
 * before the next holder; false: the event gave it back.
 */
export function bufferBehind(events: WalkableEvents, seq: number, key: BufferKey, isConsumed: boolean, limits: WalkLimits): BufferBehind {
  const groups = new Groups(events, key, limits);
  const b: BufferBehind = { giveBack: -1, holder: null, looked: { events: 0, why: 'found' } };
  let order: Map<number, number> | null = isConsumed ? null : orderBefore(events, seq, key);
  let size = isConsumed ? 0 : sizeAt(events, seq);
  let isLossy = false;
  b.looked = walk(events, seq + 1, 1, limits, (table, i, n) => {
    if (table.kind[i] === Kind.dropped) isLossy = true;
    if (isGiveBack(table, i, key)) {
      if (isConsumed && b.giveBack < 0) {
        b.giveBack = n;
        order = orderBefore(events, n, key);
        size = table.res[i] as number;
      }
      return false;
    }
    if (table.ring[i] !== key.ring || roleOf(table, i) !== key.role) return false;
    const bid = bidOf(table.flags[i] as number);
    // Before it is given back the kernel can only go on in it; of a group whose give-backs nobody sees, it was given back.
    const behind = bid === key.bid ? 0 : bid < 0 ? undefined : order?.get(bid);
    if (behind === undefined) return false;
    const isOurs = groups.has(table, i, n);
    if (isOurs === false) return false;
    if (behind > 0 && !covers(table, i, behind, size)) {
      // That bid was consumed alone; when it comes back it stands behind this one.
      order?.delete(bid);
      return false;
    }
    b.holder = { seq: n, behind, isDoubtful: isOurs === null, isLossy };
    return true;
  });
  return b;
}

const sizeAt = (events: WalkableEvents, seq: number): number => {
  const place = placeOf(events, seq);
  return place === null ? 0 : (place.table.res[place.i] as number);
};

/** The CQE's bytes reach into the buffer that stands `behind` its first one. */
const covers = (table: EventTable, i: number, behind: number, size: number): boolean =>
  size > 0 && Math.ceil((table.res[i] as number) / size) > behind;

/** bid → how many places before the give-back `seq` it was given to the kernel, for those that the same bundle can name. */
function orderBefore(events: WalkableEvents, seq: number, key: BufferKey): Map<number, number> {
  const order = new Map<number, number>();
  let place = 0;
  walk(events, seq, -1, { most: MOST_FOR_ORDER }, (table, i) => {
    if (!isReplenish(table, i, key)) return false;
    const bid = table.a[i] as number;
    place++;
    if (bid !== key.bid && !order.has(bid)) order.set(bid, place);
    return bid === key.bid || place >= MOST_OF_BUNDLE;
  });
  return order;
}

/**
 * The bids of a CQE over several buffers, the one it names first: the bids given to the kernel after that one, in order.
 * Fewer than it must be where those give-backs are not found.
 */
export function bundleBids(events: WalkableEvents, seq: number, key: BufferKey, limits: WalkLimits): number[] {
  const place = placeOf(events, seq);
  if (place === null) return [key.bid];
  const { giveBack } = bufferBefore(events, seq, key, limits);
  const size = giveBack < 0 ? 0 : sizeAt(events, giveBack);
  const res = place.table.res[place.i] as number;
  const isPart = ((place.table.flags[place.i] as number) & CqeFlag.F_BUF_MORE) !== 0;
  const buffers = size > 0 && !isPart ? Math.ceil(res / size) : 1;
  const bids = [key.bid];
  if (buffers > 1) {
    walk(events, giveBack + 1, 1, { ...limits, most: seq - giveBack - 1 }, (table, i) => {
      if (bids.length >= buffers) return true;
      if (isReplenish(table, i, key)) bids.push(table.a[i] as number);
      return false;
    });
  }
  return bids;
}

/** When each of some bids is given back after event `seq`: bid and number, for those that are. */
export function giveBacksOf(
  events: WalkableEvents,
  seq: number,
  key: BufferKey,
  bids: readonly number[],
  limits: WalkLimits,
): Map<number, number> {
  const wanted = new Set(bids);
  const found = new Map<number, number>();
  walk(events, seq + 1, 1, limits, (table, i, n) => {
    if (!isReplenish(table, i, key) || !wanted.delete(table.a[i] as number)) return false;
    found.set(table.a[i] as number, n);
    return wanted.size === 0;
  });
  return found;
}
