/**
 * Our standard streams, which a command of `ringlens run` shares. Node makes a pipe non-blocking, for everybody who has it
 * open, when process.stdout or process.stderr is looked at (libuv, uv_pipe_open), and it looks at the latter itself whenever
 * a socket is destroyed (lib/net.js, Socket._destroy). The command then loses what a slow reader has no room for.
 */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty } from 'node:tty';

/** How long to wait when somebody else has made the pipe non-blocking and it is full. */
const FULL_MS = 5;

/** Writes all of it, or gives why not. A reader that went away (ringlens … | head -1) wanted no more: that is no trouble. */
export function writeAll(fd: number, data: string | Uint8Array): NodeJS.ErrnoException | undefined {
  const bytes = Buffer.from(data);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code === 'EPIPE') return undefined;
      if (code !== 'EAGAIN' && code !== 'EINTR') return e as NodeJS.ErrnoException;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MS);
    }
  }
  return undefined;
}

/** Once, before anybody has looked: puts streams that leave the pipe as it is in their place. A terminal is opened anew by libuv. */
export function leavePipesAlone(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    if (isatty(fd)) continue;
    const value = new Writable({
      write(data: Buffer, _, done) {
        writeAll(fd, data);
        done();
      },
    });
    Object.defineProperty(process, name, { configurable: true, enumerable: true, value: Object.assign(value, { fd }) });
  }
}
