/**
 * Writes to our standard streams without process.stdout and process.stderr. Those make a pipe non-blocking (libuv,
 * uv_pipe_open), for everybody who has it open: a command of `ringlens run` whose reader is slow would then lose output.
 */
import { writeSync } from 'node:fs';

/** How long to wait when somebody else has made the pipe non-blocking and it is full. */
const FULL_MS = 5;

/** Writes all of it. A reader that went away (ringlens … | head -1) is no reason to end. */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code !== 'EAGAIN' && code !== 'EINTR') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MS);
    }
  }
}
