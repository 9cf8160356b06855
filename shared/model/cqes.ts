/** CQEs: posted by the kernel, reaped by the application; what they do to their lane and to the buffers. */
import type { EventTable } from '../codec/event-table.ts';
import { BidState, Kind, opcodeOfWord, Transport } from '../schema/events.ts';
import { bidOf, CqeFlag, Opcode } from '../schema/uapi.ts';
import type { BufferGroup } from './buffer-group.ts';
import { groupKeyOf } from './group-key.ts';
import { isOwnRecv, isRecvOpcode, type Lane } from './requests.ts';
import type { ModelState } from './state.ts';
import { laneOfKernel, ownLane } from './submits.ts';
import { causeOf, type TerminateCause } from './terminate-cause.ts';

/** A multishot recv receives once and then again up to 32 times; then others have a turn (io_uring/net.c, MULTISHOT_MAX_RETRY). */
export const CQES_A_TURN = 33;
const NO_FD = 0xffffffff;

export function applyWake(m: ModelState, table: EventTable, i: number, t: number): void {
  const e = m.effect;
  e.lane = laneOfKernel(m, table, i, t, table.res[i] as number, table.b[i] as number);
  const { lane } = e;
  if (lane === null) return;
  // The request is queued again by the kernel itself, with mask 0 (MULTISHOT.md, 0.2).
  e.fairness = table.a[i] === 0 && lane.run === CQES_A_TURN;
  if (!e.fairness) lane.wokenAt = t;
  lane.run = 0;
}

/** The application took a CQE of the own workload. */
export function applyReap(m: ModelState, table: EventTable, i: number, t: number): void {
  const e = m.effect;
  if (t !== m.lastReapT) {
    m.lastReapT = t;
    m.batch++;
    e.newBatch = true;
  }
  const ud = table.ud[i] as number;
  const known = m.laneTable.ofUd(ud);
  if (known === undefined && !isOwnRecv(m.dictionary.lo[ud] as number)) return;
  const lane = known ?? ownLane(m, ud);
  const res = table.res[i] as number;
  const flags = table.flags[i] as number;
  const ends = (flags & CqeFlag.F_MORE) === 0;
  e.lane = lane;
  e.recv = true;
  e.multishot = lane.multishot;
  if (lane.unreaped > 0) {
    const posted = m.postedAt(lane.slot).take(lane.unreaped);
    if (posted >= 0) e.sinceComplete = t - posted;
    lane.unreaped--;
    const bid = bidOf(flags);
    const group = bid >= 0 ? m.groupOf(lane) : undefined;
    if (group !== undefined) {
      e.groupKey = groupKeyOf(0, group.bgid);
      group.hold(bid, t);
    }
    if (!ends) return;
    e.cause = lane.unreapedEnd ?? causeFor(m, lane, res, flags);
    lane.unreapedEnd = null;
    return;
  }
  e.cqe = true;
  if (e.newBatch || m.run === 0) m.run++;
  consume(m, lane, m.groupOf(lane), res, flags, BidState.held, t);
  lane.shots++;
  if (ends) end(m, lane, causeFor(m, lane, res, flags), t);
}

/** The kernel posted a CQE, or put it on its overflow list. */
export function applyComplete(m: ModelState, table: EventTable, i: number, t: number): void {
  const e = m.effect;
  const foreign = m.isForeign(table, i);
  const lane = laneOfCompletion(m, table, i, t, foreign);
  const res = table.res[i] as number;
  const flags = table.flags[i] as number;
  const group = lane === null ? undefined : foreign ? foreignGroupOf(m, lane, flags) : m.groupOf(lane);
  if (foreign && table.kind[i] === Kind.complete) {
    const key = group === undefined ? -1 : groupKeyOf(group.ring, group.bgid);
    m.foreignRings().posted(m.ringOf(table, i), key, group === undefined ? -1 : bidOf(flags), t, m.groups);
  }
  e.lane = lane;
  if (lane === null) return;
  e.recv = true;
  e.cqe = true;
  if (lane.run === 0 || lane.slot !== m.runLane) m.run++;
  m.runLane = lane.slot;
  if (lane.shots === 0 && lane.armed && lane.since >= 0) e.sinceSubmit = t - lane.since;
  if (lane.wokenAt >= 0) e.sinceWake = t - lane.wokenAt;
  lane.wokenAt = -1;
  lane.run++;
  lane.shots++;
  if (!foreign) {
    lane.unreaped++;
    m.postedAt(lane.slot).put(t);
  }
  consume(m, lane, group, res, flags, BidState.filled, t);
  if ((flags & CqeFlag.F_MORE) !== 0) {
    if (foreign) {
      lane.multishot = true;
      lane.armed = true;
    }
    e.multishot = lane.multishot;
    m.becomeCertain(lane);
    return;
  }
  e.multishot = lane.multishot;
  let cause = causeFor(m, lane, res, flags);
  if (cause === 'data' && lane.multishot && table.kind[i] === Kind.cqe_overflow) cause = 'overflow';
  // Of a recv before it on the same fd: the newer one is in flight still.
  const request = table.request[i] as number;
  if (foreign && request !== 0 && request < lane.request) {
    e.cause = cause;
    return;
  }
  m.becomeCertain(lane);
  end(m, lane, cause, t);
  if (!foreign) lane.unreapedEnd = cause;
}

