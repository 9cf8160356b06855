/**
 * Goes through a file from record to record, where it has no index: it was cut off, or its end is damaged. Damaged places are
 * passed over up to the next header whose CRC is right.
 */
import { readHeader, splitBlocks } from '../codec/block.ts';
import type { ByteSource, Inflate } from './bytes.ts';
import { type Part, readTraceIndex, type TraceIndexRecord } from './content.ts';
import { decodeRecord, FILE_HEADER_BYTES, RECORD_HEADER_BYTES, type RecordHeader, RecordType, readRecordHeader } from './record.ts';

/** Bytes looked through at a time for the next header. */
const WINDOW = 1 << 20;

export interface FoundRecord {
  offset: number;
  header: RecordHeader;
}

/** The records of the file in their order. `onSkip` hears of bytes that belong to none, `onCut` that the last one is not whole. */
export async function* records(
  source: ByteSource,
  onSkip: (bytes: number) => void,
  onCut: () => void,
  from = FILE_HEADER_BYTES,
): AsyncGenerator<FoundRecord> {
  for (let offset = from; offset < source.size; ) {
    const header = readRecordHeader(await source.read(offset, RECORD_HEADER_BYTES));
    if (header === null) {
      const next = await nextHeader(source, offset + 1);
      onSkip((next < 0 ? source.size : next) - offset);
      if (next < 0) return;
      offset = next;
      continue;
    }
    const end = offset + RECORD_HEADER_BYTES + header.stored;
    if (end > source.size) {
      onCut();
      return;
    }
    yield { offset, header };
    offset = end;
  }
}

/** Offset of the next place that is a record header, or -1. */
async function nextHeader(source: ByteSource, from: number): Promise<number> {
  for (let offset = from; offset < source.size; offset += WINDOW) {
    const bytes = await source.read(offset, WINDOW + RECORD_HEADER_BYTES - 1);
    const last = Math.min(WINDOW, bytes.length - RECORD_HEADER_BYTES + 1);
    for (let i = 0; i < last; i++) if (readRecordHeader(bytes, i) !== null) return offset + i;
  }
  return -1;
}

export const bodyOf = async (source: ByteSource, { offset, header }: FoundRecord): Promise<Uint8Array> =>
  source.read(offset + RECORD_HEADER_BYTES, header.stored);

/** What the index says of a part that holds these blocks; null for bytes that begin with no block. */
export function partOf(raw: Uint8Array, stored: number, offset: number, startNs: bigint): Part | null {
  let part: Part | null = null;
  try {
    for (const block of splitBlocks(raw)) {
      const { seq, count, tFirst, tLast, dropped } = readHeader(block);
      part ??= { offset, seq, count: 0, tFirst: Number(tFirst - startNs), tLast: 0, dropped: 0, stored, raw: raw.length };
      part.count += count;
      part.tLast = Number(tLast - startNs);
      part.dropped += dropped;
    }
  } catch {
    // What stands before the damaged block can be read.
  }
  return part;
}

export interface ScannedFile {
  index: TraceIndexRecord;
  /** Bytes that belong to no record, and records that are damaged. */
  skipped: number;
  damaged: number;
  /** Kinds of records that a newer ringlens must read. */
  unknown: readonly string[];
}

/** Makes an index from the records. */
export async function scanFile(source: ByteSource, inflate: Inflate, startNs: bigint): Promise<ScannedFile> {
  const parts: Part[] = [];
  const keys: TraceIndexRecord['keys'][number][] = [];
  const info: number[] = [];
  const unknown = new Set<string>();
  let note: number | null = null;
  let view: number | null = null;
  let complete = false;
  let skipped = 0;
  let damaged = 0;
  const skip = (bytes: number): void => {
    skipped += bytes;
  };
  // What is cut off at the end counts for nothing; that the recording came to its end is said by its index.
  const cut = (): void => {};
  for await (const found of records(source, skip, cut)) {
    const { offset, header } = found;
    if (header.type === RecordType.blocks || header.type === RecordType.index) {
      try {
        const raw = await decodeRecord(header, await bodyOf(source, found), inflate);
        if (header.type === RecordType.index) {
          // It names what can't be told from the records themselves: the numbers of keyframes.
          const index = readTraceIndex(raw);
          if (index === null) continue;
          complete = index.complete;
          keys.splice(0, keys.length, ...index.keys);
          view = index.view;
          continue;
        }
        const part = partOf(raw, header.stored, offset, startNs);
        if (part === null) damaged++;
        else {
          parts.push(part);
          // What was indexed before is not the whole any more.
          view = null;
          complete = false;
        }
      } catch {
        damaged++;
      }
    } else if (header.type === RecordType.info) info.push(offset);
    else if (header.type === RecordType.notes) note = offset;
    else if (header.type !== RecordType.head && header.type[0] === header.type[0]?.toUpperCase()) unknown.add(header.type);
  }
  return { index: { parts, keys, view, info, note, complete }, skipped, damaged, unknown: [...unknown] };
}
