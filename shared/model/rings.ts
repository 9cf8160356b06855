/** The rings of a trace: those of ringlens' own workload, one after another, or those of other processes, side by side. */
import type { EventTable } from '../codec/event-table.ts';
import { Provenance } from '../schema/events.ts';

export interface RingInfo {
  id: number;
  /** Of another process: nobody in it tells when it reaps and gives buffers back. */
  foreign: boolean;
  /** Of its owner; 0 = ringlens itself, or not told. */
  pid: number;
  fd: number;
  /** Its creation was traced, so every request of it is known. */
  created: boolean;
  open: boolean;
  setupFlags: number;
  sqEntries: number;
  cqEntries: number;
  /** CQEs in the CQ, polls in its PollList, CQEs on its overflow list, as sampled last; -1 = not told. */
  unreaped: number;
  polls: number;
  overflowList: number;
  /** When that was; -1 = never. */
  sampledAt: number;
}

export function newRing(id: number, foreign: boolean): RingInfo {
  return {
    id,
    foreign,
    pid: 0,
    fd: -1,
    created: false,
    open: true,
    setupFlags: 0,
    sqEntries: 0,
    cqEntries: 0,
    unreaped: -1,
    polls: -1,
    overflowList: -1,
    sampledAt: -1,
  };
}

/** The trace is of other processes. A ring that only the kernel has told of so far counts as theirs, until the probe says that it is ours. */
export const isOfOthers = (rings: ReadonlyMap<number, RingInfo>): boolean => {
  for (const ring of rings.values()) if (ring.foreign) return true;
  return false;
};

/** Takes in a ring_create event. */
export function describeRing(ring: RingInfo, table: EventTable, i: number, value: bigint): void {
  const provenance = table.provenance[i] as number;
  ring.foreign = provenance !== Provenance.probe;
  ring.pid = ring.foreign ? Number(value) : 0;
  ring.fd = table.res[i] as number;
  ring.created = provenance === Provenance.tracepoint || !ring.foreign;
  ring.open = true;
  ring.setupFlags = table.flags[i] as number;
  ring.sqEntries = table.a[i] as number;
  ring.cqEntries = table.b[i] as number;
}

const NOT_TOLD = 0xffffffff;

/** Takes in a ring_state event; `words` = CQ head, CQ tail. */
export function sampleRing(ring: RingInfo, table: EventTable, i: number, head: number, tail: number): void {
  ring.unreaped = (tail - head) >>> 0;
  ring.polls = table.res[i] as number;
  const overflow = table.flags[i] as number;
  ring.overflowList = overflow === NOT_TOLD ? -1 : overflow;
  ring.sampledAt = table.t[i] as number;
}

/**
 * The bids of CQEs that wait in the CQ of a foreign ring, in the order in which the kernel posted them. What a sample of
 * head and tail no longer counts was reaped.
 *
 *     posted      a b c d e f        the sample says: 2 in the CQ
 *     reaped      a b c d            taken in
 */
export class UnreapedBids {
  /** Group key and bid of each; -1 = the CQE carried no buffer. */
  #keys = new Float64Array(64);
  #bids = new Int32Array(64);
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(key: number, bid: number): void {
    if (this.length === this.#keys.length) {
      const keys = new Float64Array(this.#keys.length * 2);
      const bids = new Int32Array(keys.length);
      const mask = this.#keys.length - 1;
      for (let i = this.#head; i < this.#tail; i++) {
        keys[i & (keys.length - 1)] = this.#keys[i & mask] as number;
        bids[i & (keys.length - 1)] = this.#bids[i & mask] as number;
      }
      this.#keys = keys;
      this.#bids = bids;
    }
    const at = this.#tail++ & (this.#keys.length - 1);
    this.#keys[at] = key;
    this.#bids[at] = bid;
  }

  /** Calls back with what was reaped, until `left` are left. */
  reap(left: number, visit: (key: number, bid: number) => void): void {
    const mask = this.#keys.length - 1;
    for (; this.length > left; this.#head++) {
      const at = this.#head & mask;
      if ((this.#bids[at] as number) >= 0) visit(this.#keys[at] as number, this.#bids[at] as number);
    }
  }

  /** Group key and bid of each, in turn. */
  toRecord(): Float64Array {
    const out = new Float64Array(this.length * 2);
    const mask = this.#keys.length - 1;
    for (let i = 0; i < this.length; i++) {
      out[i * 2] = this.#keys[(this.#head + i) & mask] as number;
      out[i * 2 + 1] = this.#bids[(this.#head + i) & mask] as number;
    }
    return out;
  }

  static of(record: Float64Array): UnreapedBids {
    const bids = new UnreapedBids();
    for (let i = 0; i + 1 < record.length; i += 2) bids.push(record[i] as number, record[i + 1] as number);
    return bids;
  }

  clone(): UnreapedBids {
    const copy = new UnreapedBids();
    copy.#keys = this.#keys.slice();
    copy.#bids = this.#bids.slice();
    copy.#head = this.#head;
    copy.#tail = this.#tail;
    return copy;
  }
}
