/**
 * The state of the ring at one moment, made by applying events in their order. Pure: the same events give the same state,
 * in the page, the CLI and the tests. `keyframe` and `restore` let a reader begin anywhere; so do the `snapshot` events
 * that the probe writes into the stream.
 */
import type { EventTable, UserDataDictionary } from '../codec/event-table.ts';
import { BidState, GroupFlag, Kind, NO_GROUP, Provenance, SnapshotArmFlag, Transport } from '../schema/events.ts';
import { bidOf, CqeFlag, Opcode, RecvIoprio } from '../schema/uapi.ts';
import { BufferGroup } from './buffer-group.ts';
import { ioprioOf, isMultishotRecv, isOwnRecv, isRecv, type Lane, newLane, opcodeOf, slotOf } from './requests.ts';
import { causeOf, type TerminateCause } from './terminate-cause.ts';

export interface RingInfo {
  id: number;
  setupFlags: number;
  sqEntries: number;
  cqEntries: number;
}

/** What the last applied event meant; valid until the next `apply`. One object, reused. */
export interface Effect {
  /** The lane of a recv submit, of its CQE or poll arm, of a connect or close; null for everything else. */
  lane: Lane | null;
  /** The CQE or submit belongs to a recv. */
  recv: boolean;
  multishot: boolean;
  /** A CQE ended its request. */
  cause: TerminateCause | null;
  /** The submit followed an end that was not normal. */
  rearm: boolean;
  /** The reap is the first of its batch. */
  newBatch: boolean;
}

export interface Keyframe {
  readonly t: number;
  readonly groups: readonly BufferGroup[];
  readonly lanes: readonly (Lane | undefined)[];
  readonly ring: RingInfo | null;
  readonly uncertain: boolean;
  readonly batch: number;
  readonly lastReapT: number;
  readonly overflowSeen: boolean;
  readonly restating: boolean;
}

export class RingModel {
  t = 0;
  ring: RingInfo | null = null;
  /** By bgid. */
  readonly groups = new Map<number, BufferGroup>();
  /** By slot; a slot without a connection so far is a hole. */
  readonly lanes: (Lane | undefined)[] = [];
  /** State is derived across a loss and no snapshot has restated it yet. */
  uncertain = false;
  /** Number of the reap batch under way or just over, from 1. */
  batch = 0;
  /** Snapshots that contradicted the state kept here although nothing was lost: a defect of ringlens, 0 in a sound trace. */
  snapshotConflicts = 0;
  readonly effect: Effect = { lane: null, recv: false, multishot: false, cause: null, rearm: false, newBatch: false };

  #byUd: (Lane | undefined)[] = [];
  #lastReapT = -1;
  #overflowSeen = false;
  #restating: { before: string | null } | null = null;

  constructor(readonly dictionary: UserDataDictionary) {}

  /** The group that the picture shows: the first that was registered. */
  get group(): BufferGroup | null {
    for (const g of this.groups.values()) return g;
    return null;
  }

