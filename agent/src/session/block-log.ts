/**
 * The newest blocks of a session, in memory that is bounded.
 *
 *     ordinal   0 … 41 │ 42 … 59 │ 60   61   62(S)  63   64   65(S)  66
 *               forgot- │ summary │ whole blocks, at most `maxBytes`   │
 *               ten     │ only    │                    S = snapshot    └ end = 67
 *                       └ summaryFirst
 *                                 └ first
 *
 * A block that leaves keeps its summary (some 150 bytes) for a while: a client that was away still learns what happened.
 */
import { hasSnapshot, readHeader, summaryOnly } from '../../../shared/codec/block.ts';

/** One block with what the publisher asks about it. */
export interface LoggedBlock {
  readonly bytes: Uint8Array;
  /** Sequence number of its first event, and of the first event after it. */
  readonly seq: bigint;
  readonly endSeq: bigint;
  /** CLOCK_MONOTONIC ns of its last event. */
  readonly tLast: bigint;
  /** Bytes of all blocks of the session up to and with this one. */
  readonly endBytes: number;
}

export interface BlockLogLimits {
  /** Bytes of whole blocks that are kept. */
  maxBytes: number;
  /** Bytes of the summaries of older blocks that are kept. */
  maxSummaryBytes: number;
  /**
   * Blocks that are kept whole, and as many summaries after that: a quiet ring cuts two hundred small blocks a second, whose
   * objects weigh more than their bytes.
   */
  maxBlocks: number;
}

const MIB = 1024 * 1024;
const defaultLimits: BlockLogLimits = { maxBytes: 64 * MIB, maxSummaryBytes: 8 * MIB, maxBlocks: 16_384 };

/** A queue over an array: entries are numbered, the oldest ones leave. */
class Window<T> {
  #items: T[] = [];
  /** Index in #items of the oldest entry. */
  #head = 0;
  /** Ordinal of the oldest entry. */
  first = 0;

  get end(): number {
    return this.first + this.#items.length - this.#head;
  }

  get(ordinal: number): T | undefined {
    return ordinal < this.first ? undefined : this.#items[this.#head + ordinal - this.first];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head >= this.#items.length) return undefined;
    this.#head++;
    this.first++;
    if (this.#head >= 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

export class BlockLog {
  readonly #limits: BlockLogLimits;
  readonly #blocks = new Window<LoggedBlock>();
  readonly #summaries = new Window<LoggedBlock>();
  /** Ordinals of the blocks in the log that hold a snapshot, in order. */
  readonly #snapshots = new Window<number>();
  #totalBytes = 0;
  #summaryBytes = 0;
  #keptBytes = 0;

  /** `onEvict` takes over the blocks that leave, oldest first. */
  constructor(
    limits: Partial<BlockLogLimits> = {},
    private readonly onEvict: (block: Uint8Array) => void = () => {},
  ) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Ordinal of the oldest whole block. */
  get first(): number {
    return this.#blocks.first;
  }
  /** Ordinal that the next block will get. */
  get end(): number {
    return this.#blocks.end;
  }
  /** Bytes of all blocks of the session, also of those that are forgotten. */
  get totalBytes(): number {
    return this.#totalBytes;
  }
  /** Bytes in memory now. */
  get keptBytes(): number {
    return this.#keptBytes + this.#summaryBytes;
  }

  /** Takes over a block; it must not be written again. Throws BlockError for bytes that are no block. */
  append(bytes: Uint8Array): void {
    const header = readHeader(bytes);
    this.#totalBytes += bytes.length;
    this.#keptBytes += bytes.length;
    if (hasSnapshot(header)) this.#snapshots.push(this.end);
    this.#blocks.push({
      bytes,
      seq: header.seq,
      endSeq: header.seq + BigInt(header.count),
      tLast: header.tLast,
      endBytes: this.#totalBytes,
    });
    const { maxBytes, maxBlocks } = this.#limits;
    while ((this.#keptBytes > maxBytes && this.end - this.first > 1) || this.end - this.first > maxBlocks) this.#evict();
  }

  #evict(): void {
    const old = this.#blocks.shift();
    if (old === undefined) return;
    this.#keptBytes -= old.bytes.length;
    this.onEvict(old.bytes);
    while ((this.#snapshots.get(this.#snapshots.first) ?? this.first) < this.first) this.#snapshots.shift();
    const summary = { ...old, bytes: summaryOnly(old.bytes) };
    this.#summaries.push(summary);
    this.#summaryBytes += summary.bytes.length;
    const { maxSummaryBytes, maxBlocks } = this.#limits;
    while (this.#summaryBytes > maxSummaryBytes || this.#summaries.end - this.#summaries.first > maxBlocks) {
      this.#summaryBytes -= this.#summaries.shift()?.bytes.length ?? this.#summaryBytes;
    }
  }

  /** The whole block, or undefined when it has left the log or is not there yet. */
  get(ordinal: number): LoggedBlock | undefined {
    return this.#blocks.get(ordinal);
  }

  /** The block without its events: also for blocks that left the log not too long ago. */
  summary(ordinal: number): LoggedBlock | undefined {
    const whole = this.#blocks.get(ordinal);
    return whole === undefined ? this.#summaries.get(ordinal) : { ...whole, bytes: summaryOnly(whole.bytes) };
  }

  /** Bytes from block `ordinal` to the end. */
  bytesFrom(ordinal: number): number {
    const block = this.get(ordinal);
    return block === undefined ? (ordinal < this.first ? this.#totalBytes : 0) : this.#totalBytes - block.endBytes + block.bytes.length;
  }

  /** Ordinal of the newest block in the log that holds a snapshot; undefined when there is none. */
  newestSnapshot(): number | undefined {
    return this.#snapshots.get(this.#snapshots.end - 1);
  }

  /** Whole blocks from `ordinal` on. */
  from(ordinal: number): Uint8Array[] {
    const blocks: Uint8Array[] = [];
    for (let i = Math.max(ordinal, this.first); i < this.end; i++) blocks.push((this.get(i) as LoggedBlock).bytes);
    return blocks;
  }

  /**
   * Where a new reader begins: at the newest snapshot that is at least `historyNs` old, so that it sees some history at
   * once, but at most `maxBytes` before the end. The session's own beginning is as good as a snapshot.
   */
  startFor(historyNs: bigint, maxBytes: number): number {
    const newest = this.get(this.end - 1);
    if (newest === undefined) return this.end;
    let start: number | undefined;
    for (let i = this.#snapshots.end - 1; i >= this.#snapshots.first; i--) {
      const ordinal = this.#snapshots.get(i) as number;
      if (start !== undefined && this.bytesFrom(ordinal) > maxBytes) return start;
      start = ordinal;
      if (newest.tLast - (this.get(ordinal)?.tLast ?? 0n) >= historyNs) return start;
    }
    if (this.first === 0 && (start === undefined || this.bytesFrom(0) <= maxBytes)) return 0;
    return start ?? this.first;
  }
}
