/** A recv is handed in: whose lane it belongs to, and what is known of it. */
import type { EventTable } from '../codec/event-table.ts';
import { Kind, NO_GROUP, RequestFlag } from '../schema/events.ts';
import { RecvIoprio, SqeFlag } from '../schema/uapi.ts';
import { ioprioOf, isMultishotRecv, isRecv, type Lane, opcodeOf, slotOf } from './requests.ts';
import type { ModelState } from './state.ts';

/** The lane of the own workload whose recv carries this user_data; made when it was not announced (its connect was lost). */
export function ownLane(m: ModelState, ud: number): Lane {
  const known = m.laneTable.ofUd(ud);
  if (known !== undefined) return known;
  const lane = m.laneTable.put(slotOf(m.dictionary.lo[ud] as number), ud);
  lane.open = true;
  return lane;
}

export function applySubmit(m: ModelState, table: EventTable, i: number, t: number): void {
  const a = table.a[i] as number;
  if (!isRecv(a)) return;
  if (!m.isForeign(table, i)) {
    handIn(m, ownLane(m, table.ud[i] as number), table, i, t);
    return;
  }
  const fixed = ((a >>> 8) & SqeFlag.FIXED_FILE) !== 0;
  const fd = table.res[i] as number;
  const found = table.kind[i] === Kind.request_found;
  if (fd < 0 && !fixed && !found) {
    m.foreignRings().expect(table, i);
    return;
  }
  const lane = m.laneTable.findOrMake(table.ring[i] as number, table.ud[i] as number, fd, fixed, t);
  if (lane === null) return;
  handIn(m, lane, table, i, t);
  if (!found) return;
  // Nobody hands it in now: it has been in flight since before the trace, and nobody saw from when on.
  m.effect.submitted = false;
  lane.since = -1;
}

function handIn(m: ModelState, lane: Lane, table: EventTable, i: number, t: number): void {
  const a = table.a[i] as number;
  const bgid = table.b[i] as number;
  const e = m.effect;
  e.lane = lane;
  e.recv = true;
  e.submitted = true;
  e.multishot = isMultishotRecv(a);
  e.rearm = lane.lastCause !== null && lane.lastCause !== 'data';
  if (lane.lastCause !== null && !lane.armed && lane.since >= 0) e.sinceEnd = t - lane.since;
  lane.open = true;
  lane.armed = true;
  lane.multishot = e.multishot;
  lane.opcode = opcodeOf(a);
  lane.bundle = (ioprioOf(a) & RecvIoprio.RECVSEND_BUNDLE) !== 0;
  if (lane.ring === 0) {
    lane.bgid = bgid;
    lane.fd = table.res[i] as number;
  } else if (bgid !== NO_GROUP) {
    // What the SQE memory does not tell is most likely what it was the last time.
    lane.bgid = bgid;
  }
  lane.request = table.request[i] as number;
  lane.since = t;
  lane.shots = 0;
  lane.run = 0;
  lane.wokenAt = -1;
  m.becomeCertain(lane);
}

/** The lane of an event from the kernel. A submit that waited to hear its fd is taken in. `fd` -1 = not told. */
export function laneOfKernel(m: ModelState, table: EventTable, i: number, t: number, fd: number, word: number): Lane | null {
  const ud = table.ud[i] as number;
  m.effect.ambiguous = (word & RequestFlag.ambiguous) !== 0;
  if (!m.isForeign(table, i)) return m.laneTable.ofUd(ud) ?? null;
  const ring = table.ring[i] as number;
  const fixed = (word & RequestFlag.fixedFile) !== 0;
  const foreign = m.foreignRings();
  if (!foreign.take(ring, table.request[i] as number)) return m.laneTable.find(ring, ud, fd, fixed);
  const lane = m.laneTable.findOrMake(ring, ud, fd, fixed, t);
  if (lane !== null) handIn(m, lane, foreign.expected, 0, t);
  return lane;
}
