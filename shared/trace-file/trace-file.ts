/** Reads a .ringlens file (docs/trace-format.md): its header and index when it is opened, a part when it is asked for. */
import { BlockError, splitBlocks } from '../codec/block.ts';
import type { ByteSource, Inflate } from './bytes.ts';
import {
  type KeyRef,
  MOST_LISTED,
  type Part,
  readNotes,
  readTraceHeader,
  readTraceIndex,
  readTraceInfo,
  type TraceHeader,
  type TraceIndexRecord,
  type TraceInfo,
} from './content.ts';
import { TraceFileError } from './errors.ts';
import type { Note } from './note.ts';
import {
  checkFileHeader,
  decodeRecord,
  FILE_HEADER_BYTES,
  MAX_RECORD_BYTES,
  RECORD_HEADER_BYTES,
  RecordType,
  readRecordHeader,
} from './record.ts';
import { scanFile, traceRecords } from './scan.ts';

const TAIL_BYTES = RECORD_HEADER_BYTES + 8;
/** Of information records, decoded: they are kept, and one of a change of parameters has some hundred. */
const MOST_INFO_BYTES = 16 * 1024 * 1024;

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export class TraceFile {
  readonly #trouble: string[] = [];
  #notes: readonly Note[] = [];
  #infos: TraceInfo[] = [];

  private constructor(
    readonly source: ByteSource,
    private readonly inflate: Inflate,
    readonly header: TraceHeader,
    readonly index: TraceIndexRecord,
  ) {}

  /** Rejects with TraceFileError when nothing can be read. */
  static async open(source: ByteSource, inflate: Inflate): Promise<TraceFile> {
    checkFileHeader(await source.read(0, FILE_HEADER_BYTES));
    const header = await readHead(source, inflate);
    const stored = await storedIndex(source, inflate);
    if (stored !== null) {
      const file = new TraceFile(source, inflate, header, stored);
      await file.#readRest();
      return file;
    }
    const scanned = await scanFile(source, inflate, BigInt(header.session.startNs));
    const { index, skipped, damaged, repeated, damagedNotes, lostIndex, isTooLong } = scanned;
    const file = new TraceFile(source, inflate, header, index);
    const trouble = file.#trouble;
    if (lostIndex) trouble.push("The index of this trace can't be read: its parts were looked for one by one.");
    else if (!index.complete) trouble.push('The recording was cut off: its last moments may be missing.');
    if (damaged > 0) trouble.push(`${plural(damaged, 'part', 'parts')} of the trace can't be read; what they held is shown as lost.`);
    if (repeated > 0) trouble.push(`${plural(repeated, 'part is', 'parts are')} in the file twice, and read once.`);
    if (damagedNotes > 0) trouble.push('Some notes, or information about the session, are damaged: older ones are shown.');
    if (skipped > 0) trouble.push(`${plural(skipped, 'byte', 'bytes')} of the file belong to no part of a trace and were passed over.`);
    if (isTooLong) trouble.push(`The trace has more than ${MOST_LISTED} parts: those behind them are not shown.`);
    await file.#readRest();
    return file;
  }

  get parts(): readonly Part[] {
    return this.index.parts;
  }
  get keys(): readonly KeyRef[] {
    return this.index.keys;
  }
  get notes(): readonly Note[] {
    return this.#notes;
  }
  get infos(): readonly TraceInfo[] {
    return this.#infos;
  }
  /** The recording did not come to its end: the program was killed, the disk was full. */
  get isCut(): boolean {
    return !this.index.complete;
  }
  /** What can't be read, a sentence each. */
  get trouble(): readonly string[] {
    return this.#trouble;
  }

  /** The blocks of a part, as they were written. Rejects with TraceFileError EDAMAGED. */
  async blocks(part: number): Promise<Uint8Array[]> {
    const { offset, stored } = this.index.parts[part] as Part;
    const raw = await this.#record(offset, RecordType.blocks, stored);
    const blocks: Uint8Array[] = [];
    try {
      for (const block of splitBlocks(raw)) blocks.push(block);
    } catch (e) {
      if (!(e instanceof BlockError)) throw e;
      if (blocks.length === 0) throw new TraceFileError('EDAMAGED', "A part of this trace can't be read: it holds no block.");
    }
    return blocks;
  }

  /** The seed at `keys[key]`, as shared/timeline wrote it. Rejects with TraceFileError EDAMAGED. */
  keyframe(key: number): Promise<Uint8Array> {
    return this.#record((this.index.keys[key] as KeyRef).offset, RecordType.keyframe);
  }

  /** The index of the whole trace, as shared/timeline wrote it; null = it has none. Rejects with TraceFileError EDAMAGED. */
  async view(): Promise<Uint8Array | null> {
    return this.index.view === null ? null : this.#record(this.index.view, RecordType.view);
  }

  /** `guess` = bytes that the record most likely stores: then one read does. */
  async #record(offset: number, type: string, guess = 0): Promise<Uint8Array> {
    const first = await this.source.read(offset, RECORD_HEADER_BYTES + Math.min(guess, MAX_RECORD_BYTES));
    const header = readRecordHeader(first);
    if (header === null || header.type !== type)
      throw new TraceFileError(
        'EDAMAGED',
        `A part of this trace can't be read: there is no record of type ${type} where the index says so.`,
      );
    const body = offset + RECORD_HEADER_BYTES;
    const isGuessed = first.length === RECORD_HEADER_BYTES + header.stored;
    const stored = isGuessed ? first.subarray(RECORD_HEADER_BYTES) : await this.source.read(body, header.stored);
    return decodeRecord(header, stored, this.inflate);
  }

  async #readRest(): Promise<void> {
    const { note, info, needs = [] } = this.index;
    for (const type of needs) this.#trouble.push(`The trace has parts of type ${type}, which a newer ringlens reads.`);
    let bytes = 0;
    let unread = 0;
    for (const offset of new Set(info)) {
      const raw = await this.#record(offset, RecordType.info).catch(() => null);
      const read = raw === null ? null : readTraceInfo(raw);
      if (read !== null) this.#infos.push(read);
      else unread++;
      bytes += raw?.length ?? 0;
      if (bytes <= MOST_INFO_BYTES) continue;
      this.#trouble.push('The trace has more information about its session than is read: its newest is left out.');
      break;
    }
    if (unread > 0)
      this.#trouble.push(`What the recorder told later of its session can't be read in ${plural(unread, 'place', 'places')}.`);
    if (note === null) return;
    const notes = await this.#record(note, RecordType.notes).then(readNotes, () => null);
    if (notes === null) this.#trouble.push("The notes of this trace can't be read.");
    else this.#notes = notes;
  }
}

