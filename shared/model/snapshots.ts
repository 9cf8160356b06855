/** Snapshots: the probe restates what is true, and the model takes it over, or finds that it knew so. */
import type { EventTable } from '../codec/event-table.ts';
import { FIRST_SLOT_SHIFT, NO_GROUP, Provenance, SnapshotArmFlag } from '../schema/events.ts';
import { Opcode } from '../schema/uapi.ts';
import type { ModelState } from './state.ts';

const BGID_NOT_TOLD = 0xffff;

/** Of other processes: the tracer tells what it knows to be in flight, which takes nothing back. */
const isForeign = (m: ModelState): boolean => m.foreign !== null;

export function beginSnapshot(m: ModelState): void {
  if (isForeign(m)) return;
  m.restating = { before: m.uncertain || m.group === null ? null : digest(m) };
  for (const g of m.groups.values()) g.beginRestate(!m.uncertain);
  for (const lane of m.lanes) if (lane !== undefined) lane.open = false;
}

export function restateBid(m: ModelState, table: EventTable, i: number): void {
  const owner = m.laneTable.ofUd(table.ud[i] as number)?.slot ?? -1;
  m.groups.get(table.b[i] as number)?.restate(table.a[i] as number, table.flags[i] as number, table.res[i] as number, owner);
}

export function restateLane(m: ModelState, table: EventTable, i: number, t: number): void {
  const ud = table.ud[i] as number;
  if (table.provenance[i] !== Provenance.probe) {
    restateForeignLane(m, table, i, t);
    return;
  }
  let lane = m.laneTable.ofUd(ud);
  if (lane === undefined) {
    lane = m.laneTable.put(table.a[i] as number, ud);
    lane.since = t;
  }
  const flags = table.flags[i] as number;
  // The application can't know of an end that it has not reaped.
  const armed = (flags & SnapshotArmFlag.armed) !== 0 && lane.unreapedEnd === null;
  if (armed !== lane.armed) lane.since = t;
  lane.armed = armed;
  lane.open = true;
  lane.firstSlot = (flags >>> FIRST_SLOT_SHIFT) - 1;
  lane.fd = table.res[i] as number;
  lane.transport = (table.b[i] as number) & 0xffff;
  lane.bgid = (table.b[i] as number) >>> 16;
  lane.multishot = (flags & SnapshotArmFlag.multishot) !== 0;
  lane.bundle = (flags & SnapshotArmFlag.bundle) !== 0;
  lane.opcode = (flags & SnapshotArmFlag.recvmsg) !== 0 ? Opcode.RECVMSG : Opcode.RECV;
  if ((table.request[i] as number) !== 0) lane.request = table.request[i] as number;
  m.effect.lane = lane;
}

function restateForeignLane(m: ModelState, table: EventTable, i: number, t: number): void {
  const flags = table.flags[i] as number;
  const lane = m.laneTable.findOrMake(
    table.ring[i] as number,
    table.ud[i] as number,
    table.res[i] as number,
    (flags & SnapshotArmFlag.fixedFile) !== 0,
    t,
  );
  m.effect.lane = lane;
  if (lane === null) return;
  const bgid = (table.b[i] as number) >>> 16;
  if (lane.bgid === NO_GROUP && bgid !== BGID_NOT_TOLD) lane.bgid = bgid;
  if (lane.armed) return;
  lane.armed = true;
  lane.open = true;
  // It was handed in before anything is known of it.
  lane.since = -1;
  lane.multishot = (flags & SnapshotArmFlag.multishot) !== 0;
  lane.bundle = (flags & SnapshotArmFlag.bundle) !== 0;
  lane.opcode = (flags & SnapshotArmFlag.recvmsg) !== 0 ? Opcode.RECVMSG : Opcode.RECV;
  lane.request = table.request[i] as number;
}

export function endSnapshot(m: ModelState): void {
  // Of one whose beginning is missing too much is not restated.
  if (isForeign(m) || m.restating === null) return;
  for (const lane of m.lanes) if (lane !== undefined && !lane.open) lane.armed = false;
  if (m.restating.before !== null && m.restating.before !== digest(m)) m.snapshotConflicts++;
  m.restating = null;
  m.uncertain = false;
}

/** What a snapshot restates, as text to compare: states and pick order of every group, open and armed lanes. */
function digest(m: ModelState): string {
  const groups = [...m.groups.values()].map((g) => `${g.bgid}:${g.state.join('')}:${g.pickOrder().join(',')}`);
  const lanes = m.lanes.flatMap((l) => (l?.open ? `${l.slot}${l.armed ? '+' : '-'}` : []));
  return `${groups.join('|')}#${lanes.join(',')}`;
}
