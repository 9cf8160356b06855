/** A recorded trace over HTTP: /trace by ranges, and its notes, which are kept in the file. */
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { readNotes } from '../../../shared/trace-file/content.ts';
import { TraceFile } from '../../../shared/trace-file/trace-file.ts';
import { TraceWriter } from '../../../shared/trace-file/writer.ts';
import { fileSink, openTraceSource } from '../trace/files.ts';
import { deflate, inflate } from '../trace/zlib.ts';
import { isOwnOrigin } from './origin.ts';
import { answer, securityHeaders } from './static-files.ts';

const MOST_NOTES_BYTES = 1024 * 1024;

/** The bytes that a Range header asks for; null = all, undefined = there are none such. More than one range is taken for none. */
export function rangeOf(header: string | undefined, size: number): { from: number; to: number } | null | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  const [, first, last] = match;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return from > to || from >= size ? undefined : { from, to };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > MOST_NOTES_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

export class TraceRoute {
  /** Notes are written one after another. */
  #row: Promise<void> = Promise.resolve();

  constructor(private readonly path: string) {}

  answers({ url = '' }: IncomingMessage): boolean {
    return /^\/trace(\/notes)?(\?|$)/.test(url);
  }

  /** Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const isNotes = (request.url ?? '').startsWith('/trace/notes');
      if (isNotes && request.method === 'POST') await this.#keep(request, response);
      else if (!isNotes && (request.method === 'GET' || request.method === 'HEAD')) await this.#send(request, response);
      else answer(response, 405, 'A trace is read with GET, its notes are kept with POST.', { Allow: isNotes ? 'POST' : 'GET, HEAD' });
    } catch (e) {
      const { message } = e as Error;
      if (response.headersSent) response.destroy();
      else answer(response, 500, `The trace can't be read: ${message}.`);
    }
  }

  async #send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = await open(this.path, 'r');
    try {
      const { size } = await file.stat();
      const range = rangeOf(request.headers.range, size);
      if (range === undefined) {
        answer(response, 416, `The trace has ${size} bytes.`, { 'Content-Range': `bytes */${size}` });
        return;
      }
      const { from, to } = range ?? { from: 0, to: size - 1 };
      response.writeHead(range === null ? 200 : 206, {
        ...securityHeaders,
        'Content-Type': 'application/octet-stream',
        'Content-Length': to - from + 1,
        'Accept-Ranges': 'bytes',
        'Cache-Control': 'no-store',
        ...(range === null ? {} : { 'Content-Range': `bytes ${from}-${to}/${size}` }),
      });
      if (request.method === 'HEAD' || size === 0) {
        response.end();
        return;
      }
      // A page that goes away in the middle is no trouble.
      await pipeline(file.createReadStream({ start: from, end: to, autoClose: false }), response).catch(() => {});
    } finally {
      await file.close();
    }
  }

  async #keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnOrigin(request)) {
      answer(response, 403, 'Pages of other origins may not write notes here.');
      return;
    }
    const body = await bodyOf(request);
    const notes = body === null ? null : readNotes(body);
    if (notes === null) {
      answer(response, 400, 'These are no notes: send {"notes": [...]} of at most 1 MiB.');
      return;
    }
    const written = this.#row.then(async () => {
      const source = await openTraceSource(this.path);
      const file = await open(this.path, 'a');
      try {
        const trace = await TraceFile.open(source, inflate);
        const writer = TraceWriter.append(trace, fileSink(file), deflate);
        await writer.notes(notes);
        await writer.close(!trace.isCut);
      } finally {
        await file.close();
        await source.close();
      }
    });
    this.#row = written.catch(() => {});
    try {
      await written;
      answer(response, 200, 'kept');
    } catch (e) {
      answer(response, 409, `The notes can't be kept in the file: ${(e as Error).message}.`);
    }
  }
}
