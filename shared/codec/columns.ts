/** The column encodings inside a block; see README.md for the bytes. */
import type { EventTable } from './event-table.ts';

export const Column = {
  kind: 0,
  tNs: 1,
  userData: 2,
  res: 3,
  flagsLo: 4,
  flagsHi: 5,
  a: 6,
  b: 7,
  request: 8,
  thread: 9,
  ring: 10,
  provenance: 11,
} as const;
export const Encoding = { constant: 0, varint: 1, zigzag: 2, delta: 3, dictionary: 4, raw: 5 } as const;

/** Reads varints; a value wider than 53 bits is right only as (lo, hi). */
class Reader {
  pos: number;
  lo = 0;
  hi = 0;

  constructor(
    readonly bytes: Uint8Array,
    from: number,
    readonly end: number,
  ) {
    this.pos = from;
  }

  byte(): number {
    if (this.pos >= this.end) throw new RangeError(`a column ends early at byte ${this.pos}`);
    return this.bytes[this.pos++] as number;
  }

  /** One varint into `lo` and `hi`, 32 bits each. */
  wide(): void {
    let lo = 0;
    let hi = 0;
    for (let shift = 0; ; shift += 7) {
      const b = this.byte();
      const v = b & 0x7f;
      if (shift < 28) lo |= v << shift;
      else if (shift === 28) {
        lo |= v << 28;
        hi |= v >>> 4;
      } else if (shift < 64) hi |= v << (shift - 32);
      else throw new RangeError(`a varint is longer than 10 bytes at byte ${this.pos}`);
      if (b < 0x80) break;
    }
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
  }

  /** One varint as a number; exact below 2^53. */
  number(): number {
    const b = this.byte();
    if (b < 0x80) return b;
    this.pos--;
    this.wide();
    return this.hi * 2 ** 32 + this.lo;
  }

  zigzag(): number {
    const n = this.number();
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }
}

/** Decoded numbers of one column at a time. Kept between blocks: nothing is allocated once it is large enough. */
let scratch = new Float64Array(8192);

/** Decodes `count` numbers into `scratch`. One loop an encoding, so that each stays simple for the JIT. */
function decodeNumbers(r: Reader, encoding: number, count: number, base: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count);
  const out = scratch;
  const { bytes, end } = r;
  switch (encoding) {
    case Encoding.constant:
      out.fill(r.number(), 0, count);
      break;
    case Encoding.varint:
      for (let i = 0; i < count; i++) {
        const b = r.pos < end ? (bytes[r.pos] as number) : 0x80;
        if (b < 0x80) {
          out[i] = b;
          r.pos++;
        } else out[i] = r.number();
      }
      break;
    case Encoding.zigzag:
      for (let i = 0; i < count; i++) out[i] = r.zigzag();
      break;
    case Encoding.delta: {
      let v = base;
      for (let i = 0; i < count; i++) {
        v += r.zigzag();
        out[i] = v;
      }
      break;
    }
    case Encoding.dictionary: {
      const n = r.number();
      if (n > 256) throw new RangeError(`a dictionary of ${n} values`);
      const values = new Float64Array(n);
      for (let k = 0; k < n; k++) values[k] = r.number();
      for (let i = 0; i < count; i++) {
        const k = r.byte();
        if (k >= n) throw new RangeError(`index ${k} is outside a dictionary of ${n}`);
        out[i] = values[k] as number;
      }
      break;
    }
    case Encoding.raw:
      for (let i = 0; i < count; i++) out[i] = r.byte();
      break;
    default:
      throw new RangeError(`encoding ${encoding} is unknown`);
  }
  return out.subarray(0, count);
}

/** user_data uses all 64 bits: it is decoded to (lo, hi), and looked up once for each dictionary entry or change. */
function decodeUserData(r: Reader, encoding: number, table: EventTable): void {
  const { dictionary, ud, length } = table;
  if (encoding === Encoding.constant) {
    r.wide();
    ud.fill(dictionary.idOf(r.lo, r.hi));
  } else if (encoding === Encoding.dictionary) {
    const n = r.number();
    if (n > 256) throw new RangeError(`a dictionary of ${n} values`);
    const ids = new Uint32Array(n);
    for (let k = 0; k < n; k++) {
      r.wide();
      ids[k] = dictionary.idOf(r.lo, r.hi);
    }
    for (let i = 0; i < length; i++) {
      const k = r.byte();
      if (k >= n) throw new RangeError(`index ${k} is outside a dictionary of ${n}`);
      ud[i] = ids[k] as number;
    }
  } else if (encoding === Encoding.varint) {
    for (let i = 0; i < length; i++) {
      r.wide();
      ud[i] = dictionary.idOf(r.lo, r.hi);
    }
  } else if (encoding === Encoding.delta || encoding === Encoding.zigzag) {
    let v = 0n;
    for (let i = 0; i < length; i++) {
      r.wide();
      const z = (BigInt(r.hi) << 32n) | BigInt(r.lo);
      const d = (z & 1n) === 0n ? z >> 1n : -((z + 1n) >> 1n);
      v = BigInt.asUintN(64, encoding === Encoding.delta ? v + d : d);
      ud[i] = dictionary.idOf(Number(v & 0xffffffffn), Number(v >> 32n));
    }
  } else throw new RangeError(`encoding ${encoding} can't hold user_data`);
}

