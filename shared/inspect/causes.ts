/**
 * Causes and effects of one event, as links to other events: the submit, poll arm and wake that led to a CQE, the CQEs of the
 * same wake, who had its buffer before and who got it next, how its request ended and was armed anew. Pure.
 *
 * The rules are those of MULTISHOT.md, 0.2. The search is bounded both ways (WalkLimits); what it has not found it calls
 * "not in the N events looked at", never absent, unless the events around say that there is none.
 */
import { type EventRecord, type EventTable, eventAt } from '../codec/event-table.ts';
import { Kind } from '../schema/events.ts';
import { bidOf, CqeFlag, EPOLLONESHOT, Errno, errnoName, RecvIoprio } from '../schema/uapi.ts';
import { bufferCauses, replenishCauses } from './cause-buffers.ts';
import { CauseList, type Causes, type Subject } from './cause-links.ts';
import { closeCauses, connectCauses, overflowCauses, workCauses } from './cause-others.ts';
import { turnOf, wakeLinks } from './cause-wakes.ts';
import {
  type Before,
  type Behind,
  keyAt,
  look,
  MOST_CQES,
  type ReapWanted,
  Role,
  roleOf,
  type Seen,
  storyBefore,
  storyBehind,
} from './request-story.ts';
import { placeOf, recordAt, type WalkableEvents, type WalkLimits } from './walk.ts';
import { countOf, errnoWords } from './words.ts';

export type { CauseLink, CauseNote, Causes, Relation } from './cause-links.ts';
export type { WalkableEvents, WalkLimits } from './walk.ts';

/** Throws RangeError for an event that is not kept. */
export function causesOf(events: WalkableEvents, seq: number, limits: WalkLimits = {}): Causes {
  const place = placeOf(events, seq);
  if (place === null) throw new RangeError(`event ${seq} is not kept (${events.first} … ${events.end})`);
  const { table, i } = place;
  const list = new CauseList(events);
  const s: Subject = { events, seq, e: eventAt(table, i), key: keyAt(table, i), role: roleOf(table, i), limits, list };
  if (s.role !== Role.none) {
    if (s.e.request === 0) list.unknown('submit', 'no request is named by this event, so nothing can be joined to it');
    else requestCauses(s, table, i);
    return list.done();
  }
  switch (s.e.kind) {
    case Kind.replenish:
      replenishCauses(s);
      break;
    case Kind.connect:
      connectCauses(s);
      break;
    case Kind.close:
      closeCauses(s);
      break;
    case Kind.cqe_overflow:
      overflowCauses(s);
      break;
    case Kind.task_work:
      workCauses(s);
      break;
    default:
  }
  return list.done();
}

/** How sure it is that two CQE events are the same CQE, by their looks alone. */
function isUniqueWhileUnreaped({ flags }: EventRecord): boolean {
  // A bid is not consumed again before it was reaped and given back; only pieces of an incremental buffer share one.
  if ((flags & CqeFlag.F_MORE) === 0) return true;
  return bidOf(flags) >= 0 && (flags & CqeFlag.F_BUF_MORE) === 0;
}

function requestCauses(s: Subject, table: EventTable, i: number): void {
  const { events, seq, e, key, role, limits, list } = s;
  const isCqe = role === Role.post || role === Role.reap;
  const before = storyBefore(events, seq, key, isCqe ? e : null, role === Role.submit, limits);
  list.before(before.looked);
  // The event itself says as well what is traced.
  look(before.seen, table, i);
  const isEnded = isCqe && (e.flags & CqeFlag.F_MORE) === 0;
  /** Every CQE of the request up to here is among those looked at. */
  const isWhole = before.submit >= 0 && !before.isOlder && before.lostAt < 0;
  const post = role === Role.reap ? postOf(s, before, isWhole) : { seq: role === Role.post ? seq : -1, isCertain: true };
  const anchor = post.seq >= 0 ? post.seq : seq;
  const turn = isCqe ? turnOf(before, anchor, post.seq >= 0) : null;
  const behind = storyBehind(
    events,
    seq,
    key,
    {
      reap: role === Role.post ? reapWanted(s, before, isWhole) : null,
      inline: turn !== null && turn.wake < 0,
      ended: isEnded,
    },
    limits,
  );
  list.after(behind.looked);
  const seen: Seen = {
    probe: before.seen.probe || behind.seen.probe,
    arms: before.seen.arms || behind.seen.arms,
    all: before.seen.all || behind.seen.all,
  };
  submitLinks(s, before);
  armLinks(s, before, behind, seen, isWhole, anchor);
  if (turn !== null) wakeLinks(s, before, behind, turn, seen, anchor, isWhole);
  if (role === Role.post) reapLink(s, behind, seen, isWhole);
  if (role === Role.reap) postLink(s, before, post);
  if (role === Role.submit || role === Role.arm || role === Role.wake || role === Role.failed) effectLinks(s, behind, seen);
  endLinks(s, before, behind, isEnded);
  if (!isCqe || bidOf(e.flags) < 0) return;
  // Where posts are not traced, an overflow is: its buffer is followed from reap to reap.
  const isPost = post.seq >= 0 && seen.all;
  bufferCauses(s, isPost ? anchor : behind.reap >= 0 ? behind.reap : seq, isPost, seen.probe, before.submit);
}

