/** Reads a .ringlens file (docs/trace-format.md): its header and index when it is opened, a part when it is asked for. */
import { BlockError, splitBlocks } from '../codec/block.ts';
import type { ByteSource, Inflate } from './bytes.ts';
import {
  type KeyRef,
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
import { checkFileHeader, decodeRecord, FILE_HEADER_BYTES, RECORD_HEADER_BYTES, RecordType, readRecordHeader } from './record.ts';
import { bodyOf, records, scanFile } from './scan.ts';

const TAIL_BYTES = RECORD_HEADER_BYTES + 8;
/** Information records that are read: one a change of parameters. */
const MOST_INFOS = 10_000;

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
    const { index, skipped, damaged, unknown } = await scanFile(source, inflate, BigInt(header.session.startNs));
    const file = new TraceFile(source, inflate, header, index);
    if (!index.complete) file.#trouble.push('The recording was cut off: its last moments may be missing.');
    if (damaged > 0) file.#trouble.push(`${plural(damaged, 'part', 'parts')} of the trace can't be read; what they held is shown as lost.`);
    if (skipped > 0)
      file.#trouble.push(`${plural(skipped, 'byte', 'bytes')} of the file belong to no part of a trace and were passed over.`);
    for (const type of unknown) file.#trouble.push(`The trace has parts of type ${type}, which a newer ringlens reads.`);
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
    const first = await this.source.read(offset, RECORD_HEADER_BYTES + guess);
    const header = readRecordHeader(first);
    if (header === null || header.type !== type)
      throw new TraceFileError(
        'EDAMAGED',
        `A part of this trace can't be read: there is no record of type ${type} where the index says so.`,
      );
    const stored = first.length === RECORD_HEADER_BYTES + header.stored ? first.subarray(RECORD_HEADER_BYTES) : null;
    return decodeRecord(header, stored ?? (await bodyOf(this.source, { offset, header })), this.inflate);
  }

  async #readRest(): Promise<void> {
    const { note, info } = this.index;
    for (const offset of info.slice(0, MOST_INFOS)) {
      const read = await this.#record(offset, RecordType.info).then(readTraceInfo, () => null);
      if (read !== null) this.#infos.push(read);
    }
    if (note === null) return;
    const notes = await this.#record(note, RecordType.notes).then(readNotes, () => null);
    if (notes === null) this.#trouble.push("The notes of this trace can't be read.");
    else this.#notes = notes;
  }
}

async function readHead(source: ByteSource, inflate: Inflate): Promise<TraceHeader> {
  const nothing = (): undefined => undefined;
  for await (const found of records(source, nothing, nothing)) {
    if (found.header.type !== RecordType.head) break;
    const header = await decodeRecord(found.header, await bodyOf(source, found), inflate).then(readTraceHeader, () => null);
    if (header !== null) return header;
    break;
  }
  throw new TraceFileError('EDAMAGED', 'The header of this trace is damaged or not there: without it nothing can be read.');
}

/** The index that the tail points at; null where there is none, or it can't be read. */
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
    return readTraceIndex(await decodeRecord(header, await bodyOf(source, { offset, header }), inflate));
  } catch {
    return null;
  }
}
