/** Writes a .ringlens file, a record after the other; what was written stays readable whatever happens next. */
import type { Deflate, TraceSink } from './bytes.ts';
import { jsonBytes, type KeyRef, type Part, type TraceHeader, type TraceIndexRecord, type TraceInfo } from './content.ts';
import type { Note } from './note.ts';
import { fileHeader, makeRecord, RECORD_HEADER_BYTES, RecordType } from './record.ts';
import { partOf } from './scan.ts';
import type { TraceFile } from './trace-file.ts';

/** The index so far; what a newer version has put into the index of a file that is appended to stays in it. */
interface Written extends Omit<TraceIndexRecord, 'complete'> {
  parts: Part[];
  keys: KeyRef[];
  view: number | null;
  info: number[];
  note: number | null;
}

export class TraceWriter {
  #offset: number;
  readonly #written: Written;

  private constructor(
    private readonly sink: TraceSink,
    private readonly deflate: Deflate,
    private readonly startNs: bigint,
    offset: number,
    written: Written,
  ) {
    this.#offset = offset;
    this.#written = written;
  }

  /** Begins a file. */
  static async create(sink: TraceSink, deflate: Deflate, header: TraceHeader): Promise<TraceWriter> {
    const empty: Written = { parts: [], keys: [], view: null, info: [], note: null };
    const writer = new TraceWriter(sink, deflate, BigInt(header.session.startNs), 0, empty);
    await writer.#write(fileHeader());
    await writer.#write(await makeRecord(RecordType.head, jsonBytes(header)));
    return writer;
  }

  /** Goes on with a file that was opened; `sink` appends to it. */
  static append({ source, header, index }: TraceFile, sink: TraceSink, deflate: Deflate): TraceWriter {
    const { complete: _, ...rest } = index;
    const written = { ...rest, parts: [...rest.parts], keys: [...rest.keys], info: [...rest.info] };
    return new TraceWriter(sink, deflate, BigInt(header.session.startNs), source.size, written);
  }

  /** Bytes of the file so far. */
  get size(): number {
    return this.#offset;
  }
  get parts(): readonly Part[] {
    return this.#written.parts;
  }

  /** Whole blocks (shared/codec) in stream order, as one part; at most MAX_RECORD_BYTES. */
  async blocks(blocks: readonly Uint8Array[]): Promise<void> {
    const raw = joined(blocks);
    if (raw.length === 0) return;
    const record = await makeRecord(RecordType.blocks, raw, this.deflate);
    const part = partOf(raw, record.length - RECORD_HEADER_BYTES, this.#offset, this.startNs);
    await this.#write(record);
    if (part !== null) this.#written.parts.push(part);
    // It is not of the whole trace any more.
    this.#written.view = null;
  }

  async info(info: TraceInfo): Promise<void> {
    const offset = await this.#write(await makeRecord(RecordType.info, jsonBytes(info), this.deflate));
    this.#written.info.push(offset);
  }

  /** All notes: they take the place of those before. */
  async notes(notes: readonly Note[]): Promise<void> {
    this.#written.note = await this.#write(await makeRecord(RecordType.notes, jsonBytes({ notes })));
  }

  /** Of an index that is made anew: those there are count no more. */
  forgetKeyframes(): void {
    this.#written.keys = [];
  }

  async keyframe(number: number, t: number, seed: Uint8Array): Promise<void> {
    const offset = await this.#write(await makeRecord(RecordType.keyframe, seed, this.deflate));
    this.#written.keys.push({ offset, number, t });
  }

  async view(view: Uint8Array): Promise<void> {
    this.#written.view = await this.#write(await makeRecord(RecordType.view, view, this.deflate));
  }

  /** Ends the file with its index; `complete` = the recording came to its end. */
  async close(complete = true): Promise<void> {
    const index: TraceIndexRecord = { ...this.#written, complete };
    const offset = await this.#write(await makeRecord(RecordType.index, jsonBytes(index), this.deflate));
    const tail = new Uint8Array(8);
    new DataView(tail.buffer).setBigUint64(0, BigInt(offset), true);
    await this.#write(await makeRecord(RecordType.tail, tail));
  }

  /** Appends; returns where that begins. */
  async #write(bytes: Uint8Array): Promise<number> {
    const offset = this.#offset;
    await this.sink.write(bytes);
    this.#offset += bytes.length;
    return offset;
  }
}

function joined(blocks: readonly Uint8Array[]): Uint8Array {
  const only = blocks[0];
  if (only !== undefined && blocks.length === 1) return only;
  const raw = new Uint8Array(blocks.reduce((n, block) => n + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    raw.set(block, at);
    at += block.length;
  }
  return raw;
}
