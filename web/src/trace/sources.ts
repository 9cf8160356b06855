/** Where the page reads a recorded trace from. */
import type { ByteSource } from '../../../shared/trace-file/bytes.ts';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';

export const blobSource = (blob: Blob): ByteSource => ({
  size: blob.size,
  read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
});

const fetched = async (url: string, init?: RequestInit): Promise<Response> => {
  const response = await fetch(url, init).catch(() => null);
  if (response === null) throw new TraceFileError('EDAMAGED', `The trace at ${url} can't be fetched: is its server there?`);
  if (!response.ok) throw new TraceFileError('EDAMAGED', `The trace at ${url} can't be fetched: the server answered ${response.status}.`);
  return response;
};

/** By parts where the server gives ranges (status 206), else the whole file at once. */
export async function httpSource(url: string): Promise<ByteSource> {
  const first = await fetched(url, { headers: { range: 'bytes=0-0' } });
  const size = Number(/\/(\d+)$/.exec(first.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
  if (first.status !== 206 || !Number.isSafeInteger(size)) return blobSource(await first.blob());
  await first.body?.cancel();
  return {
    size,
    async read(offset, length) {
      const end = Math.min(offset + length, size);
      if (end <= offset) return new Uint8Array();
      const response = await fetched(url, { headers: { range: `bytes=${offset}-${end - 1}` } });
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
