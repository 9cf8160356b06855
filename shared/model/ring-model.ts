/**
 * The state of the rings at one moment, made by applying events in their order. Pure: the same events give the same state,
 * in the page, the CLI and the tests. `keyframe` and `restore` let a reader begin anywhere; so do the `snapshot` events
 * that the probe writes into the stream.
 *
 * A CQE counts where it was seen first: `complete` where the kernel is traced, else `reap`. Of another process nobody tells
 * when it reaps; what a sample of its CQ says of that, and its going to wait, is taken in (foreign-rings.ts).
 */
import type { EventTable } from '../codec/event-table.ts';
import { BidState, GroupFlag, GroupStateFlag, Kind, Provenance, RemoveFlag, ReplenishFlag } from '../schema/events.ts';
import { BufferGroup } from './buffer-group.ts';
import { applyComplete, applyReap, applyWake } from './cqes.ts';
import { clearEffect } from './effect.ts';
import type { Lane } from './requests.ts';
import { describeRing, sampleRing } from './rings.ts';
import { beginSnapshot, endSnapshot, restateBid, restateLane } from './snapshots.ts';
import { ModelState } from './state.ts';
import { applySubmit, laneOfKernel } from './submits.ts';

export class RingModel extends ModelState {
  apply(table: EventTable, i: number): void {
    const e = this.effect;
    clearEffect(e);
    const t = table.t[i] as number;
    this.t = t;
    if (table.provenance[i] === Provenance.probe && !this.ownSeen) this.becomeOwn();
    switch (table.kind[i]) {
      case Kind.reap:
        applyReap(this, table, i, t);
        return;
      case Kind.replenish:
        this.#replenish(table, i, t);
        return;
      case Kind.submit:
      case Kind.request_found:
        applySubmit(this, table, i, t);
        return;
      case Kind.file_get:
        laneOfKernel(this, table, i, t, table.res[i] as number, table.b[i] as number);
        return;
      case Kind.poll_arm:
        e.lane = laneOfKernel(this, table, i, t, table.res[i] as number, table.flags[i] as number);
        return;
      case Kind.wake:
        applyWake(this, table, i, t);
        return;
      case Kind.complete:
        applyComplete(this, table, i, t);
        return;
      case Kind.cqe_overflow:
        this.overflowSeen = true;
        if (table.provenance[i] === Provenance.tracepoint) applyComplete(this, table, i, t);
        return;
      case Kind.connect:
        e.lane = this.#connect(table, i, t);
        return;
      case Kind.close:
        this.#close(table, i, t);
        return;
      case Kind.group_register:
        this.#registerGroup(table, i);
        return;
      case Kind.group_unregister:
        this.groups.delete(this.groupKey(table, i, table.a[i] as number));
        return;
      case Kind.group_state:
        if (((table.flags[i] as number) & GroupStateFlag.tail) !== 0)
          this.foreignGroup(table.ring[i] as number, table.a[i] as number).seen = true;
        return;
      case Kind.ring_create:
        describeRing(this.ringOf(table, i), table, i, this.dictionary.valueOf(table.ud[i] as number));
        if (table.provenance[i] !== Provenance.probe) this.foreignRings();
        return;
      case Kind.ring_close:
        this.#closeRing(table, i, t);
        return;
      case Kind.buffer_remove:
        this.groups.get(this.groupKey(table, i, table.b[i] as number))?.remove(table.a[i] as number, this.#standIn(table, i));
        return;
      case Kind.ring_state:
        if (table.provenance[i] === Provenance.probe) {
          const { lo, hi } = this.dictionary;
          const ud = table.ud[i] as number;
          sampleRing(this.ringOf(table, i), table, i, lo[ud] as number, hi[ud] as number);
          return;
        }
        this.foreignRings().sample(this.ringOf(table, i), table, i, this.groups);
        return;
      case Kind.cq_wait:
        if (this.isForeign(table, i)) this.foreignRings().wait(table.ring[i] as number, table.a[i] as number, t, this.groups);
        return;
      case Kind.dropped:
        this.#dropped();
        return;
      case Kind.snapshot:
        beginSnapshot(this);
        return;
      case Kind.snapshot_bid:
        restateBid(this, table, i);
        return;
      case Kind.snapshot_arm:
        restateLane(this, table, i, t);
        return;
      case Kind.snapshot_end:
        endSnapshot(this);
        return;
      default:
        return;
    }
  }

  #registerGroup(table: EventTable, i: number): void {
    const flags = table.flags[i] as number;
    const bgid = table.a[i] as number;
    const key = this.groupKey(table, i, bgid);
    const known = this.groups.get(key);
    if (this.isForeign(table, i)) {
      this.foreignGroup(table.ring[i] as number, bgid).describe(table.b[i] as number, table.res[i] as number);
      return;
    }
    const fresh = new BufferGroup(
      bgid,
      table.b[i] as number,
      table.res[i] as number,
      (flags & GroupFlag.legacy) !== 0,
      (flags & GroupFlag.incremental) !== 0,
    );
    // Inside a snapshot this restates a group that is most likely known: its history (given back when) stays.
    if (this.restating !== null && known !== undefined && known.buffers === fresh.buffers && known.bufferSize === fresh.bufferSize) return;
    this.groups.set(key, fresh);
  }