function submitLinks(s: Subject, before: Before): void {
  const { events, role, list, e } = s;
  if (role === Role.submit) {
    const ended = before.endBefore >= 0 ? recordAt(events, before.endBefore) : null;
    if (ended !== null)
      list.link('end', before.endBefore, `the request before ended with this CQE${endText(ended)}; this one takes its place`);
    return;
  }
  if (before.submit < 0) {
    list.missing('submit', `the submit of request ${e.request}`, before.looked);
    return;
  }
  const submit = recordAt(events, before.submit);
  const words =
    submit?.kind === Kind.request_found
      ? `request ${e.request} is older than the trace; it is first told here`
      : `handed in as request ${e.request}`;
  list.link('submit', before.submit, words);
}

const endText = ({ res, flags }: EventRecord): string =>
  res < 0 ? `, ${errnoName(res)}` : res === 0 && bidOf(flags) < 0 ? ', 0 bytes' : `, ${countOf(res, 'byte')}`;

/** A multishot arms once; a single shot for each recv that waits (MULTISHOT.md 0.1). */
function armText({ events }: Subject, arm: number): string {
  const isOneShot = ((recordAt(events, arm)?.a ?? 0) & EPOLLONESHOT) !== 0;
  return isOneShot ? 'its poll was armed, for one wake' : 'its poll was armed, once for the whole request';
}

/** The poll arm, or that there was none (yet): then its CQEs came inline with the submit. */
function armLinks(s: Subject, before: Before, behind: Behind, seen: Seen, isWhole: boolean, anchor: number): void {
  const { role, list } = s;
  if (role === Role.arm) return;
  if (before.arm >= 0 && before.arm < anchor) {
    list.link('poll_arm', before.arm, armText(s, before.arm));
    return;
  }
  const arm = before.arm >= 0 ? before.arm : behind.arm;
  const isCqe = role === Role.post || role === Role.reap;
  if (arm >= 0) {
    const isEarlyWake = role === Role.wake;
    list.link(
      'poll_arm',
      arm,
      isEarlyWake
        ? 'armed after this wake: it was ready while the poll was being armed'
        : isCqe
          ? 'armed only after this CQE, which came inline with the submit'
          : armText(s, arm),
    );
    return;
  }
  if (role === Role.failed) return;
  if (!seen.arms) {
    list.unknown(
      'poll_arm',
      `no event of the kernel is among the ${(before.looked.events + behind.looked.events).toLocaleString('en-US')} looked at: poll arms and wakes can't be seen`,
    );
    return;
  }
  const hasEnded = behind.endPost >= 0 || (isCqe && (s.e.flags & CqeFlag.F_MORE) === 0);
  const isLosslessUntilEnd = behind.lostAt < 0 || behind.lostAt > behind.endPost;
  const isOwnSubmit = role === Role.submit ? isLosslessUntilEnd : isWhole && (!isCqe || hasEnded);
  if (isOwnSubmit && hasEnded) list.absent('poll_arm', 'none: the request was served inline with the submit and ended');
  else list.missing('poll_arm', 'the poll arm', role === Role.submit ? behind.looked : before.looked);
}

/** Which CQE the kernel posted is the one that was reaped here. */
function postOf(s: Subject, before: Before, isWhole: boolean): { seq: number; isCertain: boolean } {
  const { events, e } = s;
  const ordinal = before.reaps.length + 1;
  // Posts come nearest first: the n-th from the submit stands n-th from the end.
  const byOrder = isWhole && before.seen.all ? (before.posts[before.posts.length - ordinal] ?? -1) : -1;
  const found = byOrder >= 0 ? recordAt(events, byOrder) : null;
  if (found !== null && found.res === e.res && found.flags === e.flags) return { seq: byOrder, isCertain: true };
  return { seq: before.alike, isCertain: isUniqueWhileUnreaped(e) && before.lostAt < before.alike };
}

function postLink(s: Subject, before: Before, post: { seq: number; isCertain: boolean }): void {
  const { list } = s;
  if (list.link('cqe', post.seq, 'the kernel posted it', post.isCertain)) return;
  if (before.seen.all) list.missing('cqe', 'where the kernel posted it', before.looked);
}

