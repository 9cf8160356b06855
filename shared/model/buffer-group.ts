import { BidState } from '../schema/events.ts';
import { type BufferGroupRecord, counts, countsOf, pairsOf } from './buffer-group-record.ts';
import { PickOrder } from './pick-order.ts';

/** bids are 16 bits wide; columns grow by doubling. */
const MOST_BIDS = 1 << 16;

/**
 * One buffer group: the state of every bid, and the order in which the kernel will pick the available ones.
 *
 *     pick order (a ring):   head ─► [ 5 ][ 2 ][ 7 ] ◄─ tail      kernel takes at head, replenish adds at tail
 *     state:                 0 1 2 3 4 5 6 7
 *                            H H A H F A H A                      Available, Filled, Held
 *
 * A bid is consumed when the kernel posts a CQE with F_BUFFER (`fill`, seen through tracepoints) or, where only the probe
 * looks, when the application reaps it (`hold`). Order of picks: io_uring/kbuf.c, io_ring_buffer_select (ring head) and
 * io_provided_buffer_select (list head).
 */
export class BufferGroup {
  state: Uint8Array;
  /** Bytes that the CQE put in; for an incremental buffer that is still available, the part that is used up. */
  bytes: Uint32Array;
  /** Slot of the lane whose CQE consumed the bid; -1 = none. */
  owner: Int32Array;
  /** When it was last given back, ns; -1 = never. */
  givenBackAt: Float64Array;
  /** Value of `replenished` just after it was last given back. */
  givenBackNo: Uint32Array;
  /** When the application was seen to reap it, ns; -1 = it was not. */
  heldAt: Float64Array;
  /** How many bids were given back so far. */
  replenished = 0;
  free = 0;
  filled = 0;
  held = 0;
  /** A bid was given back that the group already had: the application's bug, not the kernel's. */
  doubleReplenish = 0;
  /** CQEs that filled a bid which the application still held: what a double give-back leads to. */
  doubleUse = 0;
  /** CQEs whose bid was not the next pick (a loss, or a foreign ring). */
  outOfOrder = 0;
  /** Bids that were consumed again though nobody was seen to give them back: it follows that somebody did. */
  impliedReplenish = 0;
  /** Given back and taken in is seen: by the probe, or in the group's shared memory. False: only CQEs tell of it. */
  seen: boolean;
  /** Different bids that CQEs or replenishes have named: of a foreign group no less than that many exist. */
  named = 0;

  #order: PickOrder;
  /** First bid of a bundle → all of its bids, until it is reaped. */
  readonly #bundles = new Map<number, readonly number[]>();
  /**
   * CQEs of a bid that the kernel has posted and nobody has reaped, once something was given back twice: then there can be
   * several. Of a bid that is not here, one while it is filled, else none.
   */
  readonly #unreaped = new Map<number, number>();
  /** While the group is restated: how many of those the application, which can't know of them, has still to tell as available. */
  readonly #unknown = new Map<number, number>();

  constructor(
    readonly bgid: number,
    /** 0 = not told. */
    public buffers: number,
    /** Bytes; 0 = not told. */
    public bufferSize: number,
    readonly legacy: boolean,
    readonly incremental: boolean,
    /** Of another process: its ring. 0 = of the own workload. */
    readonly ring = 0,
  ) {
    this.seen = ring === 0;
    const n = Math.max(1, buffers);
    this.state = new Uint8Array(n);
    this.bytes = new Uint32Array(n);
    this.owner = new Int32Array(n).fill(-1);
    this.givenBackAt = new Float64Array(n).fill(-1);
    this.givenBackNo = new Uint32Array(n);
    this.heldAt = new Float64Array(n).fill(-1);
    this.#order = new PickOrder(n);
  }

  /** Of another process: what its shared memory tells, 0 where it does not. */
  describe(buffers: number, bufferSize: number): void {
    if (buffers > 0) {
      this.buffers = buffers;
      this.#ensure(buffers - 1);
    }
    if (bufferSize > 0) this.bufferSize = bufferSize;
  }

