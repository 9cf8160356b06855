/** What the session's tests share: blocks made by the real codec, and a port that takes frames as slowly as a test wants. */
import { BlockFlag, packBlock, readHeader, splitBlocks } from '../../../shared/codec/block.ts';
import { type EventRecord, tableOf } from '../../../shared/codec/event-table.ts';
import type { ServerMessage } from '../../../shared/protocol/messages.ts';
import { Kind } from '../../../shared/schema/events.ts';
import type { ClientPort } from './publisher.ts';

const MS = 1_000_000;

/** Makes the blocks of a stream: `eventsABlock` reaps every `everyMs`, a snapshot in each `snapshotEvery`-th block. */
export class BlockMaker {
  #seq = 0n;
  #made = 0;

  constructor(
    readonly eventsABlock = 20,
    readonly everyMs = 5,
    readonly snapshotEvery = 10,
  ) {}

  next(): Uint8Array {
    const records: Partial<EventRecord>[] = [];
    if (this.#made % this.snapshotEvery === 0) records.push({ kind: Kind.snapshot, a: 0 }, { kind: Kind.snapshot_end });
    while (records.length < this.eventsABlock) records.push({ kind: Kind.reap, userData: 0x1000n, res: 64 + records.length, flags: 2 });
    const t = this.#made * this.everyMs * MS;
    const block = packBlock(tableOf(records.map((record, i) => ({ t: t + i, ...record }))), { seq: this.#seq, startNs: 0n });
    this.#seq += BigInt(records.length);
    this.#made++;
    return block;
  }

  take(count: number): Uint8Array[] {
    return Array.from({ length: count }, () => this.next());
  }
}

/** What a client saw, in order. */
export type Seen = { seq: number; endSeq: number; summary: boolean; snapshot: boolean } | { gap: [number, number] };

/** Keeps what it gets; frames count as sent when the test calls `release`, or at once. */
export class TestPort implements ClientPort {
  readonly seen: Seen[] = [];
  readonly frameSizes: number[] = [];
  readonly #unsent: (() => void)[] = [];
  bufferedBytes = 0;

  constructor(private readonly fast: boolean) {}

  sendBlocks(frame: Uint8Array, sent: () => void): void {
    this.frameSizes.push(frame.length);
    for (const block of splitBlocks(frame)) {
      const { seq, count, flags } = readHeader(block);
      this.seen.push({
        seq: Number(seq),
        endSeq: Number(seq) + count,
        summary: (flags & BlockFlag.summaryOnly) !== 0,
        snapshot: (flags & BlockFlag.hasSnapshot) !== 0,
      });
    }
    if (this.fast) sent();
    else this.#unsent.push(sent);
  }

  sendMessage(message: ServerMessage): void {
    if (message.type === 'gap') this.seen.push({ gap: [message.fromSeq, message.toSeq] });
  }

  get waiting(): number {
    return this.#unsent.length;
  }

  /** Lets the oldest frame go; false when there is none. */
  release(): boolean {
    const sent = this.#unsent.shift();
    sent?.();
    return sent !== undefined;
  }

  releaseAll(): void {
    while (this.release());
  }

  /** The blocks that came whole, and the gaps. */
  get whole() {
    return this.seen.flatMap((s) => ('seq' in s && !s.summary ? [s] : []));
  }
  get summaries() {
    return this.seen.flatMap((s) => ('seq' in s && s.summary ? [s] : []));
  }
  get gaps() {
    return this.seen.flatMap((s) => ('gap' in s ? [s.gap] : []));
  }
}
