/** The page's ways to a trace: a file, a server with and without ranges, bytes that inflate to more than they say. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { traceBytes } from '../../../shared/testing/trace-file.ts';
import { bytesSource, paged } from '../../../shared/trace-file/bytes.ts';
import { TraceFile } from '../../../shared/trace-file/trace-file.ts';
import { inflate } from './inflate.ts';
import { blobSource, httpSource } from './sources.ts';

let file: { bytes: Uint8Array; blocks: Uint8Array[] };
beforeAll(async () => {
  file = await traceBytes(async (raw) => deflateRawSync(raw));
});

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<void>((closed) => {
    if (server === undefined) closed();
    else server.close(() => closed());
  });
  server = undefined;
});

type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void;
async function serve(answer: Answer): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  server = createServer((request, response) => {
    requests.push(request.headers.range ?? 'all');
    answer(request, response, requests.length);
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.ringlens`, requests };
}

const ranged =
  (bytes: Uint8Array): Answer =>
  ({ headers }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') as unknown as [string, string, string];
    if (Number(from) >= bytes.length) response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    else {
      const end = Math.min(Number(to), bytes.length - 1);
      response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${bytes.length}` });
      response.end(bytes.subarray(Number(from), end + 1));
    }
  };

async function expectWhole(trace: TraceFile): Promise<void> {
  expect(trace.trouble).toEqual([]);
  for (const [part, block] of file.blocks.entries()) expect(await trace.blocks(part)).toEqual([block]);
  expect(await trace.view()).toEqual(new Uint8Array(500).fill(7));
}

describe('a source of the page', () => {
  it('is a file that was chosen', async () => {
    await expectWhole(await TraceFile.open(blobSource(new Blob([file.bytes as Uint8Array<ArrayBuffer>])), inflate));
  });

  it('is a server that gives ranges, of which only what is asked for is fetched', async () => {
    const { url, requests } = await serve(ranged(file.bytes));
    const source = await httpSource(url);
    expect(await source.read(5, 7)).toEqual(file.bytes.subarray(5, 12));
    expect(await source.read(file.bytes.length - 3, 50)).toEqual(file.bytes.subarray(-3));
    expect(await source.read(file.bytes.length + 3, 50)).toEqual(new Uint8Array());
    expect(requests).toEqual(['bytes=0-0', 'bytes=5-11', `bytes=${file.bytes.length - 3}-${file.bytes.length - 1}`]);
    await expectWhole(await TraceFile.open(paged(source), inflate));
  });

  it('is a server that knows no ranges: the whole file is fetched once', async () => {
    const { url, requests } = await serve((_, response) => response.writeHead(200).end(file.bytes));
    await expectWhole(await TraceFile.open(await httpSource(url), inflate));
    expect(requests).toHaveLength(1);
  });

  it('may be empty', async () => {
    const { url } = await serve(ranged(new Uint8Array()));
    await expect(TraceFile.open(await httpSource(url), inflate)).rejects.toMatchObject({ code: 'EEMPTY' });
  });

  const failing: readonly [string, Answer, RegExp][] = [
    ['it is not there', (_, response) => response.writeHead(404).end(), /the server answered 404\.$/],
    [
      'its size is not told',
      (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-0/*' }).end('x'),
      /does not tell its size\.$/,
    ],
    [
      'the connection breaks off',
      (_, response) => response.writeHead(200, { 'content-length': 1000 }).write('abc', () => response.destroy()),
      /the connection broke off/,
    ],
  ];
  it.each(failing)('says a sentence when %s', async (_, answer, sentence) => {
    const { url } = await serve(answer);
    await expect(httpSource(url)).rejects.toMatchObject({ code: 'EREAD', message: expect.stringMatching(sentence) });
  });

  const changing: readonly [string, Answer, RegExp][] = [
    ['gives the whole file where a part was asked for', (_, response) => response.writeHead(200).end(file.bytes), /another file now/],
    ['has a shorter file now', ranged(new Uint8Array(20)), /another file now/],
    [
      'gives another part',
      (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-9/5000' }).end(file.bytes.subarray(0, 10)),
      /another file now/,
    ],
    ['fails', (_, response) => response.writeHead(500).end(), /the server answered 500\.$/],
  ];
  it.each(changing)('says a sentence when the server later %s', async (_, later, sentence) => {
    const { url } = await serve((request, response, nth) => (nth === 1 ? ranged(file.bytes) : later)(request, response, nth));
    const source = await httpSource(url);
    await expect(source.read(100, 10)).rejects.toMatchObject({ code: 'EREAD', message: expect.stringMatching(sentence) });
    await expect(TraceFile.open(source, inflate)).rejects.toMatchObject({ code: 'EREAD' });
  });

  it('says a sentence when there is no server', async () => {
    const { url } = await serve((_, response) => response.end());
    await new Promise<void>((closed) => server?.close(() => closed()));
    server = undefined;
    await expect(httpSource(url)).rejects.toMatchObject({ code: 'EREAD', message: expect.stringMatching(/is its server there\?$/) });
  });
});

describe("the page's inflate", () => {
  it('undoes raw deflate', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (raw) => {
        expect(await inflate(deflateRawSync(raw), raw.length)).toEqual(raw);
      }),
      { numRuns: 50 },
    );
  });
  it('stops at the size that was said, and rejects what is damaged', async () => {
    const bomb = deflateRawSync(new Uint8Array(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    await expect(inflate(bomb, 1000)).rejects.toThrow('more than 1000 bytes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    await expect(inflate(bomb.subarray(0, 100), 64 * 1024 * 1024)).rejects.toThrow();
    await expect(inflate(Uint8Array.of(0xff, 0xff, 0xff), 10)).rejects.toThrow();
  });
  it('opens what the agent opens', async () => {
    await expectWhole(await TraceFile.open(bytesSource(file.bytes), inflate));
  });
});
