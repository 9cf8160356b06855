/**
 * The life of one request, as the events around one of them tell it:
 *
 *     submit ─ posts that came inline ─ poll_arm ─ { wake ─ posts }* ─ the post without F_MORE ─ … the next submit
 *                                                        └ each post is reaped later, in the same order
 *
 * Back to its submit, and forth to its end. A "post" is a CQE seen in the kernel: complete, or cqe_overflow (MULTISHOT.md 0.1:
 * an overflowed CQE gives no complete). Identity: ring, user_data and arm generation (schema/events.ts).
 */
import type { EventTable } from '../codec/event-table.ts';
import { Kind, Provenance } from '../schema/events.ts';
import { CqeFlag } from '../schema/uapi.ts';
import { type Looked, type Visit, type WalkableEvents, type WalkLimits, walk } from './walk.ts';

/** What an event is in the life of its request; 0 = nothing. */
export const Role = { none: 0, submit: 1, arm: 2, wake: 3, post: 4, reap: 5, failed: 6, fileGet: 7 } as const;

export function roleOf(table: EventTable, i: number): number {
  switch (table.kind[i]) {
    case Kind.submit:
    case Kind.request_found:
      return Role.submit;
    case Kind.poll_arm:
      return Role.arm;
    case Kind.wake:
      return Role.wake;
    case Kind.complete:
      return Role.post;
    case Kind.cqe_overflow:
      // The probe's says that the CQ is full, not whose CQE it was.
      return table.provenance[i] === Provenance.probe ? Role.none : Role.post;
    case Kind.reap:
      return Role.reap;
    case Kind.req_failed:
      return Role.failed;
    case Kind.file_get:
      return Role.fileGet;
    default:
      return Role.none;
  }
}

export interface RequestKey {
  readonly ring: number;
  /** Id in the dictionary of the tables. */
  readonly ud: number;
  readonly request: number;
}

export const keyAt = (table: EventTable, i: number): RequestKey => ({
  ring: table.ring[i] as number,
  ud: table.ud[i] as number,
  request: table.request[i] as number,
});

export const isOf = (table: EventTable, i: number, key: RequestKey): boolean =>
  table.request[i] === key.request && table.ud[i] === key.ud && table.ring[i] === key.ring;

/** A CQE without F_MORE: it ends its request. */
export const isEnd = (table: EventTable, i: number): boolean => ((table.flags[i] as number) & CqeFlag.F_MORE) === 0;

/** Whose events of the ring are among those looked at: what is not traced at all can't be missed. */
export interface Seen {
  probe: boolean;
  /** Poll arms and overflows are traced (workload parameter kernel: arms), at least. */
  arms: boolean;
  /** Wakes and posts are traced too (kernel: all). */
  all: boolean;
}

const allKinds: readonly number[] = [Kind.wake, Kind.complete, Kind.file_get, Kind.task_work, Kind.cq_wait];

export function look(seen: Seen, table: EventTable, i: number): void {
  if (table.provenance[i] === Provenance.probe) seen.probe = true;
  else if (table.provenance[i] === Provenance.tracepoint) {
    seen.arms = true;
    if (!seen.all && allKinds.includes(table.kind[i] as number)) seen.all = true;
  }
}

const isAllSeen = (seen: Seen): boolean => seen.all && seen.probe;
const nothingSeen = (): Seen => ({ probe: false, arms: false, all: false });

/** What lies before an event of the request, nearest first. */
export interface Before {
  /** Number of its submit; -1 = not found. */
  submit: number;
  /** Not a submit, but request_found: the request is older than the trace, and so may be CQEs, wakes and its poll arm. */
  isOlder: boolean;
  /** Number of the last CQE of the request before, on the same ring and with the same user_data; -1 = not found, or not asked for. */
  endBefore: number;
  arm: number;
  readonly wakes: number[];
  readonly posts: number[];
  readonly reaps: number[];
  /** The nearest post with these res and flags; -1 = none. */
  alike: number;
  /** The nearest place where ringlens lost events, behind the submit; -1 = none. */
  lostAt: number;
  seen: Seen;
  looked: Looked;
}

