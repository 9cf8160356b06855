/** Raw deflate undone by the browser. */
import type { Inflate } from '../../../shared/trace-file/bytes.ts';

/** Stops reading as soon as more than `size` bytes come. */
export const inflate: Inflate = async (stored, size) => {
  const stream = new Blob([stored as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const raw = new Uint8Array(size);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return raw.subarray(0, length);
    if (length + value.length > size) {
      await reader.cancel();
      throw new RangeError(`more than ${size} bytes`);
    }
    raw.set(value, length);
    length += value.length;
  }
};