  apply(table: EventTable, i: number): void {
    const e = this.effect;
    e.lane = null;
    e.recv = false;
    e.multishot = false;
    e.cause = null;
    e.rearm = false;
    e.newBatch = false;
    const t = table.t[i] as number;
    this.t = t;
    switch (table.kind[i]) {
      case Kind.reap:
        this.#reap(table, i, t);
        return;
      case Kind.replenish:
        this.groups.get(table.b[i] as number)?.replenish(table.a[i] as number, t);
        return;
      case Kind.submit:
        this.#submit(table, i, t);
        return;
      case Kind.complete:
        this.#complete(table, i);
        return;
      case Kind.poll_arm:
      case Kind.wake:
        e.lane = this.#byUd[table.ud[i] as number] ?? null;
        return;
      case Kind.cqe_overflow:
        this.#overflowSeen = true;
        if (table.provenance[i] === Provenance.tracepoint) this.#complete(table, i);
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
        this.groups.delete(table.a[i] as number);
        return;
      case Kind.ring_create:
        this.ring = {
          id: table.ring[i] as number,
          setupFlags: table.flags[i] as number,
          sqEntries: table.a[i] as number,
          cqEntries: table.b[i] as number,
        };
        return;
      case Kind.ring_close:
        this.#overflowSeen = false;
        return;
      case Kind.dropped:
        this.uncertain = true;
        for (const lane of this.lanes) if (lane !== undefined) lane.unreaped = 0;
        return;
      case Kind.snapshot:
        this.#beginSnapshot();
        return;
      case Kind.snapshot_bid:
        this.groups
          .get(table.b[i] as number)
          ?.restate(table.a[i] as number, table.flags[i] as number, table.res[i] as number, this.#slotOfUd(table.ud[i] as number));
        return;
      case Kind.snapshot_arm:
        this.#restateLane(table, i, t);
        return;
      case Kind.snapshot_end:
        this.#endSnapshot();
        return;
      default:
        return;
    }
  }

  /** A copy of everything, to come back to. */
  keyframe(): Keyframe {
    return {
      t: this.t,
      groups: [...this.groups.values()].map((g) => g.clone()),
      lanes: this.lanes.map((l) => l && { ...l }),
      ring: this.ring && { ...this.ring },
      uncertain: this.uncertain,
      batch: this.batch,
      lastReapT: this.#lastReapT,
      overflowSeen: this.#overflowSeen,
      restating: this.#restating !== null,
    };
  }

  restore(k: Keyframe): void {
    this.t = k.t;
    this.ring = k.ring && { ...k.ring };
    this.groups.clear();
    for (const g of k.groups) this.groups.set(g.bgid, g.clone());
    this.lanes.length = 0;
    this.#byUd = [];
    k.lanes.forEach((l, slot) => {
      if (l === undefined) return;
      const lane = { ...l };
      this.lanes[slot] = lane;
      this.#byUd[lane.ud] = lane;
    });
    this.uncertain = k.uncertain;
    this.batch = k.batch;
    this.#lastReapT = k.lastReapT;
    this.#overflowSeen = k.overflowSeen;
    this.#restating = k.restating ? { before: null } : null;
  }

  #registerGroup(table: EventTable, i: number): void {
    const flags = table.flags[i] as number;
    const bgid = table.a[i] as number;
    const fresh = new BufferGroup(
      bgid,
      table.b[i] as number,
      table.res[i] as number,
      (flags & GroupFlag.legacy) !== 0,
      (flags & GroupFlag.incremental) !== 0,
    );
    const known = this.groups.get(bgid);
    // Inside a snapshot this restates a group that is most likely known: its history (given back when) stays.
    if (this.#restating !== null && known !== undefined && known.buffers === fresh.buffers && known.bufferSize === fresh.bufferSize) return;
    this.groups.set(bgid, fresh);
  }

  #slotOfUd(ud: number): number {
    return this.#byUd[ud]?.slot ?? -1;
  }