  #replenish(table: EventTable, i: number, t: number): void {
    const key = this.groupKey(table, i, table.b[i] as number);
    const group = this.groups.get(key);
    if (group === undefined) return;
    const bid = table.a[i] as number;
    const heldAt = group.heldAt[bid] ?? -1;
    this.effect.groupKey = key;
    if (group.ring === 0 && heldAt >= 0 && group.state[bid] === BidState.held) this.effect.sinceReap = t - heldAt;
    const before = group.replenished;
    group.replenish(bid, t, ((table.flags[i] as number) & ReplenishFlag.again) !== 0);
    this.effect.givenBack = group.replenished > before;
  }

  /** The bid that stands where a removed one stood; -1 = none. */
  #standIn(table: EventTable, i: number): number {
    const overwritten = ((table.flags[i] as number) & RemoveFlag.overwritten) !== 0;
    return overwritten ? (this.dictionary.lo[table.ud[i] as number] as number) : -1;
  }

  #connect(table: EventTable, i: number, t: number): Lane {
    const lane = this.laneTable.put(table.a[i] as number, table.ud[i] as number);
    lane.fd = table.res[i] as number;
    lane.firstSlot = (table.flags[i] as number) - 1;
    lane.transport = table.b[i] as number;
    lane.open = true;
    lane.since = t;
    return lane;
  }

  #close(table: EventTable, i: number, t: number): void {
    const lane = this.laneTable.ofUd(table.ud[i] as number);
    if (lane === undefined) return;
    this.#shut(lane, t);
    this.effect.lane = lane;
  }

  /** The probe closes a connection only after its recv has ended, or together with the whole ring. */
  #shut(lane: Lane, t: number): void {
    lane.open = false;
    if (lane.armed) {
      lane.armed = false;
      lane.since = t;
    }
  }

  #closeRing(table: EventTable, i: number, t: number): void {
    this.overflowSeen = false;
    const ring = this.rings.get(table.ring[i] as number);
    if (ring === undefined) return;
    ring.open = false;
    if (!ring.foreign) return;
    for (const lane of this.lanes) {
      if (lane?.ring !== ring.id) continue;
      this.#shut(lane, t);
      this.becomeCertain(lane);
    }
  }

  #dropped(): void {
    this.uncertain = true;
    for (const lane of this.lanes) {
      if (lane === undefined) continue;
      lane.unreaped = 0;
      lane.unreapedEnd = null;
      lane.run = 0;
      lane.wokenAt = -1;
      this.postedAt(lane.slot).clear();
      if (lane.ring !== 0 && lane.open) lane.uncertain = true;
    }
    this.foreign?.forget();
  }
}