/** The group that the CQE took a buffer from; undefined = it carries none. */
function foreignGroupOf(m: ModelState, lane: Lane, flags: number): BufferGroup | undefined {
  return bidOf(flags) < 0 ? undefined : m.foreignGroup(lane.ring, m.foreignBgid(lane));
}

function laneOfCompletion(m: ModelState, table: EventTable, i: number, t: number, foreign: boolean): Lane | null {
  const word = table.a[i] as number;
  const told = table.b[i] as number;
  const fd = told === NO_FD ? -1 : told;
  const lane = laneOfKernel(m, table, i, t, fd, word);
  if (!foreign) return lane;
  const opcode = opcodeOfWord(word);
  if (opcode >= 0 && !isRecvOpcode(opcode)) return null;
  if (lane !== null || ((table.flags[i] as number) & CqeFlag.F_BUFFER) === 0) return lane;
  // Only a request that receives is given a buffer: this one is older than the trace, and nothing else is known of it.
  return m.laneTable.findOrMake(table.ring[i] as number, table.ud[i] as number, fd, false, t);
}

function end(m: ModelState, lane: Lane, cause: TerminateCause, t: number): void {
  m.effect.cause = cause;
  lane.armed = false;
  lane.waited = t - lane.since;
  lane.since = t;
  lane.lastCause = cause;
}

function causeFor(m: ModelState, lane: Lane, res: number, flags: number): TerminateCause {
  const cause = causeOf(res, flags);
  if (cause !== 'data') return cause;
  // On a stream, recvmsg tells the end with a header and no payload: case h of the measured cases.
  const header = 16;
  if (lane.opcode === Opcode.RECVMSG && lane.transport !== Transport.udp && res === header) return 'eof';
  // A multishot that ends with plain data met a full CQ (case f), where an overflow was seen.
  if (lane.multishot && !lane.bundle && m.overflowSeen) return 'overflow';
  return 'data';
}

function consume(
  m: ModelState,
  lane: Lane,
  group: BufferGroup | undefined,
  res: number,
  flags: number,
  state: typeof BidState.filled | typeof BidState.held,
  t: number,
): void {
  const bid = bidOf(flags);
  if (bid < 0 || group === undefined) return;
  m.effect.groupKey = groupKeyOf(group.ring, group.bgid);
  const size = Math.max(0, res);
  const partLeft = (flags & CqeFlag.F_BUF_MORE) !== 0;
  if (lane.bundle) {
    let rest = size;
    const bids = group.bundleBids(bid, size);
    if (state === BidState.filled) group.noteBundle(bids);
    bids.forEach((b, k) => {
      const room = group.bufferSize - (group.incremental && k === 0 ? (group.bytes[b] ?? 0) : 0);
      const part = k === bids.length - 1 ? rest : Math.min(rest, room);
      if (partLeft && k === bids.length - 1) group.consumePart(b, part, lane.slot);
      else group.consume(b, part, lane.slot, state, t, !m.uncertain);
      rest -= part;
    });
    return;
  }
  if (partLeft) group.consumePart(bid, size, lane.slot);
  else group.consume(bid, size, lane.slot, state, t, !m.uncertain);
}
