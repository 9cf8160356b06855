/** What is worked out of rings of other processes, which have no probe: what was reaped, and submits whose fd comes with the next event. */
import { EventTable, type UserDataDictionary } from '../codec/event-table.ts';
import type { BufferGroup } from './buffer-group.ts';
import { type RingInfo, sampleRing, UnreapedBids } from './rings.ts';

type Groups = ReadonlyMap<number, BufferGroup>;

/** More CQEs wait in no CQ, nor submits for their file_get. */
const MOST_UNREAPED = 1 << 16;
const MOST_EXPECTED = 256;

const expectedColumns = ['t', 'kind', 'provenance', 'ud', 'res', 'flags', 'a', 'b', 'request', 'thread', 'ring'] as const;

/** As they are stored: what waits in each CQ (group key and bid in turn), and submits that wait for their fd, a row each. */
export interface ForeignRingsRecord {
  unreaped: { ring: number; waiting: Float64Array }[];
  expected: Float64Array[];
}

export class ForeignRings {
  readonly #unreaped = new Map<number, UnreapedBids>();
  /** Submits that wait, rows 1 … #count; row 0 holds the one that was taken last. */
  readonly expected: EventTable;
  #count = 0;

  constructor(private readonly dictionary: UserDataDictionary) {
    this.expected = new EventTable(MOST_EXPECTED, dictionary);
  }

  /** A submit that does not tell its fd. */
  expect(table: EventTable, i: number): void {
    if (this.#count === MOST_EXPECTED - 1) {
      for (let row = 1; row < this.#count; row++) this.#copy(this.expected, row + 1, row);
      this.#count--;
    }
    this.#count++;
    this.#copy(table, i, this.#count);
  }

  /** True when the request's submit was waiting: it is row 0 of `expected` now. */
  take(ring: number, request: number): boolean {
    const { expected } = this;
    for (let row = this.#count; row > 0; row--) {
      if (expected.request[row] !== request || expected.ring[row] !== ring) continue;
      this.#copy(expected, row, 0);
      for (let later = row; later < this.#count; later++) this.#copy(expected, later + 1, later);
      this.#count--;
      return true;
    }
    return false;
  }

  #copy(from: EventTable, i: number, row: number): void {
    const to = this.expected;
    to.t[row] = from.t[i] as number;
    to.kind[row] = from.kind[i] as number;
    to.provenance[row] = from.provenance[i] as number;
    to.ud[row] = from.ud[i] as number;
    to.res[row] = from.res[i] as number;
    to.flags[row] = from.flags[i] as number;
    to.a[row] = from.a[i] as number;
    to.b[row] = from.b[i] as number;
    to.request[row] = from.request[i] as number;
    to.thread[row] = from.thread[i] as number;
    to.ring[row] = from.ring[i] as number;
  }

  /** The kernel posted a CQE. More than the CQ has entries can't wait there. */
  posted(ring: RingInfo, groupKey: number, bid: number, t: number, groups: Groups): void {
    let waiting = this.#unreaped.get(ring.id);
    if (waiting === undefined) {
      waiting = new UnreapedBids();
      this.#unreaped.set(ring.id, waiting);
    }
    waiting.push(groupKey, bid);
    const most = ring.cqEntries > 0 ? ring.cqEntries : MOST_UNREAPED;
    if (waiting.length > most) this.#reap(ring.id, most, t, groups);
  }

  /** A sample of the ring: so many CQEs are in the CQ, and what was posted before them was reaped. */
  sample(ring: RingInfo, table: EventTable, i: number, groups: Groups): void {
    const ud = table.ud[i] as number;
    const { lo, hi } = this.dictionary;
    sampleRing(ring, table, i, lo[ud] as number, hi[ud] as number);
    this.#reap(ring.id, ring.unreaped, table.t[i] as number, groups);
  }

  /** The application waits for `minEvents` CQEs: fewer are in the CQ (io_uring/io_uring.c, io_cqring_wait). */
  wait(ring: number, minEvents: number, t: number, groups: Groups): void {
    if (minEvents > 0) this.#reap(ring, minEvents - 1, t, groups);
  }

  #reap(ring: number, left: number, t: number, groups: Groups): void {
    this.#unreaped.get(ring)?.reap(left, (key, bid) => groups.get(key)?.hold(bid, t));
  }

  /** Behind a loss of events the order of what waits is not known. */
  forget(): void {
    this.#unreaped.clear();
    this.#count = 0;
  }

  /** Everything, to be stored; `idOf` = number of a user_data in the record's own list. */
  toRecord(idOf: (ud: number) => number): ForeignRingsRecord {
    const { expected } = this;
    const rows: number[][] = [];
    for (let row = 1; row <= this.#count; row++) {
      rows.push(expectedColumns.map((name) => (name === 'ud' ? idOf(expected.ud[row] as number) : (expected[name][row] as number))));
    }
    return {
      unreaped: [...this.#unreaped].map(([ring, bids]) => ({ ring, waiting: bids.toRecord() })),
      expected: rows.map((row) => Float64Array.from(row)),
    };
  }

  static of(record: ForeignRingsRecord, dictionary: UserDataDictionary, idOf: (number: number) => number): ForeignRings {
    const rings = new ForeignRings(dictionary);
    for (const { ring, waiting } of record.unreaped) rings.#unreaped.set(ring, UnreapedBids.of(waiting));
    for (const row of record.expected.slice(0, MOST_EXPECTED - 1)) {
      rings.#count++;
      expectedColumns.forEach((name, i) => {
        const value = row[i] ?? 0;
        rings.expected[name][rings.#count] = name === 'ud' ? idOf(value) : value;
      });
    }
    return rings;
  }

  clone(): ForeignRings {
    const copy = new ForeignRings(this.dictionary);
    for (const [ring, bids] of this.#unreaped) copy.#unreaped.set(ring, bids.clone());
    for (let row = 1; row <= this.#count; row++) copy.expect(this.expected, row);
    return copy;
  }
}
