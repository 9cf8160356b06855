/** Blocks: pack, unpack, and what can be read from a header alone. The byte format is described in README.md. */
import { Kind, OwnOp, Provenance, REQUEST_OPCODE_SHIFT, userDataLayout } from '../schema/events.ts';
import { CqeFlag, Errno, Opcode } from '../schema/uapi.ts';
import { decodeColumns, encodeColumns } from './columns.ts';
import { crc32 } from './crc32.ts';
import { EventTable, type UserDataDictionary } from './event-table.ts';

export const BLOCK_MAGIC = 0x314b4c52;
export const BLOCK_VERSION = 1;
export const BLOCK_HEADER_BYTES = 64;
export const BlockFlag = { summaryOnly: 1, hasSnapshot: 2 } as const;
/** A snapshot begins in the block: a reader may begin there. */
export const hasSnapshot = ({ flags }: { flags: number }): boolean => (flags & BlockFlag.hasSnapshot) !== 0;
/** "unknown" for minFree, "none" for snapshotIndex. */
export const NONE = 0xffffffff;

/** Limits that a reader enforces before it allocates. */
export const MAX_BLOCK_BYTES = 64 * 1024 * 1024;
export const MAX_BLOCK_EVENTS = 1 << 20;

const READ_MULTISHOT = 49; // IORING_OP_READ_MULTISHOT
const recvOpcodes: readonly number[] = [Opcode.RECVMSG, Opcode.RECV, READ_MULTISHOT];

export type BlockErrorCode = 'EBLOCKSHORT' | 'EBLOCKMAGIC' | 'EBLOCKVERSION' | 'EBLOCKLENGTH' | 'EBLOCKCRC' | 'EBLOCKDATA';

/** A block that can't be read; `code` for programs. */
export class BlockError extends Error {
  constructor(
    readonly code: BlockErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'BlockError';
  }
}

export interface BlockHeader {
  flags: number;
  /** Bytes of the whole block. */
  length: number;
  seq: bigint;
  /** CLOCK_MONOTONIC ns. */
  tFirst: bigint;
  tLast: bigint;
  count: number;
  dropped: number;
  minFree: number;
  summaryBytes: number;
  snapshotIndex: number;
}

/** Reads the header of the block that starts at `offset`; checks magic, version and lengths, not the CRC. */
export function readHeader(bytes: Uint8Array, offset = 0): BlockHeader {
  if (bytes.length - offset < BLOCK_HEADER_BYTES) {
    throw new BlockError(
      'EBLOCKSHORT',
      `The block header is cut off after ${Math.max(0, bytes.length - offset)} of ${BLOCK_HEADER_BYTES} bytes.`,
    );
  }
  const v = new DataView(bytes.buffer, bytes.byteOffset + offset, BLOCK_HEADER_BYTES);
  if (v.getUint32(0, true) !== BLOCK_MAGIC) throw new BlockError('EBLOCKMAGIC', 'These bytes are not a ringlens block.');
  const version = v.getUint8(4);
  if (version !== BLOCK_VERSION)
    throw new BlockError(
      'EBLOCKVERSION',
      `Block version ${version} is not known here (this build reads ${BLOCK_VERSION}); use a newer ringlens.`,
    );
  const header: BlockHeader = {
    flags: v.getUint8(5),
    length: v.getUint32(8, true),
    seq: v.getBigUint64(16, true),
    tFirst: v.getBigUint64(24, true),
    tLast: v.getBigUint64(32, true),
    count: v.getUint32(40, true),
    dropped: v.getUint32(44, true),
    minFree: v.getUint32(48, true),
    summaryBytes: v.getUint32(52, true),
    snapshotIndex: v.getUint32(56, true),
  };
  if (
    header.length < BLOCK_HEADER_BYTES ||
    header.length > MAX_BLOCK_BYTES ||
    header.count > MAX_BLOCK_EVENTS ||
    BLOCK_HEADER_BYTES + header.summaryBytes > header.length
  ) {
    throw new BlockError('EBLOCKLENGTH', `The block's lengths make no sense (${header.length} bytes, ${header.count} events).`);
  }
  return header;
}