  /** The bid that the kernel will pick next, or -1 when the group is empty. */
  get nextPick(): number {
    const order = this.#order;
    return order.head === order.tail ? -1 : order.at(order.head);
  }

  /** Available bids, in pick order. */
  pickOrder(): number[] {
    return this.#order.list();
  }

  /** Bids that the kernel will pick although they are held or filled, or will pick more than once: given back twice. */
  twice(): number[] {
    if (this.doubleReplenish === 0) return [];
    // An available one is one too many when it is met again, any other at once.
    const met = this.state.map((state) => (state === BidState.available ? 0 : 1));
    return this.pickOrder().filter((bid) => (met[bid] as number)++ === 1);
  }

  /**
   * `bid` left the group unfilled; where it stood in the pick order, `standIn` stands now (-1 = nothing). What is written over is
   * the entry one ring's length before the tail. A bid that was given back twice may be there still, or be held.
   */
  remove(bid: number, standIn: number): void {
    this.#ensure(bid);
    const order = this.#order;
    if (standIn >= 0) {
      // Of a ring that was filled more than once over, all of these places are one entry.
      let place = order.tail - this.buffers;
      if (place < order.head || order.at(place) !== bid) place = order.placeOf(bid);
      for (; place >= order.head && place !== order.tail; place -= this.buffers) order.put(place, standIn);
      if (this.state[bid] !== BidState.available || order.placeOf(bid) !== order.tail) return;
    } else {
      const place = order.placeOf(bid);
      if (place !== order.tail) order.cut(place);
    }
    this.#set(bid, BidState.absent);
    this.owner[bid] = -1;
  }

  /**
   * The application gave `bid` back; `again`: it said that the group had it already. Without its word that is no double give-back:
   * where events are missing, so may be the CQE that took the bid.
   */
  replenish(bid: number, t: number, again = false): void {
    this.#ensure(bid);
    if (again && this.#isPicked(bid)) this.doubleReplenish++;
    const first = this.state[bid] === BidState.absent;
    if (first) this.named++;
    this.#set(bid, BidState.available);
    this.bytes[bid] = 0;
    this.owner[bid] = -1;
    this.#order.push(bid);
    if (!first) {
      this.replenished++;
      this.givenBackAt[bid] = t;
      this.givenBackNo[bid] = this.replenished;
    }
  }

  /**
   * The kernel put `bytes` into `bid` (state filled), or the application was seen to take it (state held). Not `isSure`: events are
   * missing, and nothing has restated the group since.
   */
  consume(
    bid: number,
    bytes: number,
    owner: number,
    state: typeof BidState.filled | typeof BidState.held,
    t: number,
    isSure: boolean,
  ): void {
    this.#ensure(bid);
    const before = this.state[bid] as number;
    if (before === BidState.absent) this.named++;
    else if (this.ring !== 0 && before !== BidState.available) this.impliedReplenish++;
    const again = this.ring === 0 && before !== BidState.available && this.doubleReplenish > 0 && this.#isPicked(bid);
    if (again && before !== BidState.absent && isSure) this.doubleUse++;
    if (before === BidState.available || before === BidState.absent || this.ring !== 0 || again) {
      if (this.seen) this.#take(bid);
      if (state === BidState.filled && this.doubleReplenish > 0 && this.ring === 0) this.#unreaped.set(bid, this.#unreapedOf(bid) + 1);
      this.heldAt[bid] = state === BidState.held ? t : -1;
      this.bytes[bid] = this.incremental ? (this.bytes[bid] as number) + bytes : bytes;
    }
    this.owner[bid] = owner;
    this.#set(bid, state);
  }

  /** Part of an incremental buffer was used (F_BUF_MORE): it stays the next pick. */
  consumePart(bid: number, bytes: number, owner: number): void {
    this.#ensure(bid);
    if (!this.seen) {
      if (this.state[bid] === BidState.absent) this.named++;
      this.#set(bid, BidState.filled);
    }
    this.bytes[bid] = (this.bytes[bid] as number) + bytes;
    this.owner[bid] = owner;
  }

  /** The bids that a bundle CQE covers, in ring order from `bid` on: ceil(bytes / size), less where the first is partly used. */
  bundleBids(bid: number, bytes: number): number[] {
    const bids = [bid];
    const order = this.#order;
    let room = this.bufferSize - (this.incremental ? (this.bytes[bid] ?? 0) : 0);
    for (let place = order.placeOf(bid) + 1; room < bytes && place < order.tail; place++) {
      bids.push(order.at(place));
      room += this.bufferSize;
    }
    return bids;
  }

  /** A bundle filled these bids; its CQE names the first only. */
  noteBundle(bids: readonly number[]): void {
    this.#bundles.set(bids[0] as number, bids);
  }

  /** The application reaped a CQE that the kernel was seen to post: filled becomes held. */
  hold(bid: number, t: number): void {
    const bids = this.#bundles.get(bid);
    if (bids === undefined) {
      this.#hold(bid, t);
      return;
    }
    this.#bundles.delete(bid);
    for (const b of bids) this.#hold(b, t);
  }

  #hold(bid: number, t: number): void {
    // Given back while the kernel had filled it again: it is the application's all the same.
    const wasGivenBack = this.doubleReplenish > 0 && this.ring === 0 && this.state[bid] === BidState.available;
    if (this.state[bid] !== BidState.filled && !wasGivenBack) return;
    const unreaped = this.#unreapedOf(bid) - 1;
    this.heldAt[bid] = t;
    if (unreaped > 0) {
      // Held, and filled once more: the newest counts.
      this.#unreaped.set(bid, unreaped);
      return;
    }
    this.#unreaped.delete(bid);
    this.#set(bid, BidState.held);
  }

