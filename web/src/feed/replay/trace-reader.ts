/** What a replay needs of a recorded trace: shared/trace-file's TraceFile, or a test's own. */
import { readHeader } from '../../../../shared/codec/block.ts';

export interface TracePart {
  /** Sequence number in the stream of its first event. */
  readonly seq: bigint;
  readonly count: number;
  /** Of its first and last event, ns since the start of the trace. */
  readonly tFirst: number;
  readonly tLast: number;
}

/** The part that these blocks of a stream are. */
export function partOf(blocks: readonly Uint8Array[], startNs: bigint): TracePart {
  const headers = blocks.map((block) => readHeader(block));
  const [first, last] = [headers[0], headers.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a part has a block');
  return {
    seq: first.seq,
    count: headers.reduce((n, { count }) => n + count, 0),
    tFirst: Number(first.tFirst - startNs),
    tLast: Number(last.tLast - startNs),
  };
}

export interface TraceReader {
  readonly parts: readonly TracePart[];
  /** Stored seeds by the event that they stand before, oldest first. */
  readonly keys: readonly { readonly number: number; readonly t: number }[];
  /** The blocks of a part. Rejects with an Error whose message is a sentence when it is damaged. */
  blocks(part: number): Promise<Uint8Array[]>;
  keyframe(key: number): Promise<Uint8Array>;
  /** The stored index of the whole; null = there is none. */
  view(): Promise<Uint8Array | null>;
}
