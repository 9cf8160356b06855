/** Who had a buffer before, when it was given back, and who got it next. Pure. */
import { Kind, NO_GROUP, Provenance } from '../schema/events.ts';
import { bidOf, CqeFlag } from '../schema/uapi.ts';
import { type BufferKey, bufferBefore, bufferBehind, bundleBids, giveBacksOf, type Holder } from './buffer-story.ts';
import type { Subject } from './cause-links.ts';
import { Role } from './request-story.ts';
import { recordAt, type WalkableEvents, walk } from './walk.ts';

/** Buffers of one bundle that are followed. */
const MOST_OF_BUNDLE = 64;

/** The group that a request takes its buffers from; -1 = not told. */
function groupOfRequest(events: WalkableEvents, submit: number): number {
  const e = submit < 0 ? null : recordAt(events, submit);
  return e === null || e.b === NO_GROUP ? -1 : e.b;
}

const isSure = (holder: Holder): boolean => holder.behind === 0 && !holder.isDoubtful && !holder.isLossy;
function doubtOf(holder: Holder): string {
  if (holder.isLossy) return '; events were lost in between, and another may have had it';
  if (holder.behind > 0) return '; its CQE names the first buffer of a bundle, this one follows in the order of give-backs';
  return holder.isDoubtful ? '; which group it took it from is not told' : '';
}

/** Of a CQE with a buffer; `anchor`: where it was seen first, `submit`: of its request. */
export function bufferCauses(s: Subject, anchor: number, isPost: boolean, isOwn: boolean, submit: number): void {
  const { events, e, limits, list } = s;
  const bid = bidOf(e.flags);
  const key: BufferKey = { ring: s.key.ring, bid, bgid: groupOfRequest(events, submit), isOwn, role: isPost ? Role.post : Role.reap };
  const before = bufferBefore(events, anchor, key, limits);
  list.before(before.looked);
  const fed = `buffer ${bid} was given to the kernel`;
  if (before.isFirst) list.link('buffer_before', before.giveBack, `${fed} for the first time: nobody had it before`);
  else list.link('buffer_before', before.giveBack, `${fed}, and so was there for this CQE`, key.bgid >= 0);
  if (before.holder !== null) {
    const isPiece = before.giveBack < 0 && ((recordAt(events, before.holder.seq)?.flags ?? 0) & CqeFlag.F_BUF_MORE) !== 0;
    const words = isPiece ? `the piece before it, in the same buffer ${bid}` : `buffer ${bid} was consumed before by this CQE`;
    list.link('buffer_before', before.holder.seq, `${words}${doubtOf(before.holder)}`, isSure(before.holder));
  } else if (!before.isFirst) {
    list.missing('buffer_before', `who had buffer ${bid} before`, before.looked);
  }
  afterwards(s, anchor, key);
  bundleLinks(s, anchor, key);
}

function afterwards(s: Subject, anchor: number, key: BufferKey): void {
  const { events, e, limits, list } = s;
  const isPart = (e.flags & CqeFlag.F_BUF_MORE) !== 0;
  const behind = bufferBehind(events, anchor, key, true, limits);
  list.after(behind.looked);
  const { holder } = behind;
  const isPiece = isPart && holder !== null && behind.giveBack < 0;
  if (behind.giveBack >= 0) list.link('buffer_given_back', behind.giveBack, `buffer ${key.bid} was given back`, key.bgid >= 0);
  else if (isPart) list.absent('buffer_given_back', `not after this CQE: the kernel goes on in buffer ${key.bid} (F_BUF_MORE)`);
  else if (holder !== null)
    list.unknown('buffer_given_back', `buffer ${key.bid} was given back before event ${holder.seq} consumed it again; nobody saw when`);
  else list.missing('buffer_given_back', `the give-back of buffer ${key.bid}`, behind.looked);
  if (holder === null) {
    list.missing('next_holder', `who got buffer ${key.bid} next`, behind.looked);
    return;
  }
  const words = isPiece ? `the next piece, in the same buffer ${key.bid}` : `buffer ${key.bid} was consumed next by this CQE`;
  list.link('next_holder', holder.seq, `${words}${doubtOf(holder)}`, isSure(holder));
}

/** The other buffers of a bundle: the CQE names the first one only. */
function bundleLinks(s: Subject, anchor: number, key: BufferKey): void {
  const { events, limits, list } = s;
  const bids = bundleBids(events, anchor, key, limits).slice(1, MOST_OF_BUNDLE);
  if (bids.length === 0) return;
  list.unknown('buffer_given_back', `by its length it filled buffers ${key.bid}, ${bids.join(', ')} (inferred: it names the first one)`);
  for (const [bid, seq] of giveBacksOf(events, anchor, key, bids, limits))
    list.link('buffer_given_back', seq, `buffer ${bid}, of the same bundle, was given back`, false);
}

/** Of a give-back: the CQE that had consumed the buffer, and the one that consumes it next. */
export function replenishCauses(s: Subject): void {
  const { events, seq, e, limits, list } = s;
  const key: BufferKey = { ring: s.key.ring, bid: e.a, bgid: e.b, isOwn: e.provenance === Provenance.probe, role: roleOfCqes(s) };
  if (e.userData === 0n && e.provenance === Provenance.probe) {
    list.absent('buffer_before', `none: buffer ${e.a} is given to the kernel for the first time`);
  } else {
    const { holder, looked } = bufferBefore(events, seq, key, limits, true);
    list.before(looked);
    const cqe = holder === null ? null : recordAt(events, holder.seq);
    if (holder === null || cqe === null) list.missing('buffer_before', `the CQE that had consumed buffer ${e.a}`, looked);
    else {
      const isSame = e.userData === 0n || e.userData === cqe.userData;
      const doubt = isSame ? '' : '; the give-back tells another user_data';
      list.link(
        'buffer_before',
        holder.seq,
        `buffer ${e.a} had been consumed by this CQE${doubtOf(holder)}${doubt}`,
        isSure(holder) && isSame,
      );
    }
  }
  const behind = bufferBehind(events, seq, key, false, limits);
  list.after(behind.looked);
  if (behind.holder === null) list.missing('next_holder', `who got buffer ${e.a} next`, behind.looked);
  else
    list.link(
      'next_holder',
      behind.holder.seq,
      `buffer ${e.a} was consumed next by this CQE${doubtOf(behind.holder)}`,
      isSure(behind.holder),
    );
}

const NEAR = 65_536;

/** CQEs are followed where the kernel posts them, if it was traced around here. */
function roleOfCqes({ events, seq, key }: Subject): number {
  for (const direction of [-1, 1] as const) {
    const { why } = walk(
      events,
      seq,
      direction,
      { most: NEAR },
      (table, i) => table.kind[i] === Kind.complete && table.ring[i] === key.ring,
    );
    if (why === 'found') return Role.post;
  }
  return Role.reap;
}