/** Decodes all columns of bytes[from …] into `table`; `tFirst` is the base of the time column. Throws RangeError on bytes that make no sense. */
export function decodeColumns(bytes: Uint8Array, from: number, table: EventTable, tFirst: number): void {
  const n = table.length;
  const { t, ud, flags } = table;
  const plain: Record<number, Uint8Array | Uint16Array | Uint32Array | Int32Array | undefined> = {
    [Column.kind]: table.kind,
    [Column.res]: table.res,
    [Column.a]: table.a,
    [Column.b]: table.b,
    [Column.request]: table.request,
    [Column.thread]: table.thread,
    [Column.ring]: table.ring,
    [Column.provenance]: table.provenance,
  };
  t.fill(tFirst);
  ud.fill(table.dictionary.idOf(0, 0));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let pos = from; pos < bytes.length; ) {
    if (pos + 6 > bytes.length) throw new RangeError(`a column header is cut off at byte ${pos}`);
    const column = bytes[pos] as number;
    const encoding = bytes[pos + 1] as number;
    const size = view.getUint32(pos + 2, true);
    pos += 6;
    if (size > bytes.length - pos) throw new RangeError(`column ${column} is longer than its block`);
    const r = new Reader(bytes, pos, pos + size);
    pos += size;
    switch (column) {
      case Column.tNs:
        // Only differences are stored, so the numbers stay small; tFirst is already relative to the start of the trace.
        if (encoding !== Encoding.delta) throw new RangeError(`encoding ${encoding} can't hold time`);
        t.set(decodeNumbers(r, encoding, n, tFirst));
        break;
      case Column.userData:
        decodeUserData(r, encoding, table);
        break;
      case Column.flagsLo: {
        const low = decodeNumbers(r, encoding, n, 0);
        for (let i = 0; i < n; i++) flags[i] = (flags[i] as number) | ((low[i] as number) & 0xffff);
        break;
      }
      case Column.flagsHi: {
        const high = decodeNumbers(r, encoding, n, 0);
        for (let i = 0; i < n; i++) flags[i] = (flags[i] as number) | ((high[i] as number) << 16);
        break;
      }
      default: {
        const target = plain[column];
        if (target !== undefined) target.set(decodeNumbers(r, encoding, n, 0));
        // else: a column of a newer minor version
      }
    }
  }
}

/** A growing byte buffer. */
class Writer {
  bytes = new Uint8Array(1024);
  length = 0;

  #room(n: number): void {
    if (this.length + n <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + n));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  byte(b: number): void {
    this.#room(1);
    this.bytes[this.length++] = b;
  }

  /** A varint of a number below 2^53. */
  number(v: number): void {
    this.#room(10);
    let rest = v;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  big(v: bigint): void {
    this.#room(10);
    let rest = v;
    while (rest >= 0x80n) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  zigzag(v: number): void {
    this.number(v < 0 ? -2 * v - 1 : 2 * v);
  }

  /** One column: its header, then what `fill` writes. */
  column(column: number, encoding: number, fill: () => void): void {
    this.#room(6);
    const at = this.length;
    this.bytes[at] = column;
    this.bytes[at + 1] = encoding;
    this.length += 6;
    fill();
    new DataView(this.bytes.buffer).setUint32(at + 2, this.length - at - 6, true);
  }

  done(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** Packs the columns of a table. The choice of encodings is that of the C++ packer; a reader takes any. */
export function encodeColumns(table: EventTable): Uint8Array {
  const w = new Writer();
  const n = table.length;
  const { t, ud, flags, dictionary } = table;
  w.column(Column.kind, Encoding.raw, () => {
    for (const v of table.kind) w.byte(v);
  });
  w.column(Column.tNs, Encoding.delta, () => {
    for (let i = 0; i < n; i++) w.zigzag((t[i] as number) - (t[Math.max(0, i - 1)] as number));
  });
  const ids = [...new Set(ud)];
  if (ids.length <= 256) {
    const index = new Map(ids.map((id, k) => [id, k]));
    w.column(Column.userData, Encoding.dictionary, () => {
      w.number(ids.length);
      for (const id of ids) w.big(dictionary.valueOf(id));
      for (const id of ud) w.byte(index.get(id) as number);
    });
  } else {
    w.column(Column.userData, Encoding.varint, () => {
      for (const id of ud) w.big(dictionary.valueOf(id));
    });
  }
  const numbers = (column: number, values: ArrayLike<number>, encoding: number): void => {
    if (n === 0) return;
    const first = values[0] as number;
    let same = true;
    for (let i = 1; same && i < n; i++) same = values[i] === first;
    if (same && first === 0) return;
    if (same && first > 0) {
      w.column(column, Encoding.constant, () => w.number(first));
      return;
    }
    w.column(column, encoding, () => {
      let before = 0;
      for (let i = 0; i < n; i++) {
        const v = values[i] as number;
        if (encoding === Encoding.varint) w.number(v);
        else w.zigzag(encoding === Encoding.delta ? v - before : v);
        before = v;
      }
    });
  };
  numbers(Column.res, table.res, Encoding.zigzag);
  numbers(
    Column.flagsLo,
    flags.map((f) => f & 0xffff),
    Encoding.varint,
  );
  numbers(
    Column.flagsHi,
    flags.map((f) => f >>> 16),
    Encoding.varint,
  );
  numbers(Column.a, table.a, Encoding.varint);
  numbers(Column.b, table.b, Encoding.varint);
  numbers(Column.request, table.request, Encoding.delta);
  numbers(Column.thread, table.thread, Encoding.varint);
  numbers(Column.ring, table.ring, Encoding.varint);
  numbers(Column.provenance, table.provenance, Encoding.varint);
  return w.done();
}
