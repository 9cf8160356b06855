import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { traceBytes } from '../../../shared/testing/trace-file.ts';
import { TraceFile } from '../../../shared/trace-file/trace-file.ts';
import { TraceWriter } from '../../../shared/trace-file/writer.ts';
import { fileSink, openTraceSource } from './files.ts';
import { openTraceFile } from './open-file.ts';
import { deflate, inflate } from './zlib.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringlens-test-'));
  path = join(folder, 'a.ringlens');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a trace on disk', () => {
  it('is read by parts, and not beyond its end', async () => {
    const { bytes } = await traceBytes(deflate);
    await writeFile(path, bytes);
    const source = await openTraceSource(path);
    expect(source.size).toBe(bytes.length);
    expect(await source.read(10, 20)).toEqual(bytes.subarray(10, 30));
    expect(await source.read(bytes.length - 4, 2 ** 50)).toEqual(bytes.subarray(-4));
    expect(await source.read(bytes.length + 4, 10)).toEqual(new Uint8Array());
    await source.close();
  });

  it('takes what is added behind its end', async () => {
    const { bytes, blocks } = await traceBytes(deflate);
    await writeFile(path, bytes);
    const first = await openTraceFile(path);
    const file = await open(path, 'a');
    const writer = TraceWriter.append(first.trace, fileSink(file), deflate);
    await writer.notes([{ id: 'n', t: 1, kind: 'bookmark', text: '' }]);
    await writer.close();
    await file.close();
    await first.close();
    const { trace, close } = await openTraceFile(path);
    expect(trace.notes).toMatchObject([{ id: 'n' }]);
    for (const [part, block] of blocks.entries()) expect(Buffer.concat(await trace.blocks(part)).equals(block)).toBe(true);
    await close();
  });

  it('that shrinks while it is open gets a sentence for what is gone', async () => {
    const { bytes } = await traceBytes(deflate);
    await writeFile(path, bytes);
    const source = await openTraceSource(path);
    const trace = await TraceFile.open(source, inflate);
    const file = await open(path, 'r+');
    await file.truncate((trace.parts[1]?.offset ?? 0) + 30);
    await file.close();
    await expect(trace.blocks(1)).rejects.toMatchObject({ code: 'EDAMAGED' });
    expect(await trace.blocks(0)).toHaveLength(1);
    await source.close();
  });

  it('comes through standard input too', async () => {
    const { bytes } = await traceBytes(deflate);
    async function* input() {
      for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
    }
    const { trace, close } = await openTraceFile('-', input());
    expect(trace.parts).toHaveLength(3);
    await close();
    async function* nothing(): AsyncGenerator<Uint8Array> {}
    await expect(openTraceFile('-', nothing())).rejects.toMatchObject({
      code: 'EEMPTY',
      message: expect.stringMatching(/^Standard input: /),
    });
  });

  it('names the file in its sentence when it is not there, or something else', async () => {
    await expect(openTraceFile(path)).rejects.toMatchObject({ code: 'EREAD', message: `${path} does not exist.` });
    await expect(openTraceFile(folder)).rejects.toMatchObject({ code: 'EREAD', message: expect.stringContaining('is a folder') });
    await writeFile(path, 'hello');
    await expect(openTraceFile(path)).rejects.toMatchObject({ code: 'ENOTTRACE', message: expect.stringMatching(`^${path}: `) });
  });
});

describe("the agent's inflate", () => {
  it('undoes deflate, and makes no more than was said', async () => {
    const raw = new Uint8Array(32 * 1024 * 1024).fill(3);
    const stored = await deflate(raw);
    expect(Buffer.compare(await inflate(stored, raw.length), raw)).toBe(0);
    await expect(inflate(stored, 1000)).rejects.toThrow();
    await expect(inflate(stored.subarray(0, 50), raw.length)).rejects.toThrow();
  });
});