async function readHead(source: ByteSource, inflate: Inflate): Promise<TraceHeader> {
  for await (const { header, stored } of traceRecords(source)) {
    if (header.type !== RecordType.head || stored === null) break;
    const head = await decodeRecord(header, stored, inflate).then(readTraceHeader, () => null);
    if (head !== null) return head;
    break;
  }
  throw new TraceFileError('EDAMAGED', 'The header of this trace is damaged or not there: without it nothing can be read.');
}

/** The index that the tail points at; null where there is none, it can't be read, or it names what lies behind itself. */
async function storedIndex(source: ByteSource, inflate: Inflate): Promise<TraceIndexRecord | null> {
  if (source.size < FILE_HEADER_BYTES + TAIL_BYTES) return null;
  const bytes = await source.read(source.size - TAIL_BYTES, TAIL_BYTES);
  const tail = readRecordHeader(bytes);
  if (tail?.type !== RecordType.tail || tail.stored !== 8) return null;
  try {
    const body = await decodeRecord(tail, bytes.subarray(RECORD_HEADER_BYTES), inflate);
    const offset = Number(new DataView(body.buffer, body.byteOffset, 8).getBigUint64(0, true));
    if (offset < FILE_HEADER_BYTES || offset >= source.size) return null;
    const header = readRecordHeader(await source.read(offset, RECORD_HEADER_BYTES));
    if (header?.type !== RecordType.index) return null;
    const index = readTraceIndex(await decodeRecord(header, await source.read(offset + RECORD_HEADER_BYTES, header.stored), inflate));
    return index?.parts.every((part) => part.offset < offset) ? index : null;
  } catch {
    return null;
  }
}