/** Whole blocks in `bytes`, as views that share its memory. */
export function* splitBlocks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; ) {
    const { length } = readHeader(bytes, offset);
    if (offset + length > bytes.length)
      throw new BlockError('EBLOCKSHORT', `The last block is cut off: ${bytes.length - offset} of ${length} bytes are there.`);
    yield bytes.subarray(offset, offset + length);
    offset += length;
  }
}

/** What a block did, without its events. */
export interface BlockSummary {
  counts: Map<number, number>;
  bytesReceived: number;
  cqes: number;
  more: number;
  nonEmpty: number;
  enobufs: number;
  otherErrors: number;
  eof: number;
}

export function readSummary(block: Uint8Array, header = readHeader(block)): BlockSummary {
  const v = new DataView(block.buffer, block.byteOffset + BLOCK_HEADER_BYTES, header.summaryBytes);
  try {
    const n = v.getUint8(0);
    const counts = new Map<number, number>();
    for (let i = 0; i < n; i++) counts.set(v.getUint8(1 + i * 5), v.getUint32(2 + i * 5, true));
    const o = 1 + n * 5;
    const u32 = (k: number) => v.getUint32(o + 8 + k * 4, true);
    return {
      counts,
      bytesReceived: Number(v.getBigUint64(o, true)),
      cqes: u32(0),
      more: u32(1),
      nonEmpty: u32(2),
      enobufs: u32(3),
      otherErrors: u32(4),
      eof: u32(5),
    };
  } catch (e) {
    if (e instanceof RangeError) throw new BlockError('EBLOCKLENGTH', 'The block summary is cut off.');
    throw e;
  }
}

/** Decodes a block. `startNs` is t = 0 of the table. Throws BlockError and allocates nothing large for bytes that are no block. */
export function unpackBlock(
  block: Uint8Array,
  dictionary: UserDataDictionary,
  startNs: bigint,
): { header: BlockHeader; table: EventTable } {
  const header = readHeader(block);
  if (header.length !== block.length)
    throw new BlockError('EBLOCKLENGTH', `The block says ${header.length} bytes, but ${block.length} are here.`);
  const crc = new DataView(block.buffer, block.byteOffset).getUint32(12, true);
  if (crc !== crc32(block, 16)) throw new BlockError('EBLOCKCRC', 'The block is damaged: its CRC does not match.');
  const table = new EventTable((header.flags & BlockFlag.summaryOnly) !== 0 ? 0 : header.count, dictionary);
  if (table.length > 0) {
    try {
      decodeColumns(block, BLOCK_HEADER_BYTES + header.summaryBytes, table, Number(header.tFirst - startNs));
    } catch (e) {
      if (e instanceof RangeError) throw new BlockError('EBLOCKDATA', `The block's columns make no sense: ${e.message}.`);
      throw e;
    }
  }
  return { header, table };
}

/** A CQE of a recv as the summary counts it: see README.md, "CQEs of recv requests". */
function isRecvCqe(table: EventTable, i: number, ownRing: boolean): boolean {
  const kind = table.kind[i];
  if (ownRing) {
    const op = ((table.dictionary.lo[table.ud[i] as number] ?? 0) >>> userDataLayout.slotBits) & ((1 << userDataLayout.opBits) - 1);
    return kind === Kind.reap && op === OwnOp.recv;
  }
  if ((kind !== Kind.complete && kind !== Kind.cqe_overflow) || table.provenance[i] !== Provenance.tracepoint) return false;
  return recvOpcodes.includes((((table.a[i] as number) >>> REQUEST_OPCODE_SHIFT) & 0xff) - 1);
}

/** Counts what a block's summary says. */
class SummaryCounter {
  readonly counts = new Map<number, number>();
  bytes = 0;
  cqes = 0;
  more = 0;
  nonEmpty = 0;
  enobufs = 0;
  otherErrors = 0;
  eof = 0;
  dropped = 0;
  snapshotIndex = NONE;

  constructor(table: EventTable, ownRing: boolean) {
    for (let i = 0; i < table.length; i++) {
      const kind = table.kind[i] as number;
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      if (kind === Kind.dropped) this.dropped += (table.a[i] as number) + (table.b[i] as number) * 2 ** 32;
      else if (kind === Kind.snapshot && this.snapshotIndex === NONE) this.snapshotIndex = i;
      if (!isRecvCqe(table, i, ownRing)) continue;
      const res = table.res[i] as number;
      const flags = table.flags[i] as number;
      this.cqes++;
      if ((flags & CqeFlag.F_MORE) !== 0) this.more++;
      if ((flags & CqeFlag.F_SOCK_NONEMPTY) !== 0) this.nonEmpty++;
      if (res > 0) this.bytes += res;
      else if (res === 0) this.eof++;
      else if (res === -Errno.ENOBUFS) this.enobufs++;
      else this.otherErrors++;
    }
  }

