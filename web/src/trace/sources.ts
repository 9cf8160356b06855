/** Where the page reads a recorded trace from. */
import { type ByteSource, bytesSource } from '../../../shared/trace-file/bytes.ts';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';

export const blobSource = (blob: Blob): ByteSource => ({
  size: blob.size,
  read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
});

const unread = (url: string, why: string): TraceFileError => new TraceFileError('EREAD', `The trace at ${url} can't be fetched: ${why}`);

async function fetched(url: string, range: string): Promise<Response> {
  const response = await fetch(url, { headers: { range } }).catch(() => null);
  if (response === null) throw unread(url, 'is its server there?');
  return response;
}

/** The body may break off when the head has come. */
const whole = async <T>(url: string, body: Promise<T>): Promise<T> =>
  body.catch(() => {
    throw unread(url, 'the connection broke off; load the page again.');
  });

/** By parts where the server gives ranges (status 206), else the whole file at once. Rejects with TraceFileError EREAD. */
export async function httpSource(url: string): Promise<ByteSource> {
  const first = await fetched(url, 'bytes=0-0');
  const range = first.headers.get('content-range') ?? '';
  // An empty file has no first byte to ask for.
  if (first.status === 416 && /\/0$/.test(range)) return bytesSource(new Uint8Array());
  if (!first.ok) throw unread(url, `the server answered ${first.status}.`);
  const size = Number(/^bytes 0-0\/(\d+)$/.exec(range)?.[1] ?? Number.NaN);
  if (first.status !== 206) return blobSource(await whole(url, first.blob()));
  await first.body?.cancel();
  if (!Number.isSafeInteger(size)) throw unread(url, 'the server gives ranges of it and does not tell its size.');
  return {
    size,
    async read(offset, length) {
      const end = Math.min(offset + length, size);
      if (end <= offset) return new Uint8Array();
      const response = await fetched(url, `bytes=${offset}-${end - 1}`);
      if (!response.ok && response.status !== 416) throw unread(url, `the server answered ${response.status}.`);
      // It may have grown: notes are added at its end.
      const told =
        /^bytes (\d+)-(\d+)\/(\d+)$/
          .exec(response.headers.get('content-range') ?? '')
          ?.slice(1)
          .map(Number) ?? [];
      const isRange = response.status === 206 && told[0] === offset && told[1] === end - 1 && (told[2] as number) >= size;
      if (!isRange) {
        await response.body?.cancel();
        throw unread(url, 'the server has another file now; load the page again.');
      }
      const bytes = new Uint8Array(await whole(url, response.arrayBuffer()));
      if (bytes.length !== end - offset) throw unread(url, 'the server sent less than it said; load the page again.');
      return bytes;
    },
  };
}
