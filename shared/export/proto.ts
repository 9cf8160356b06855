/** Writes protobuf messages (wire format: varints, fixed 64 bits, length-delimited). Only what Perfetto's messages need. */
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
const text = new TextEncoder();

export class ProtoWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  #room(n: number): void {
    if (this.#length + n <= this.#bytes.length) return;
    const more = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + n));
    more.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = more;
  }

  #varint(value: number | bigint): void {
    this.#room(10);
    if (typeof value === 'number' && value >= 0 && value <= 0x7fffffff) {
      let v = value;
      for (; v > 0x7f; v >>>= 7) this.#bytes[this.#length++] = (v & 0x7f) | 0x80;
      this.#bytes[this.#length++] = v;
      return;
    }
    // Negative numbers take ten bytes: they are 64 bits wide.
    let v = BigInt.asUintN(64, BigInt(value));
    for (; v > 0x7fn; v >>= 7n) this.#bytes[this.#length++] = Number(v & 0x7fn) | 0x80;
    this.#bytes[this.#length++] = Number(v);
  }

  /** int32, int64, uint64, enum, bool. */
  int(field: number, value: number | bigint): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  fixed64(field: number, value: bigint): this {
    this.#varint(field * 8 + 1);
    this.#room(8);
    new DataView(this.#bytes.buffer).setBigUint64(this.#length, BigInt.asUintN(64, value), true);
    this.#length += 8;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  message(field: number, write: (inner: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.take());
  }

  /** A copy of what was written; the writer begins anew. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }
}
