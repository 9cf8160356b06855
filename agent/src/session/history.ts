/**
 * Blocks that left the log, on disk: what a page goes back to. Whole blocks in parts of about 1 MiB, parts in segments, which
 * are files without a name: whatever ends ringlens, nothing stays behind. There is an upper bound, and the oldest go.
 *
 *     segment  ╔══ part ══╤══ part ══╤══ part ══╗ ╔══ part ══╤ …        files, the oldest goes as a whole
 *                                                   └ being written │ open part: in memory
 */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasSnapshot, readHeader } from '../../../shared/codec/block.ts';

const MIB = 1024 * 1024;

export interface HistoryLimits {
  /** On disk; 0 = nothing is kept. */
  maxBytes: number;
  segmentBytes: number;
  partBytes: number;
  /** Waiting for the disk; beyond it whole parts are left out. */
  maxWaiting: number;
}
const defaultLimits: HistoryLimits = { maxBytes: 1024 * MIB, segmentBytes: 32 * MIB, partBytes: MIB, maxWaiting: 32 * MIB };

/** A run of whole blocks. Times are CLOCK_MONOTONIC ns. */
export interface HistoryPart {
  /** Sequence number of its first event, and of the first event after it. */
  readonly seq: bigint;
  readonly endSeq: bigint;
  readonly count: number;
  readonly tFirst: bigint;
  readonly tLast: bigint;
  /** A snapshot begins in it. */
  readonly hasSnapshot: boolean;
}

interface Segment {
  file: FileHandle;
  bytes: number;
}

class Part implements HistoryPart {
  readonly seq: bigint;
  readonly tFirst: bigint;
  endSeq: bigint;
  tLast: bigint;
  hasSnapshot = false;
  count = 0;
  bytes = 0;
  /** Until it is written. */
  blocks: Uint8Array[] | null = [];
  segment: Segment | null = null;
  offset = 0;

  constructor(first: Uint8Array) {
    const { seq, tFirst } = readHeader(first);
    this.seq = seq;
    this.endSeq = seq;
    this.tFirst = tFirst;
    this.tLast = tFirst;
  }

  add(block: Uint8Array): void {
    const header = readHeader(block);
    const { seq, count, tLast } = header;
    this.hasSnapshot ||= hasSnapshot(header);
    this.endSeq = seq + BigInt(count);
    this.count += count;
    this.tLast = tLast;
    this.bytes += block.length;
    this.blocks?.push(block);
  }
}

export interface HistoryOptions extends Partial<HistoryLimits> {
  /** Once, in a sentence: nothing more is kept on disk from here on. */
  onTrouble?(sentence: string): void;
}

export class History {
  readonly #limits: HistoryLimits;
  readonly #onTrouble: (sentence: string) => void;
  /** Oldest first; the last may be open. */
  #parts: Part[] = [];
  #open: Part | null = null;
  #segments: Segment[] = [];
  #waitingBytes = 0;
  #row: Promise<void> = Promise.resolve();
  #isOver = false;
  /** Events that are not kept, since the disk did not keep up or can't be written. */
  leftOut = 0;

  constructor({ onTrouble = () => {}, ...limits }: HistoryOptions = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#onTrouble = onTrouble;
    this.#isOver = this.#limits.maxBytes === 0;
  }

  get parts(): readonly HistoryPart[] {
    return this.#parts;
  }

  /** On disk. */
  get bytes(): number {
    return this.#segments.reduce((n, { bytes }) => n + bytes, 0);
  }

  /** Takes over a block that is older than those to come. */
  push(block: Uint8Array): void {
    if (this.#isOver) {
      if (this.#limits.maxBytes > 0) this.leftOut += readHeader(block).count;
      return;
    }
    if (this.#open === null) {
      this.#open = new Part(block);
      this.#parts.push(this.#open);
    }
    this.#open.add(block);
    if (this.#open.bytes < this.#limits.partBytes) return;
    const part = this.#open;
    this.#open = null;
    if (this.#waitingBytes + part.bytes > this.#limits.maxWaiting) {
      this.#forget(part);
      this.leftOut += part.count;
      return;
    }
    this.#waitingBytes += part.bytes;
    this.#row = this.#row.then(() => this.#write(part));
  }

  #forget(part: Part): void {
    this.#parts = this.#parts.filter((one) => one !== part);
  }

  /** Never rejects. */
  async #write(part: Part): Promise<void> {
    try {
      if (this.#isOver) throw new Error('it is over');
      const segment = await this.#segmentFor(part.bytes);
      const bytes = Buffer.concat(part.blocks ?? []);
      for (let done = 0; done < bytes.length; )
        done += (await segment.file.write(bytes, done, bytes.length - done, segment.bytes + done)).bytesWritten;
      part.segment = segment;
      part.offset = segment.bytes;
      part.blocks = null;
      segment.bytes += bytes.length;
      await this.#shrink();
    } catch (e) {
      this.#forget(part);
      this.leftOut += part.count;
      if (!this.#isOver) this.#onTrouble(troubleOf(e as NodeJS.ErrnoException));
      this.#isOver = true;
    } finally {
      this.#waitingBytes -= part.bytes;
    }
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.bytes + bytes <= this.#limits.segmentBytes) return last;
    const segment = { file: await namelessFile(), bytes: 0 };
    this.#segments.push(segment);
    return segment;
  }

  async #shrink(): Promise<void> {
    while (this.bytes > this.#limits.maxBytes && this.#segments.length > 1) {
      const old = this.#segments.shift() as Segment;
      this.#parts = this.#parts.filter(({ segment }) => segment !== old);
      await old.file.close();
    }
  }

  /** The blocks of a part of `parts`, one behind the other; null when it went meanwhile. Rejects where the disk can't be read. */
  async read(wanted: HistoryPart): Promise<Uint8Array | null> {
    const part = this.#parts.find((one) => one === wanted);
    if (part === undefined) return null;
    if (part.blocks !== null) return Buffer.concat(part.blocks);
    const bytes = Buffer.alloc(part.bytes);
    try {
      const { bytesRead } = await (part.segment as Segment).file.read(bytes, 0, bytes.length, part.offset);
      return bytesRead === bytes.length ? bytes : null;
    } catch (e) {
      if (!this.#parts.includes(part)) return null;
      throw e;
    }
  }

  /** Resolves when what waited is written. */
  settled(): Promise<void> {
    return this.#row;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#row;
    const segments = this.#segments;
    this.#segments = [];
    this.#parts = [];
    await Promise.all(segments.map(({ file }) => file.close()));
  }
}

/** A file that nobody else can open, and that goes with this process. */
async function namelessFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'ringlens-history-'));
  try {
    return await open(join(folder, 'segment'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function troubleOf({ code, message }: NodeJS.ErrnoException): string {
  const where = `in ${tmpdir()}`;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `The disk is full ${where}: what leaves the memory is no longer kept; set TMPDIR to another one, or --spill to less.`;
  return `What leaves the memory can't be kept ${where} (${message}); set TMPDIR to another folder.`;
}
