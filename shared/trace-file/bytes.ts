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

/** Small reads come from pages of this size, and so many pages are kept. */
const PAGE_BYTES = 256 * 1024;
const KEPT_PAGES = 32;

/** The same source for one where each read has its price: a request to a server. */
export function paged(source: ByteSource): ByteSource {
  const pages = new Map<number, Promise<Uint8Array>>();
  const page = (number: number): Promise<Uint8Array> => {
    const known = pages.get(number);
    const wanted = known ?? source.read(number * PAGE_BYTES, PAGE_BYTES);
    // The page that was used last is the last to go.
    pages.delete(number);
    pages.set(number, wanted);
    if (known === undefined) wanted.catch(() => pages.delete(number));
    for (const oldest of pages.keys()) {
      if (pages.size <= KEPT_PAGES) break;
      pages.delete(oldest);
    }
    return wanted;
  };
  return {
    size: source.size,
    async read(offset, length) {
      const end = Math.min(offset + length, source.size);
      if (end <= offset) return new Uint8Array();
      const [first, last] = [Math.floor(offset / PAGE_BYTES), Math.floor((end - 1) / PAGE_BYTES)];
      if (last - first > 1) return source.read(offset, end - offset);
      const [head, tail] = await Promise.all([page(first), last > first ? page(last) : new Uint8Array()]);
      const from = offset - first * PAGE_BYTES;
      if (last === first) return head.subarray(from, from + end - offset);
      const bytes = new Uint8Array(end - offset);
      bytes.set(head.subarray(from));
      bytes.set(tail.subarray(0, end - last * PAGE_BYTES), PAGE_BYTES - from);
      return bytes;
    },
  };
}
