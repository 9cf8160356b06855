/**
 * Goes through a file from record to record, where it has no index: it was cut off, or its end is damaged. Damaged places are
 * passed over up to the next header whose CRC is right.
 */
import { readHeader, splitBlocks } from '../codec/block.ts';
import { crc32 } from '../codec/crc32.ts';
import type { ByteSource, Inflate } from './bytes.ts';
import { MOST_LISTED, type Part, readTraceIndex, type TraceIndexRecord } from './content.ts';
import {
  decodeRecord,
  FILE_HEADER_BYTES,
  MAX_RECORD_BYTES,
  mustBeKnown,
  RECORD_HEADER_BYTES,
  type RecordHeader,
  RecordType,
  readRecordHeader,
} from './record.ts';

/** Bytes looked through at a time for the next header: few at first, since many are near, then up to 1 MiB. */
const FIRST_WINDOW = 256;
const WINDOW = 1 << 20;
/** Indexes that are tried, newest first. */
const TRIED_INDEXES = 4;
/** Types of records that are named as not known. */
const MOST_NEEDS = 16;

export interface TraceRecord {
  offset: number;
  header: RecordHeader;
  /** Its bytes, whose CRC is right; null = they are damaged, or not all there. */
  stored: Uint8Array | null;
}

/**
 * The records of the file in their order; `onSkip` hears of bytes that belong to none. Reads no more than some times the size of
 * the file, whatever the headers promise.
 */
export async function* traceRecords(
  source: ByteSource,
  onSkip: (bytes: number) => void = () => {},
  from = FILE_HEADER_BYTES,
): AsyncGenerator<TraceRecord> {
  // Bytes of damaged records that may be read in vain: records that overlap could promise the whole file again and again.
  let patience = source.size + MAX_RECORD_BYTES;
  for (let offset = from; offset < source.size; ) {
    const header = readRecordHeader(await source.read(offset, RECORD_HEADER_BYTES));
    if (header === null) {
      const next = await nextHeader(source, offset + 1);
      onSkip(next - offset);
      offset = next;
      continue;
    }
    const body = offset + RECORD_HEADER_BYTES;
    const end = body + header.stored;
    const isInside = end <= source.size;
    const bytes = isInside && patience >= 0 ? await source.read(body, header.stored) : null;
    const isWhole = bytes !== null && bytes.length === header.stored && crc32(bytes) === header.crc;
    yield { offset, header, stored: isWhole ? bytes : null };
    if (isWhole) {
      offset = end;
      continue;
    }
    patience -= bytes?.length ?? 0;
    // Where a piece of the file is missing, the next record begins before this one should end.
    offset = isInside && patience < 0 ? end : await nextHeader(source, body);
  }
}

/** Offset of the next place that is a record header, or the end of the file. */
async function nextHeader(source: ByteSource, from: number): Promise<number> {
  let window = FIRST_WINDOW;
  for (let offset = from; offset < source.size; ) {
    const bytes = await source.read(offset, window + RECORD_HEADER_BYTES - 1);
    const last = Math.min(window, bytes.length - RECORD_HEADER_BYTES + 1);
    for (let i = 0; i < last; i++) if (readRecordHeader(bytes, i) !== null) return offset + i;
    offset += window;
    window = Math.min(2 * window, WINDOW);
  }
  return source.size;
}

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
  /** Bytes that belong to no record. */
  skipped: number;
  /** Parts that are damaged, and parts that stood there before. */
  damaged: number;
  repeated: number;
  /** Notes and information records that are damaged. */
  damagedNotes: number;
  /** The file was ended in order, and the index of its end can't be read. */
  lostIndex: boolean;
  /** There are more records than are listed. */
  isTooLong: boolean;
}

type Stored = TraceRecord & { stored: Uint8Array };

/** The newest of the indexes that can be read, with its offset. */
async function newestIndex(found: readonly Stored[], inflate: Inflate): Promise<{ offset: number; index: TraceIndexRecord } | null> {
  for (const { offset, header, stored } of [...found].reverse()) {
    const index = await decodeRecord(header, stored, inflate).then(readTraceIndex, () => null);
    if (index !== null) return { offset, index };
  }
  return null;
}

/** Makes an index from the records. */
export async function scanFile(source: ByteSource, inflate: Inflate, startNs: bigint): Promise<ScannedFile> {
  const parts: Part[] = [];
  const info: number[] = [];
  const needs = new Set<string>();
  const indexes: Stored[] = [];
  let note: number | null = null;
  let tail = -1;
  let [skipped, damaged, repeated, damagedNotes] = [0, 0, 0, 0];
  let isTooLong = false;
  /** Number in the stream after the last part. */
  let nextSeq = -1n;
  /** A part that goes on behind the end of the file: cut off and not damaged, unless something follows. */
  let isPartCut = false;
  const addPart = async (offset: number, header: RecordHeader, stored: Uint8Array): Promise<void> => {
    const part = await decodeRecord(header, stored, inflate).then(
      (raw) => partOf(raw, header.stored, offset, startNs),
      () => null,
    );
    if (part === null) damaged++;
    else if (part.seq < nextSeq) repeated++;
    else {
      parts.push(part);
      nextSeq = part.seq + BigInt(part.count);
    }
  };
  for await (const found of traceRecords(source, (bytes) => (skipped += bytes))) {
    const { offset, header, stored } = found;
    if (isPartCut) damaged++;
    isPartCut = false;
    if (stored === null) {
      const isCut = offset + RECORD_HEADER_BYTES + header.stored > source.size;
      if (header.type === RecordType.blocks && isCut) isPartCut = true;
      else if (header.type === RecordType.blocks) damaged++;
      else if ((header.type === RecordType.notes || header.type === RecordType.info) && !isCut) damagedNotes++;
      continue;
    }
    if (parts.length >= MOST_LISTED || info.length >= MOST_LISTED) {
      isTooLong = true;
      break;
    }
    if (header.type === RecordType.blocks) await addPart(offset, header, stored);
    else if (header.type === RecordType.index) {
      indexes.push({ ...found, stored });
      if (indexes.length > TRIED_INDEXES) indexes.shift();
    } else if (header.type === RecordType.tail) tail = offset;
    else if (header.type === RecordType.info) info.push(offset);
    else if (header.type === RecordType.notes) note = offset;
    else if (header.type !== RecordType.head && mustBeKnown(header.type) && needs.size < MOST_NEEDS) needs.add(header.type);
  }
  // An index names what the records themselves don't tell: the numbers of keyframes, whether the recording came to its end.
  const newest = await newestIndex(indexes, inflate);
  const lastPart = parts.at(-1)?.offset ?? 0;
  // What was indexed before the last part is not of the whole.
  const ofWhole = newest !== null && newest.offset > lastPart ? newest.index : null;
  const lostIndex = ofWhole === null && tail > lastPart;
  const index: TraceIndexRecord = {
    parts,
    keys: newest?.index.keys ?? [],
    view: ofWhole?.view ?? null,
    info,
    note,
    complete: ofWhole?.complete ?? lostIndex,
    needs: [...new Set([...needs, ...(newest?.index.needs ?? [])])],
  };
  return { index, skipped, damaged, repeated, damagedNotes, lostIndex, isTooLong };
}
