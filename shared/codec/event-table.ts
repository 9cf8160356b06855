/**
 * Events as columns. Event i of a table is the i-th entry of every array; nothing is allocated for one event.
 * `t` is nanoseconds since the start of the trace, exact up to 2^53 ns (104 days).
 */

/** More than the events that anyone keeps at a time, so that an id that is used again is nobody's any more. */
const MOST_IDS = 1 << 22;

/**
 * Small ids for user_data values, so that columns stay 32 bits wide and a Map look-up is rare. Ids are given in order from 0;
 * a process that takes a new user_data for each request uses up all of them, and then the oldest are used again.
 */
export class UserDataDictionary {
  readonly lo: number[] = [];
  readonly hi: number[] = [];
  readonly #ids = new Map<number, Map<number, number>>();
  #oldest = 0;

  constructor(private readonly limit = MOST_IDS) {}

  /** The id of the user_data `hi << 32 | lo`; a new one when it has not been seen. */
  idOf(lo: number, hi: number): number {
    let inner = this.#ids.get(hi);
    if (inner === undefined) {
      inner = new Map();
      this.#ids.set(hi, inner);
    }
    let id = inner.get(lo);
    if (id === undefined) {
      if (this.lo.length < this.limit) {
        id = this.lo.length;
        this.lo.push(lo);
        this.hi.push(hi);
      } else {
        id = this.#forgetOldest();
        this.lo[id] = lo;
        this.hi[id] = hi;
      }
      inner.set(lo, id);
    }
    return id;
  }

  #forgetOldest(): number {
    const id = this.#oldest;
    this.#oldest = (id + 1) % this.limit;
    this.#ids.get(this.hi[id] as number)?.delete(this.lo[id] as number);
    return id;
  }

  valueOf(id: number): bigint {
    return (BigInt(this.hi[id] ?? 0) << 32n) | BigInt(this.lo[id] ?? 0);
  }

  get size(): number {
    return this.lo.length;
  }
}

export class EventTable {
  readonly t: Float64Array;
  readonly kind: Uint8Array;
  readonly provenance: Uint8Array;
  /** Index into the dictionary. */
  readonly ud: Uint32Array;
  readonly res: Int32Array;
  readonly flags: Uint32Array;
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly request: Uint32Array;
  readonly thread: Uint16Array;
  readonly ring: Uint16Array;

  constructor(
    readonly length: number,
    readonly dictionary: UserDataDictionary,
  ) {
    this.t = new Float64Array(length);
    this.kind = new Uint8Array(length);
    this.provenance = new Uint8Array(length);
    this.ud = new Uint32Array(length);
    this.res = new Int32Array(length);
    this.flags = new Uint32Array(length);
    this.a = new Uint32Array(length);
    this.b = new Uint32Array(length);
    this.request = new Uint32Array(length);
    this.thread = new Uint16Array(length);
    this.ring = new Uint16Array(length);
  }

  /** Bytes that the columns of one event take. */
  static readonly bytesPerEvent = 8 + 1 + 1 + 4 * 6 + 2 + 2;
}

/** Everything of one event, for tests, text output and inspectors; never used per event on the hot path. */
export interface EventRecord {
  t: number;
  kind: number;
  provenance: number;
  userData: bigint;
  res: number;
  flags: number;
  a: number;
  b: number;
  request: number;
  thread: number;
  ring: number;
}

export function eventAt(table: EventTable, i: number): EventRecord {
  if (i < 0 || i >= table.length) throw new RangeError(`event ${i} of ${table.length}`);
  return {
    t: table.t[i] as number,
    kind: table.kind[i] as number,
    provenance: table.provenance[i] as number,
    userData: table.dictionary.valueOf(table.ud[i] as number),
    res: table.res[i] as number,
    flags: table.flags[i] as number,
    a: table.a[i] as number,
    b: table.b[i] as number,
    request: table.request[i] as number,
    thread: table.thread[i] as number,
    ring: table.ring[i] as number,
  };
}

/** A table of records, for tests and importers. */
export function tableOf(records: readonly Partial<EventRecord>[], dictionary = new UserDataDictionary()): EventTable {
  const table = new EventTable(records.length, dictionary);
  records.forEach((r, i) => {
    const ud = r.userData ?? 0n;
    table.t[i] = r.t ?? 0;
    table.kind[i] = r.kind ?? 0;
    table.provenance[i] = r.provenance ?? 0;
    table.ud[i] = dictionary.idOf(Number(ud & 0xffffffffn), Number(ud >> 32n));
    table.res[i] = r.res ?? 0;
    table.flags[i] = r.flags ?? 0;
    table.a[i] = r.a ?? 0;
    table.b[i] = r.b ?? 0;
    table.request[i] = r.request ?? 0;
    table.thread[i] = r.thread ?? 0;
    table.ring[i] = r.ring ?? 0;
  });
  return table;
}