function reapWanted(s: Subject, before: Before, isWhole: boolean): ReapWanted {
  // The reaps of other processes are seen by nobody.
  if (!before.seen.probe && before.submit >= 0) return null;
  const ordinal = before.seen.all ? before.posts.length - before.reaps.length + 1 : 0;
  // A post that looks like no other is found by its looks, whatever was lost.
  if (isUniqueWhileUnreaped(s.e) || !isWhole || ordinal < 1) return { res: s.e.res, flags: s.e.flags };
  return { ordinal };
}

function reapLink(s: Subject, behind: Behind, seen: Seen, isWhole: boolean): void {
  const { list, events, e } = s;
  if (behind.reap >= 0) {
    const reap = recordAt(events, behind.reap);
    const isSame = reap?.res === e.res && reap?.flags === e.flags;
    const isLossless = behind.lostAt < 0 || behind.lostAt > behind.reap;
    list.link('reap', behind.reap, 'the application took it', isSame && isLossless && (isWhole || isUniqueWhileUnreaped(e)));
    return;
  }
  if (!seen.probe)
    list.unknown(
      'reap',
      'nothing that the application did is among the events looked at: where another process takes a CQE is seen by nobody',
    );
  else list.missing('reap', 'where the application took it', behind.looked);
}

/** Of a submit, a poll arm or a wake: what came of it. */
function effectLinks(s: Subject, behind: Behind, seen: Seen): void {
  const { role, list, e } = s;
  if (role === Role.wake) {
    const cqes = behind.firstPosts.slice(0, behind.postsOfTurn);
    cqes.forEach((seq, k) => {
      list.link('cqe', seq, `CQE ${k + 1} of ${behind.postsOfTurn} that this wake gave`);
    });
    if (behind.postsOfTurn > cqes.length) list.unknown('cqe', `${countOf(behind.postsOfTurn - cqes.length, 'further CQE')} of this wake`);
    if (behind.postsOfTurn === 0) list.missing('cqe', 'a CQE before the next wake', behind.looked);
    return;
  }
  if (behind.firstWake >= 0 && role !== Role.failed) {
    list.link('wake', behind.firstWake, behind.wakes === 1 ? 'the only wake' : `the first of ${countOf(behind.wakes, 'wake')}`);
    if (behind.wakes > 1) list.link('wake', behind.lastWake, `the last of ${countOf(behind.wakes, 'wake')}`);
  }
  if (role === Role.arm) return;
  const cqes = seen.all ? behind.firstPosts : behind.firstReaps;
  const total = seen.all ? behind.posts : behind.reaps;
  cqes.forEach((seq, k) => {
    list.link('cqe', seq, role === Role.failed ? `its CQE, ${errnoWords(e.res)}` : `CQE ${k + 1} of ${total}`);
  });
  if (total > MOST_CQES) list.unknown('cqe', `${countOf(total - MOST_CQES, 'further CQE')} of this request`);
  if (total === 0) list.missing('cqe', 'a CQE', behind.looked);
}

/** How the request ended, and the submit that armed it anew. */
function endLinks(s: Subject, before: Before, behind: Behind, isEnded: boolean): void {
  const { events, role, list, e } = s;
  const posted = behind.endPost >= 0 ? behind.endPost : lastEnd(s, before);
  const end = isEnded ? -1 : posted >= 0 ? posted : behind.endReap;
  const ended = end >= 0 ? recordAt(events, end) : null;
  if (ended !== null) list.link('end', end, `its last CQE${endText(ended)}`);
  else if (!isEnded && role !== Role.failed) list.missing('end', behind.rearm >= 0 ? 'its last CQE' : 'its end', behind.looked);
  if (behind.rearm >= 0) {
    const next = recordAt(events, behind.rearm);
    const isMultishot = next !== null && ((next.a >>> 16) & RecvIoprio.RECV_MULTISHOT) !== 0;
    list.link(
      'rearm',
      behind.rearm,
      isMultishot ? `armed anew as request ${next.request}` : `the next request with this user_data, ${next?.request}`,
    );
  } else if (isEnded || ended !== null) {
    const cause = ended ?? e;
    const isClosed = cause.res === 0 || cause.res === -Errno.ECANCELED || cause.res === -Errno.ECONNRESET;
    list.missing('rearm', isClosed ? 'a further request with this user_data' : 'the submit that arms it anew', behind.looked);
  }
}

/** Of a reap: the kernel may have posted the end before. */
function lastEnd({ events, role }: Subject, before: Before): number {
  if (role !== Role.reap || before.posts.length === 0) return -1;
  const nearest = before.posts[0] as number;
  const post = recordAt(events, nearest);
  return post !== null && (post.flags & CqeFlag.F_MORE) === 0 ? nearest : -1;
}