  write(): Uint8Array {
    const out = new Uint8Array(1 + this.counts.size * 5 + 8 + 6 * 4);
    const v = new DataView(out.buffer);
    v.setUint8(0, this.counts.size);
    let o = 1;
    for (const [kind, count] of [...this.counts].sort(([x], [y]) => x - y)) {
      v.setUint8(o, kind);
      v.setUint32(o + 1, count, true);
      o += 5;
    }
    v.setBigUint64(o, BigInt(this.bytes), true);
    [this.cqes, this.more, this.nonEmpty, this.enobufs, this.otherErrors, this.eof].forEach((n, k) => {
      v.setUint32(o + 8 + k * 4, n, true);
    });
    return out;
  }
}

export interface PackOptions {
  seq: bigint;
  startNs: bigint;
  /** Smallest number of available buffers, where the packer knows it. */
  minFree?: number;
  /** false: the rings are those of other processes, and the summary counts what the kernel posted. Default true. */
  ownRing?: boolean;
}

/** Packs a whole table into one block, as C++ does for live events: for importers, tests and tools. */
export function packBlock(table: EventTable, options: PackOptions): Uint8Array {
  if (table.length > MAX_BLOCK_EVENTS)
    throw new RangeError(`packBlock: ${table.length} events are more than ${MAX_BLOCK_EVENTS}; cut them into several blocks`);
  const counter = new SummaryCounter(table, options.ownRing ?? true);
  const summary = counter.write();
  const columns = encodeColumns(table);
  const out = new Uint8Array(BLOCK_HEADER_BYTES + summary.length + columns.length);
  const tFirst = table.length > 0 ? (table.t[0] as number) : 0;
  const tLast = table.length > 0 ? (table.t[table.length - 1] as number) : 0;
  writeHeader(out, {
    flags: counter.snapshotIndex === NONE ? 0 : BlockFlag.hasSnapshot,
    length: out.length,
    seq: options.seq,
    tFirst: options.startNs + BigInt(tFirst),
    tLast: options.startNs + BigInt(tLast),
    count: table.length,
    dropped: Math.min(counter.dropped, NONE),
    minFree: options.minFree ?? NONE,
    summaryBytes: summary.length,
    snapshotIndex: counter.snapshotIndex,
  });
  out.set(summary, BLOCK_HEADER_BYTES);
  out.set(columns, BLOCK_HEADER_BYTES + summary.length);
  sealBlock(out);
  return out;
}

/** The block without its columns: what a client gets that can't keep up. */
export function summaryOnly(block: Uint8Array): Uint8Array {
  const header = readHeader(block);
  const out = block.slice(0, BLOCK_HEADER_BYTES + header.summaryBytes);
  writeHeader(out, { ...header, flags: header.flags | BlockFlag.summaryOnly, length: out.length });
  sealBlock(out);
  return out;
}

function writeHeader(out: Uint8Array, h: BlockHeader): void {
  const v = new DataView(out.buffer, out.byteOffset);
  v.setUint32(0, BLOCK_MAGIC, true);
  v.setUint8(4, BLOCK_VERSION);
  v.setUint8(5, h.flags);
  v.setUint16(6, BLOCK_HEADER_BYTES, true);
  v.setUint32(8, h.length, true);
  v.setBigUint64(16, h.seq, true);
  v.setBigUint64(24, h.tFirst, true);
  v.setBigUint64(32, h.tLast, true);
  v.setUint32(40, h.count, true);
  v.setUint32(44, h.dropped, true);
  v.setUint32(48, h.minFree, true);
  v.setUint32(52, h.summaryBytes, true);
  v.setUint32(56, h.snapshotIndex, true);
}

function sealBlock(out: Uint8Array): void {
  new DataView(out.buffer, out.byteOffset).setUint32(12, crc32(out, 16), true);
}
