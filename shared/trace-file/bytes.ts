/** Where the bytes of a file come from and go to. Node, page and tests bring their own. */
export interface ByteSource {
  readonly size: number;
  /** The bytes at `offset`; fewer than `length` only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Raw deflate (RFC 1951) undone: makes `size` bytes and never more. Rejects where the data is damaged or has another size. */
export type Inflate = (stored: Uint8Array, size: number) => Promise<Uint8Array>;
export type Deflate = (raw: Uint8Array) => Promise<Uint8Array>;

/** Appends; resolves when the bytes are taken. */
export interface TraceSink {
  write(bytes: Uint8Array): Promise<void>;
}

export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => Promise.resolve(bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length))),
});
