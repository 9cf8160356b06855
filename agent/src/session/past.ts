/**
 * All that can be gone back to: blocks on disk (History) and those in the log, as one row of parts.
 *
 *     disk    [part][part][part] │ log    [part][part][part…
 */
import { hasSnapshot, readHeader, splitBlocks } from '../../../shared/codec/block.ts';
import type { PastPart } from '../../../shared/protocol/past.ts';
import type { BlockLog } from './block-log.ts';
import type { History, HistoryPart } from './history.ts';

/** Of the log's blocks, in a part. */
const PART_BYTES = 1024 * 1024;
/** An answer has at most so many; a part has 1 MiB and one block. */
const MOST_BYTES = 8 * 1024 * 1024;

interface Run {
  seq: bigint;
  count: number;
  tFirst: bigint;
  tLast: bigint;
  hasSnapshot: boolean;
}

export class Past {
  constructor(
    private readonly log: BlockLog,
    private readonly history: History,
  ) {}

  /** CLOCK_MONOTONIC ns of the oldest event; null = nothing has happened yet. */
  get oldest(): bigint | null {
    const [part] = this.history.parts;
    if (part !== undefined) return part.tFirst;
    const first = this.log.get(this.log.first);
    return first === undefined ? null : readHeader(first.bytes).tFirst;
  }

  /** `startNs`: moment 0 of the session. */
  parts(startNs: bigint): PastPart[] {
    const runs: Run[] = [...this.history.parts];
    let open: (Run & { bytes: number }) | null = null;
    for (let ordinal = this.log.first; ordinal < this.log.end; ordinal++) {
      const block = this.log.get(ordinal);
      if (block === undefined) continue;
      const header = readHeader(block.bytes);
      const { seq, count, tFirst, tLast } = header;
      if (open === null) open = { seq, count: 0, tFirst, tLast, hasSnapshot: false, bytes: 0 };
      open.count += count;
      open.tLast = tLast;
      open.hasSnapshot ||= hasSnapshot(header);
      open.bytes += block.bytes.length;
      if (open.bytes < PART_BYTES) continue;
      runs.push(open);
      open = null;
    }
    if (open !== null) runs.push(open);
    return runs.map((run) => [
      Number(run.seq),
      run.count,
      Number(run.tFirst - startNs),
      Number(run.tLast - startNs),
      run.hasSnapshot ? 1 : 0,
    ]);
  }

  /** The blocks that begin with one of the events from … to - 1, one behind the other; none of those that are gone. */
  async read(from: bigint, to: bigint): Promise<Uint8Array[]> {
    const blocks: Uint8Array[] = [];
    let bytes = 0;
    const take = (block: Uint8Array, seq: bigint): void => {
      if (seq < from || seq >= to || bytes > MOST_BYTES) return;
      blocks.push(block);
      bytes += block.length;
    };
    const isIn = ({ seq, endSeq }: HistoryPart): boolean => seq < to && endSeq > from;
    for (const part of this.history.parts.filter(isIn)) {
      if (bytes > MOST_BYTES) break;
      const read = await this.history.read(part);
      if (read === null) continue;
      for (const block of splitBlocks(read)) take(block, readHeader(block).seq);
    }
    // Behind what was read from the disk: a block may have left the log meanwhile, and is in neither then.
    const next = blocks.length === 0 ? from : readHeader(blocks.at(-1) as Uint8Array).seq + 1n;
    for (let ordinal = this.log.first; ordinal < this.log.end; ordinal++) {
      const block = this.log.get(ordinal);
      if (block !== undefined && block.seq >= next) take(block.bytes, block.seq);
    }
    return blocks;
  }
}