/** Goes back from event `seq` to the submit of its request; `further`: and on to the end of the request before. */
export function storyBefore(
  events: WalkableEvents,
  seq: number,
  key: RequestKey,
  like: { res: number; flags: number } | null,
  further: boolean,
  limits: WalkLimits,
): Before {
  const b: Before = {
    submit: -1,
    isOlder: false,
    endBefore: -1,
    arm: -1,
    wakes: [],
    posts: [],
    reaps: [],
    alike: -1,
    lostAt: -1,
    seen: nothingSeen(),
    looked: { events: 0, why: 'found' },
  };
  const visit: Visit = (table, i, n) => {
    if (table.kind[i] === Kind.dropped && b.submit < 0 && b.lostAt < 0) b.lostAt = n;
    if (!isAllSeen(b.seen) && table.ring[i] === key.ring) look(b.seen, table, i);
    // Most events are of others: this is asked for millions of them.
    if (table.ud[i] !== key.ud || table.ring[i] !== key.ring) return false;
    const role = roleOf(table, i);
    if (table.request[i] !== key.request) {
      if (!further || b.endBefore >= 0 || (role !== Role.post && role !== Role.reap)) return false;
      const isBefore = (table.request[i] as number) < key.request && isEnd(table, i);
      if (isBefore) b.endBefore = n;
      return isBefore && b.submit >= 0;
    }
    switch (role) {
      case Role.submit:
        b.submit = n;
        b.isOlder = table.kind[i] === Kind.request_found;
        return !further || b.endBefore >= 0;
      case Role.arm:
        b.arm = n;
        return false;
      case Role.wake:
        b.wakes.push(n);
        return false;
      case Role.post:
        b.posts.push(n);
        if (b.alike < 0 && like !== null && table.res[i] === like.res && table.flags[i] === like.flags) b.alike = n;
        return false;
      case Role.reap:
        b.reaps.push(n);
        return false;
      default:
        return false;
    }
  };
  b.looked = walk(events, seq, -1, limits, visit);
  return b;
}

/** Links to CQEs that are kept of one wake, or of one request. */
export const MOST_CQES = 64;

/** What lies behind an event of the request. */
export interface Behind {
  arm: number;
  /** The first and the last wake until its end, and how many there were. */
  firstWake: number;
  lastWake: number;
  wakes: number;
  /** The first posts (reaps) that follow, and how many there were until its end. */
  readonly firstPosts: number[];
  posts: number;
  readonly firstReaps: number[];
  reaps: number;
  /** Posts (of those before) until the next wake, poll arm or end. */
  postsOfTurn: number;
  /** Its last CQE: the post, and the reap. */
  endPost: number;
  endReap: number;
  /** The reap that `reapWanted` asks for. */
  reap: number;
  /** The submit of the next request with this user_data. */
  rearm: number;
  /** The first place behind the event where ringlens lost events; -1 = none. */
  lostAt: number;
  seen: Seen;
  looked: Looked;
}

/** Which reap is wanted: the n-th that follows (`ordinal`), or the first that looks like this. */
export type ReapWanted = { readonly ordinal: number } | { readonly res: number; readonly flags: number } | null;

export interface BehindOptions {
  readonly reap: ReapWanted;
  /** A poll arm ends the turn too: for CQEs that came inline. */
  readonly inline: boolean;
  /** The event is the last CQE of its request: only its reap and the next submit are wanted. */
  readonly ended: boolean;
}

export function storyBehind(events: WalkableEvents, seq: number, key: RequestKey, o: BehindOptions, limits: WalkLimits): Behind {
  const b: Behind = {
    arm: -1,
    firstWake: -1,
    lastWake: -1,
    wakes: 0,
    firstPosts: [],
    posts: 0,
    firstReaps: [],
    reaps: 0,
    postsOfTurn: 0,
    endPost: -1,
    endReap: -1,
    reap: -1,
    rearm: -1,
    lostAt: -1,
    seen: nothingSeen(),
    looked: { events: 0, why: 'found' },
  };
  let inTurn = true;
  let isAlive = !o.ended;
  const isDone = (): boolean => !isAlive && b.rearm >= 0 && (o.reap === null || b.reap >= 0);
  const visit: Visit = (table, i, n) => {
    if (table.kind[i] === Kind.dropped && b.lostAt < 0) b.lostAt = n;
    if (!isAllSeen(b.seen) && table.ring[i] === key.ring) look(b.seen, table, i);
    // Most events are of others: this is asked for millions of them.
    if (table.ud[i] !== key.ud || table.ring[i] !== key.ring) return false;
    const role = roleOf(table, i);
    if (table.request[i] !== key.request) {
      if (role !== Role.submit || b.rearm >= 0 || (table.request[i] as number) < key.request) return false;
      b.rearm = n;
      // Where nobody has seen the end, the next submit says that there was one.
      isAlive = false;
      return isDone();
    }
    switch (role) {
      case Role.arm:
        b.arm = n;
        if (o.inline) inTurn = false;
        return false;
      case Role.wake:
        inTurn = false;
        if (b.firstWake < 0) b.firstWake = n;
        b.lastWake = n;
        b.wakes++;
        return false;
      case Role.post:
        b.posts++;
        if (b.firstPosts.length < MOST_CQES) b.firstPosts.push(n);
        if (inTurn) b.postsOfTurn++;
        if (isEnd(table, i)) {
          b.endPost = n;
          inTurn = false;
          isAlive = false;
        }
        return isDone();
      case Role.reap:
        b.reaps++;
        if (b.firstReaps.length < MOST_CQES) b.firstReaps.push(n);
        if (b.reap < 0 && o.reap !== null) {
          const isIt = 'ordinal' in o.reap ? b.reaps === o.reap.ordinal : table.res[i] === o.reap.res && table.flags[i] === o.reap.flags;
          if (isIt) b.reap = n;
        }
        if (isEnd(table, i)) {
          b.endReap = n;
          isAlive = false;
        }
        return isDone();
      default:
        return false;
    }
  };
  b.looked = walk(events, seq + 1, 1, limits, visit);
  return b;
}