  /** The lane whose recv carries this user_data; made when it was not announced (its connect was lost). */
  #laneOf(ud: number): Lane {
    let lane = this.#byUd[ud];
    if (lane === undefined) {
      lane = newLane(slotOf(this.dictionary.lo[ud] as number), ud);
      lane.open = true;
      this.lanes[lane.slot] = lane;
      this.#byUd[ud] = lane;
    }
    return lane;
  }

  #submit(table: EventTable, i: number, t: number): void {
    const a = table.a[i] as number;
    if (!isRecv(a)) return;
    const lane = this.#laneOf(table.ud[i] as number);
    const e = this.effect;
    e.lane = lane;
    e.recv = true;
    e.multishot = isMultishotRecv(a);
    e.rearm = lane.lastCause !== null && lane.lastCause !== 'data';
    lane.open = true;
    lane.armed = true;
    lane.multishot = e.multishot;
    lane.opcode = opcodeOf(a);
    lane.bundle = (ioprioOf(a) & RecvIoprio.RECVSEND_BUNDLE) !== 0;
    lane.bgid = table.b[i] as number;
    lane.fd = table.res[i] as number;
    lane.request = table.request[i] as number;
    lane.since = t;
    lane.shots = 0;
  }

  #reap(table: EventTable, i: number, t: number): void {
    const e = this.effect;
    if (t !== this.#lastReapT) {
      this.#lastReapT = t;
      this.batch++;
      e.newBatch = true;
    }
    const ud = table.ud[i] as number;
    const known = this.#byUd[ud];
    if (known === undefined && !isOwnRecv(this.dictionary.lo[ud] as number)) return;
    const lane = known ?? this.#laneOf(ud);
    const res = table.res[i] as number;
    const flags = table.flags[i] as number;
    e.lane = lane;
    e.recv = true;
    e.multishot = lane.multishot;
    if (lane.unreaped > 0) {
      lane.unreaped--;
      const bid = bidOf(flags);
      if (bid >= 0) this.#groupOf(lane)?.hold(bid);
    } else this.#consume(lane, res, flags, BidState.held);
    lane.shots++;
    if ((flags & CqeFlag.F_MORE) !== 0) return;
    e.cause = this.#causeFor(lane, res, flags);
    lane.armed = false;
    lane.waited = t - lane.since;
    lane.since = t;
    lane.lastCause = e.cause;
  }

  #causeFor(lane: Lane, res: number, flags: number): TerminateCause {
    const cause = causeOf(res, flags);
    if (cause !== 'data') return cause;
    // On a stream, recvmsg tells the end with a header and no payload: case h of the measured cases.
    const header = 16;
    if (lane.opcode === Opcode.RECVMSG && lane.transport !== Transport.udp && res === header) return 'eof';
    // A multishot that ends with plain data met a full CQ (case f), where an overflow was seen.
    if (lane.multishot && !lane.bundle && this.#overflowSeen) return 'overflow';
    return 'data';
  }

  /** Seen in the kernel, before the application reaps. */
  #complete(table: EventTable, i: number): void {
    const lane = this.#byUd[table.ud[i] as number];
    this.effect.lane = lane ?? null;
    if (lane === undefined) return;
    lane.unreaped++;
    this.#consume(lane, table.res[i] as number, table.flags[i] as number, BidState.filled);
  }

  #groupOf(lane: Lane): BufferGroup | undefined {
    return lane.bgid === NO_GROUP ? (this.group ?? undefined) : this.groups.get(lane.bgid);
  }

  #consume(lane: Lane, res: number, flags: number, state: typeof BidState.filled | typeof BidState.held): void {
    const bid = bidOf(flags);
    if (bid < 0) return;
    const group = this.#groupOf(lane);
    if (group === undefined) return;
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
        else group.consume(b, part, lane.slot, state);
        rest -= part;
      });
      return;
    }
    if (partLeft) group.consumePart(bid, size, lane.slot);
    else group.consume(bid, size, lane.slot, state);
  }

  #connect(table: EventTable, i: number, t: number): Lane {
    const ud = table.ud[i] as number;
    const slot = table.a[i] as number;
    const before = this.lanes[slot];
    if (before !== undefined) this.#byUd[before.ud] = undefined;
    const lane = newLane(slot, ud);
    lane.fd = table.res[i] as number;
    lane.transport = table.b[i] as number;
    lane.open = true;
    lane.since = t;
    this.lanes[slot] = lane;
    this.#byUd[ud] = lane;
    return lane;
  }

  #close(table: EventTable, i: number, t: number): void {
    const lane = this.#byUd[table.ud[i] as number];
    if (lane === undefined) return;
    lane.open = false;
    // The probe closes a connection only after its recv has ended, or together with the whole ring.
    if (lane.armed) {
      lane.armed = false;
      lane.since = t;
    }
    this.effect.lane = lane;
  }

  #beginSnapshot(): void {
    this.#restating = { before: this.uncertain || this.group === null ? null : this.#digest() };
    for (const g of this.groups.values()) g.beginRestate(!this.uncertain);
    for (const lane of this.lanes) if (lane !== undefined) lane.open = false;
  }

  #restateLane(table: EventTable, i: number, t: number): void {
    const ud = table.ud[i] as number;
    let lane = this.#byUd[ud];
    if (lane === undefined) {
      const slot = table.a[i] as number;
      const before = this.lanes[slot];
      if (before !== undefined) this.#byUd[before.ud] = undefined;
      lane = newLane(slot, ud);
      lane.since = t;
      this.lanes[slot] = lane;
      this.#byUd[ud] = lane;
    }
    const flags = table.flags[i] as number;
    const armed = (flags & SnapshotArmFlag.armed) !== 0;
    if (armed !== lane.armed) lane.since = t;
    lane.armed = armed;
    lane.open = true;
    lane.fd = table.res[i] as number;
    lane.transport = (table.b[i] as number) & 0xffff;
    lane.bgid = (table.b[i] as number) >>> 16;
    lane.multishot = (flags & SnapshotArmFlag.multishot) !== 0;
    lane.bundle = (flags & SnapshotArmFlag.bundle) !== 0;
    lane.opcode = (flags & SnapshotArmFlag.recvmsg) !== 0 ? Opcode.RECVMSG : Opcode.RECV;
    if ((table.request[i] as number) !== 0) lane.request = table.request[i] as number;
    this.effect.lane = lane;
  }

  #endSnapshot(): void {
    for (const lane of this.lanes) if (lane !== undefined && !lane.open) lane.armed = false;
    if (this.#restating?.before != null && this.#restating.before !== this.#digest()) this.snapshotConflicts++;
    this.#restating = null;
    this.uncertain = false;
  }

  /** What a snapshot restates, as text to compare: states and pick order of every group, open and armed lanes. */
  #digest(): string {
    const groups = [...this.groups.values()].map((g) => `${g.bgid}:${g.state.join('')}:${g.pickOrder().join(',')}`);
    const lanes = this.lanes.flatMap((l) => (l?.open ? `${l.slot}${l.armed ? '+' : '-'}` : []));
    return `${groups.join('|')}#${lanes.join(',')}`;
  }
}
