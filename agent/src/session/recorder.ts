/**
 * Writes the stream of a session to a .ringlens file, beside everything else that goes on: deflate and disk work in other
 * threads, and where they don't keep up whole blocks are left out, so that memory has a bound.
 *
 *     blocks ──▶ waiting ──(250 ms or 1 MiB)──▶ part: deflate, append ──▶ … ──▶ index, tail
 */
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readHeader } from '../../../shared/codec/block.ts';
import type { Recording } from '../../../shared/protocol/messages.ts';
import { eventSchema, type TraceInfo } from '../../../shared/trace-file/content.ts';
import { TraceWriter } from '../../../shared/trace-file/writer.ts';
import { version } from '../paths.ts';
import { fileSink } from '../trace/files.ts';
import { deflate } from '../trace/zlib.ts';
import type { Session } from './session.ts';

/** What is lost at most when the process is killed. */
const FLUSH_MS = 250;
const PART_BYTES = 1024 * 1024;
/** Waiting for deflate and disk. */
const MOST_WAITING = 64 * 1024 * 1024;

/** A recording that can't begin; `message` is one sentence. */
export class RecordError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'RecordError';
  }
}

export interface RecorderOptions {
  path: string;
  /** An existing file is written over. */
  force?: boolean | undefined;
  /** The state changed, or the file grew. */
  onChange?(recording: Recording): void;
}

const sentenceOf = (error: NodeJS.ErrnoException): string => {
  switch (error.code) {
    case 'ENOSPC':
      return 'The disk is full: the recording has stopped, and what is written stays readable.';
    case 'EDQUOT':
      return "The user's disk quota is used up: the recording has stopped, and what is written stays readable.";
    default:
      return `The recording has stopped (${error.message}); what is written stays readable.`;
  }
};

const beginError = (path: string, error: NodeJS.ErrnoException): RecordError => {
  const code = error.code ?? 'EWRITE';
  if (code === 'EEXIST') return new RecordError(code, `${path} exists and is not written over: choose another name, or add --force.`);
  if (code === 'ENOENT') return new RecordError(code, `${path} can't be written: its folder does not exist.`);
  if (code === 'EACCES' || code === 'EROFS') return new RecordError(code, `${path} can't be written by this user: choose another folder.`);
  return new RecordError(code, `${path} can't be written: ${error.message}.`);
};

type Handle = Awaited<ReturnType<typeof open>>;

export class Recorder {
  readonly #session: Session;
  readonly #onChange: (recording: Recording) => void;
  readonly #file: Handle;
  /** Made when the recording starts; the row waits for it. */
  #writer: TraceWriter | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Bytes that are being deflated or written. */
  #writingBytes = 0;
  #events = 0;
  #leftOut = 0;
  #timer: NodeJS.Timeout | undefined;
  /** What is written goes in a row. */
  #row: Promise<void> = Promise.resolve();
  #stopListening: () => void = () => {};
  #recording: Recording;
  #ended: Promise<void> | undefined;

  private constructor(
    session: Session,
    readonly path: string,
    file: Handle,
    onChange: (recording: Recording) => void,
  ) {
    this.#session = session;
    this.#file = file;
    this.#onChange = onChange;
    this.#recording = { state: 'on', file: basename(path), bytes: 0, events: 0, leftOut: 0 };
  }

  /** Makes the file; rejects with RecordError when it can't be had. */
  static async prepare(session: Session, { path, force = false, onChange = () => {} }: RecorderOptions): Promise<Recorder> {
    const file = await open(path, force ? 'w' : 'wx').catch((e: NodeJS.ErrnoException) => {
      throw beginError(path, e);
    });
    return new Recorder(session, resolve(path), file, onChange);
  }

  /** Records the session, which runs, from now on, and what is needed of before. */
  start(): void {
    const session = this.#session;
    const header = {
      ringlens: version,
      clock: 'CLOCK_MONOTONIC',
      session: session.info(),
      params: session.params,
      schema: eventSchema(),
    };
    this.#inRow(async () => {
      this.#writer = await TraceWriter.create(fileSink(this.#file), deflate, header);
    });
    this.#take(session.recentBlocks());
    this.#stopListening = session.listen({
      onBlocks: (blocks) => this.#take(blocks),
      onParams: (params) => this.#note({ params: { t: this.#now(), params } }),
      onStopped: ({ code, message }) => void this.stop({ code: code === 'EENDED' ? 'ok' : code, message }),
    });
    this.#tell();
  }

  get recording(): Recording {
    return this.#recording;
  }

  /** ns since the start of the session. */
  #now(): number {
    return Number(process.hrtime.bigint() - BigInt(this.#session.info().startNs));
  }

  #take(blocks: readonly Uint8Array[]): void {
    if (this.#recording.state !== 'on') return;
    for (const block of blocks) {
      const { count } = readHeader(block);
      if (this.#waitingBytes + this.#writingBytes + block.length > MOST_WAITING) {
        this.#leftOut += count;
        continue;
      }
      this.#waiting.push(block);
      this.#waitingBytes += block.length;
      this.#events += count;
    }
    if (this.#waitingBytes >= PART_BYTES) this.#flush();
    else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** Makes parts of what waits. */
  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let part: Uint8Array[] = [];
    let bytes = 0;
    for (const block of this.#waiting) {
      part.push(block);
      bytes += block.length;
      if (bytes < PART_BYTES) continue;
      this.#write(part, bytes);
      part = [];
      bytes = 0;
    }
    if (part.length > 0) this.#write(part, bytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #write(blocks: Uint8Array[], bytes: number): void {
    this.#writingBytes += bytes;
    this.#inRow(async () => {
      await this.#writer?.blocks(blocks);
      this.#writingBytes -= bytes;
      this.#tell();
    });
  }

  #note(info: TraceInfo): void {
    this.#inRow(async () => this.#writer?.info(info));
  }

  #inRow(work: () => Promise<void>): void {
    this.#row = this.#row.then(async () => {
      if (this.#recording.state === 'stopped') return;
      try {
        await work();
      } catch (e) {
        const error = e as NodeJS.ErrnoException;
        this.#end(error.code ?? 'EWRITE', sentenceOf(error));
        // Half a record at the end is not read, but need not be there.
        await this.#file.truncate(this.#size).catch(() => {});
      }
    });
  }

  get #size(): number {
    return this.#writer?.size ?? 0;
  }

  #tell(): void {
    if (this.#recording.state !== 'on') return;
    const { file } = this.#recording;
    this.#recording = { state: 'on', file, bytes: this.#size, events: this.#events, leftOut: this.#leftOut };
    this.#onChange(this.#recording);
  }

  #end(code: string, message: string): void {
    if (this.#recording.state === 'stopped') return;
    clearTimeout(this.#timer);
    this.#stopListening();
    this.#waiting = [];
    const { file } = this.#recording as { file: string };
    this.#recording = { state: 'stopped', file, code, message };
    this.#onChange(this.#recording);
  }

  /** Writes what waits, and the end of the file; `ended` = how the session ended, where it has. Idempotent, never rejects. */
  stop(ended?: { code: string; message: string }): Promise<void> {
    this.#ended ??= this.#finish(ended);
    return this.#ended;
  }

  async #finish(ended?: { code: string; message: string }): Promise<void> {
    this.#stopListening();
    this.#flush();
    this.#note({ stats: this.#session.stats(), leftOut: this.#leftOut, ...(ended === undefined ? {} : { ended }) });
    this.#inRow(async () => this.#writer?.close());
    await this.#row;
    await this.#file.close().catch(() => {});
    this.#end('done', `${this.#events} events in ${this.#size} bytes.`);
  }
}
