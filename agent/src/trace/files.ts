/** Trace files on disk. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource, TraceSink } from '../../../shared/trace-file/bytes.ts';

export interface OpenSource extends ByteSource {
  close(): Promise<void>;
}

/** The file's bytes, as many as there are now. Rejects with node's error (ENOENT, EACCES …). */
export async function openTraceSource(path: string): Promise<OpenSource> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const bytes = new Uint8Array(wanted);
      let done = 0;
      while (done < wanted) {
        const { bytesRead } = await file.read(bytes, done, wanted - done, offset + done);
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Appends to the file; every write is whole or rejects. */
export function fileSink(file: FileHandle): TraceSink {
  return {
    async write(bytes) {
      let done = 0;
      while (done < bytes.length) done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
    },
  };
}
