/**
 * A record of a .ringlens file: a header of 24 bytes with its own CRC, then the stored bytes (docs/trace-format.md).
 *
 *     0       4         5      8       12   16           20           24
 *     type    encoding  zero   stored  raw  CRC stored   CRC 0 … 19   stored bytes
 */
import { crc32 } from '../codec/crc32.ts';
import type { Deflate, Inflate } from './bytes.ts';
import { TraceFileError } from './errors.ts';

export const MAGIC = Uint8Array.of(0x89, 0x52, 0x4c, 0x4e, 0x53, 0x0d, 0x0a, 0x1a);
export const MAJOR = 1;
export const MINOR = 0;
export const FILE_HEADER_BYTES = 16;
export const RECORD_HEADER_BYTES = 24;
/** Of one record, decoded or stored: a writer's parts are about 1 MiB. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export const RecordEncoding = { raw: 0, deflate: 1 } as const;

/** The first letter says whether a reader must know it (upper case) or may skip it. */
export const RecordType = {
  head: 'HEAD',
  blocks: 'BLKS',
  info: 'info',
  notes: 'note',
  keyframe: 'keys',
  view: 'view',
  index: 'indx',
  tail: 'tail',
} as const;

export const mustBeKnown = (type: string): boolean => type[0] === type[0]?.toUpperCase();

export interface RecordHeader {
  type: string;
  encoding: number;
  stored: number;
  raw: number;
  crc: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function fileHeader(): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  bytes.set(MAGIC);
  const view = viewOf(bytes);
  view.setUint16(8, MAJOR, true);
  view.setUint16(10, MINOR, true);
  return bytes;
}

/** Throws TraceFileError for a file that is none of ours, or of a version that can't be read. */
export function checkFileHeader(bytes: Uint8Array): { major: number; minor: number } {
  if (bytes.length === 0) throw new TraceFileError('EEMPTY', 'The file is empty: no trace was written into it.');
  const isOurs = MAGIC.every((byte, i) => i >= bytes.length || bytes[i] === byte);
  if (!isOurs) throw new TraceFileError('ENOTTRACE', 'This is not a ringlens trace: record one with "ringlens live --record FILE".');
  if (bytes.length < FILE_HEADER_BYTES)
    throw new TraceFileError('EDAMAGED', 'The trace was cut off before its header was written: nothing of it can be read.');
  const view = viewOf(bytes);
  const major = view.getUint16(8, true);
  if (major > MAJOR) {
    const message = `This trace has format ${major}, and this ringlens reads up to ${MAJOR}: open it with a newer ringlens.`;
    throw new TraceFileError('ENEWER', message);
  }
  return { major, minor: view.getUint16(10, true) };
}

/** The header at `offset`, or null where there is none: too few bytes, a wrong CRC, a length beyond what is allowed. */
export function readRecordHeader(bytes: Uint8Array, offset = 0): RecordHeader | null {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return null;
  const view = viewOf(bytes);
  for (let i = 0; i < 4; i++) {
    const letter = (bytes[offset + i] as number) & ~0x20;
    if (letter < 0x41 || letter > 0x5a) return null;
  }
  if (view.getUint32(offset + 20, true) !== crc32(bytes, offset, offset + 20)) return null;
  const stored = view.getUint32(offset + 8, true);
  const raw = view.getUint32(offset + 12, true);
  if (stored > MAX_RECORD_BYTES || raw > MAX_RECORD_BYTES) return null;
  return {
    type: String.fromCharCode(...bytes.subarray(offset, offset + 4)),
    encoding: bytes[offset + 4] as number,
    stored,
    raw,
    crc: view.getUint32(offset + 16, true),
  };
}

/** A whole record. With `deflate` it is stored deflated where that is shorter. */
export async function makeRecord(type: string, raw: Uint8Array, deflate?: Deflate): Promise<Uint8Array> {
  if (raw.length > MAX_RECORD_BYTES) throw new RangeError(`a record of ${raw.length} bytes is longer than ${MAX_RECORD_BYTES}`);
  const deflated = deflate === undefined ? raw : await deflate(raw);
  const isShorter = deflated.length < raw.length;
  const stored = isShorter ? deflated : raw;
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + stored.length);
  const view = viewOf(bytes);
  for (let i = 0; i < 4; i++) bytes[i] = type.charCodeAt(i);
  bytes[4] = isShorter ? RecordEncoding.deflate : RecordEncoding.raw;
  view.setUint32(8, stored.length, true);
  view.setUint32(12, raw.length, true);
  view.setUint32(16, crc32(stored), true);
  view.setUint32(20, crc32(bytes, 0, 20), true);
  bytes.set(stored, RECORD_HEADER_BYTES);
  return bytes;
}

/** The decoded bytes of a record. Throws TraceFileError EDAMAGED. */
export async function decodeRecord(header: RecordHeader, stored: Uint8Array, inflate: Inflate): Promise<Uint8Array> {
  const damaged = (why: string): TraceFileError => new TraceFileError('EDAMAGED', `A part of this trace can't be read: ${why}.`);
  if (stored.length !== header.stored) throw damaged('it is cut off');
  if (crc32(stored) !== header.crc) throw damaged('its bytes are damaged');
  if (header.encoding === RecordEncoding.raw) {
    if (header.raw !== header.stored) throw damaged('its lengths contradict each other');
    return stored;
  }
  if (header.encoding !== RecordEncoding.deflate) throw damaged(`it has encoding ${header.encoding}, which a newer ringlens reads`);
  try {
    const raw = await inflate(stored, header.raw);
    if (raw.length !== header.raw) throw damaged('it has another length than it says');
    return raw;
  } catch (e) {
    if (e instanceof TraceFileError) throw e;
    throw damaged('it can not be inflated');
  }
}
