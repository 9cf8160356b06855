/** Opens a trace of the command line: a file, or "-" for standard input. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sniffSource } from '../../../shared/import/registry.ts';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';
import { TraceFile } from '../../../shared/trace-file/trace-file.ts';
import { fileSink, openTraceSource } from './files.ts';
import { inflate } from './zlib.ts';

export interface OpenFile {
  trace: TraceFile;
  close(): Promise<void>;
}

/** A trace is read from both its ends: what comes through a pipe is put into a file first. */
async function spooled(input: AsyncIterable<Uint8Array>): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ringlens-'));
  const path = join(folder, 'stdin.ringlens');
  const file = await open(path, 'wx', 0o600);
  try {
    const sink = fileSink(file);
    for await (const bytes of input) await sink.write(bytes);
  } finally {
    await file.close();
  }
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Why a file can't be read; `wanted`: what a folder is not, "a trace". */
export const readSentence = (path: string, e: NodeJS.ErrnoException, wanted: string): string => {
  switch (e.code) {
    case 'ENOENT':
      return `${path} does not exist.`;
    case 'EACCES':
      return `${path} may not be read by this user.`;
    case 'EISDIR':
      return `${path} is a folder, and ${wanted} is a file.`;
    default:
      return `${path} can't be read: ${e.message}.`;
  }
};

/** Rejects with TraceFileError, whose sentence names the file. */
export async function openTraceFile(path: string, input: AsyncIterable<Uint8Array> = process.stdin): Promise<OpenFile> {
  const spool = path === '-' ? await spooled(input) : undefined;
  try {
    const source = await openTraceSource(spool?.path ?? path);
    const trace = await TraceFile.open(source, inflate).catch(async (e: unknown) => {
      const form = e instanceof TraceFileError && e.code === 'ENOTTRACE' ? await sniffSource(source) : null;
      await source.close();
      throw form === null
        ? e
        : new TraceFileError('ENOTTRACE', `This is the text of ${form.name}: make a trace of it with "ringlens import".`);
    });
    return {
      trace,
      async close() {
        await source.close();
        await spool?.remove();
      },
    };
  } catch (e) {
    await spool?.remove();
    if (e instanceof TraceFileError) throw new TraceFileError(e.code, `${path === '-' ? 'Standard input' : path}: ${e.message}`);
    throw new TraceFileError('EREAD', readSentence(path, e as NodeJS.ErrnoException, 'a trace'));
  }
}