  #unreapedOf(bid: number): number {
    return this.#unreaped.get(bid) ?? (this.state[bid] === BidState.filled ? 1 : 0);
  }

  /** Begins to restate the group: what is not restated is absent. Bids seen filled stay where `keepFilled`: the application can't know them. */
  beginRestate(keepFilled: boolean): void {
    this.#unknown.clear();
    if (!keepFilled) this.#unreaped.clear();
    for (let bid = 0; bid < this.state.length; bid++) {
      const unreaped = keepFilled ? this.#unreapedOf(bid) : 0;
      if (unreaped > 0) this.#unknown.set(bid, unreaped);
      if (!keepFilled || this.state[bid] !== BidState.filled) this.#set(bid, BidState.absent);
    }
    this.#order.clear();
  }

  restate(bid: number, state: number, bytes: number, owner: number): void {
    this.#ensure(bid);
    if (state === BidState.available) {
      const unknown = this.#unknown.get(bid) ?? 0;
      if (unknown > 0) {
        this.#unknown.set(bid, unknown - 1);
        return;
      }
      this.#order.push(bid);
    }
    // Restated twice over: it was given back twice while nobody looked.
    const isTwice = this.state[bid] === BidState.available || this.state[bid] === BidState.held;
    if (isTwice && this.doubleReplenish === 0) this.doubleReplenish = 1;
    // A bid that was given back twice can be held, or available, and filled besides.
    if (this.state[bid] === BidState.filled && this.doubleReplenish > 0) return;
    this.#set(bid, state);
    this.bytes[bid] = bytes;
    this.owner[bid] = owner;
  }

  clone(): BufferGroup {
    const g = new BufferGroup(this.bgid, this.buffers, this.bufferSize, this.legacy, this.incremental, this.ring);
    g.seen = this.seen;
    for (const name of counts) g[name] = this[name];
    g.heldAt = this.heldAt.slice();
    g.state = this.state.slice();
    g.bytes = this.bytes.slice();
    g.owner = this.owner.slice();
    g.givenBackAt = this.givenBackAt.slice();
    g.givenBackNo = this.givenBackNo.slice();
    g.#order = this.#order.clone();
    for (const [bid, bids] of this.#bundles) g.#bundles.set(bid, bids);
    for (const [bid, count] of this.#unreaped) g.#unreaped.set(bid, count);
    for (const [bid, count] of this.#unknown) g.#unknown.set(bid, count);
    return g;
  }

  /** Everything, to be stored. */
  toRecord(): BufferGroupRecord {
    return {
      numbers: Float64Array.from([
        this.bgid,
        this.buffers,
        this.bufferSize,
        this.legacy ? 1 : 0,
        this.incremental ? 1 : 0,
        this.ring,
        this.seen ? 1 : 0,
        ...counts.map((name) => this[name]),
      ]),
      state: this.state,
      bytes: this.bytes,
      owner: this.owner,
      givenBackAt: this.givenBackAt,
      givenBackNo: this.givenBackNo,
      heldAt: this.heldAt,
      order: Uint16Array.from(this.pickOrder()),
      bundles: [...this.#bundles.values()].map((bids) => Uint16Array.from(bids)),
      unreaped: pairsOf(this.#unreaped),
      unknown: pairsOf(this.#unknown),
    };
  }

  /** Throws RangeError for a record that no group could have made. */
  static of(r: BufferGroupRecord): BufferGroup {
    const [bgid = 0, buffers = 0, bufferSize = 0, legacy, incremental, ring = 0, seen, ...rest] = r.numbers;
    const n = r.state.length;
    const sameLength = [r.bytes, r.owner, r.givenBackAt, r.givenBackNo, r.heldAt].every((column) => column.length === n);
    if (n < Math.max(1, buffers) || n > MOST_BIDS || r.order.length > 2 * n || !sameLength)
      throw new RangeError('no buffer group is like this');
    const g = new BufferGroup(bgid, buffers, bufferSize, legacy === 1, incremental === 1, ring);
    g.#ensure(n - 1);
    g.seen = seen === 1;
    counts.forEach((name, i) => {
      g[name] = rest[i] ?? 0;
    });
    g.state.set(r.state);
    g.bytes.set(r.bytes);
    g.owner.set(r.owner);
    g.givenBackAt.set(r.givenBackAt);
    g.givenBackNo.set(r.givenBackNo);
    g.heldAt.set(r.heldAt);
    for (const bid of r.order) g.#order.push(bid);
    for (const bids of r.bundles) g.#bundles.set(bids[0] as number, [...bids]);
    for (const [bid, count] of countsOf(r.unreaped)) g.#unreaped.set(bid, count);
    for (const [bid, count] of countsOf(r.unknown)) g.#unknown.set(bid, count);
    return g;
  }

  #set(bid: number, state: number): void {
    const before = this.state[bid] as number;
    if (before === state) return;
    this.#count(before, -1);
    this.#count(state, 1);
    this.state[bid] = state;
  }

  #count(state: number, by: number): void {
    if (state === BidState.available) this.free += by;
    else if (state === BidState.filled) this.filled += by;
    else if (state === BidState.held) this.held += by;
  }

  #take(bid: number): void {
    const order = this.#order;
    if (this.nextPick === bid) {
      order.head++;
      return;
    }
    this.outOfOrder++;
    const place = order.placeOf(bid);
    if (place !== order.tail) order.cut(place);
  }

  /** The kernel will pick it. While nothing was given back twice, that is the same as being available. */
  #isPicked(bid: number): boolean {
    if (this.doubleReplenish === 0) return this.state[bid] === BidState.available;
    return this.#order.placeOf(bid) !== this.#order.tail;
  }

  /** bids of a foreign ring can be any u16. */
  #ensure(bid: number): void {
    if (bid < this.state.length) return;
    const n = Math.max(bid + 1, this.state.length * 2);
    const grow = <T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old as never);
      return fresh;
    };
    this.state = grow(this.state, new Uint8Array(n));
    this.bytes = grow(this.bytes, new Uint32Array(n));
    this.owner = grow(this.owner, new Int32Array(n).fill(-1));
    this.givenBackAt = grow(this.givenBackAt, new Float64Array(n).fill(-1));
    this.givenBackNo = grow(this.givenBackNo, new Uint32Array(n));
    this.heldAt = grow(this.heldAt, new Float64Array(n).fill(-1));
    this.#order.ensure(n);
  }
}
