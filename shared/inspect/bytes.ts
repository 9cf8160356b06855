/** The bytes of a CQE and of an SQE as they lie in the ring, little endian, as far as an event tells them. Pure. */
import type { EventRecord } from '../codec/event-table.ts';
import { Kind, NO_GROUP, Provenance } from '../schema/events.ts';
import { bidOf, bitNames, cqeFlagNames, errnoName, OPCODE_UNKNOWN, Opcode, opcodeName, SqeFlag } from '../schema/uapi.ts';
import { ioprioBits, msgFlagNames } from './bits.ts';

/** Bytes `from` … `to` - 1 of a struct. */
export interface ByteField {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** The bytes in order, "40 00 00 00"; "·· ··" where they are not told. */
  readonly hex: string;
  /** null = not in the trace. */
  readonly value: bigint | null;
  /** The value in words; what is known where the value is not. */
  readonly words: string;
}

export interface RawStruct {
  /** What is not told is 0 here: look at `told`. */
  readonly bytes: Uint8Array;
  /** 1 = the trace tells the byte. */
  readonly told: Uint8Array;
  /** All bytes, two spaces between fields. */
  readonly hex: string;
  readonly fields: readonly ByteField[];
}

export const CQE_BYTES = 16;
export const SQE_BYTES = 64;
const UNTOLD = '··';

const twoDigits = (byte: number): string => byte.toString(16).padStart(2, '0');
export const hexOf = (value: bigint | number): string => `0x${value.toString(16)}`;

interface Value {
  readonly name: string;
  readonly size: number;
  readonly value: bigint | null;
  readonly words: string;
}

/** Fields in the order of their bytes, without a gap. */
function structOf(size: number, values: readonly Value[]): RawStruct {
  const bytes = new Uint8Array(size);
  const told = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const fields: ByteField[] = [];
  let from = 0;
  for (const { name, size: length, value, words } of values) {
    const to = from + length;
    if (value !== null) {
      told.fill(1, from, to);
      for (let i = 0; i < length; i++) view.setUint8(from + i, Number((value >> BigInt(8 * i)) & 0xffn));
    }
    const hex = Array.from({ length }, (_, i) => (value === null ? UNTOLD : twoDigits(bytes[from + i] as number))).join(' ');
    fields.push({ name, from, to, hex, value, words });
    from = to;
  }
  return { bytes, told, fields, hex: fields.map((field) => field.hex).join('  ') };
}

/** `struct io_uring_cqe`: 16 bytes. `res` is signed, `flags` is taken as 32 bits without a sign. */
export function rawCqe(userData: bigint, res: number, flags: number): RawStruct {
  const word = flags >>> 0;
  const bid = bidOf(word);
  const names = [...cqeFlagNames(word), ...(bid < 0 ? [] : [`bid ${bid}`])].join(', ');
  return structOf(CQE_BYTES, [
    { name: 'user_data', size: 8, value: BigInt.asUintN(64, userData), words: hexOf(BigInt.asUintN(64, userData)) },
    { name: 'res', size: 4, value: BigInt(res), words: res < 0 ? `${res} = ${errnoName(res)}` : String(res) },
    { name: 'flags', size: 4, value: BigInt(word), words: `${hexOf(word)}${names === '' ? '' : ` = ${names}`}` },
  ]);
}

const NOT_TOLD = 'not in the trace';
const joined = (names: readonly string[], value: number): string => (names.length > 0 ? names.join(' | ') : String(value));

/** Opcodes whose bytes 28 to 31 are msg_flags. */
const withMsgFlags: readonly number[] = [
  Opcode.RECV,
  Opcode.RECVMSG,
  Opcode.SEND,
  Opcode.SENDMSG,
  Opcode.SEND_ZC,
  Opcode.SENDMSG_ZC,
  Opcode.RECV_ZC,
];

/**
 * `struct io_uring_sqe`: the 64 bytes of the SQE that a `submit`, `request_found` or `req_failed` event tells of; of another
 * event, null. A field that the event does not tell has the value null and the bytes "··".
 *
 * What is told: all that the event has, where the probe wrote it. The kernel's tracepoint tells opcode, flags and user_data;
 * the rest comes from the ring's memory and is there when the fd is (native/src/tracer/README.md, "What is known of a request").
 * `io_uring_req_failed` is traced whole, but the event keeps opcode, flags, user_data and buf_group.
 */
export function rawSqe(e: EventRecord): RawStruct | null {
  const isFailed = e.kind === Kind.req_failed;
  if (e.kind !== Kind.submit && e.kind !== Kind.request_found && !isFailed) return null;
  const opcode = e.a & 0xff;
  const flags = isFailed ? e.flags & 0xff : (e.a >>> 8) & 0xff;
  const ioprio = e.a >>> 16;
  // A request that is told by its first event alone has neither opcode nor flags.
  const isKnown = opcode !== OPCODE_UNKNOWN;
  const isWhole = isKnown && !isFailed && (e.provenance === Provenance.probe || e.res !== -1);
  const hasGroup = e.b !== NO_GROUP && (!isFailed || (flags & SqeFlag.BUFFER_SELECT) !== 0);
  const group = hasGroup ? e.b & 0xffff : null;
  const number = (value: number, isTold: boolean): bigint | null => (isTold ? BigInt(value) : null);
  const untold = (name: string, size: number, words = NOT_TOLD): Value => ({ name, size, value: null, words });
  const prio = ioprioBits(ioprio, opcode)
    .filter((bit) => bit.value !== 0)
    .map((bit) => bit.name);
  const ioprioWords = isWhole
    ? joined(prio, 0)
    : ioprio !== 0 && isKnown && !isFailed
      ? `${NOT_TOLD}, but ${prio.join(' | ')} is known`
      : NOT_TOLD;
  const fdWords = (flags & SqeFlag.FIXED_FILE) !== 0 ? `registered file ${e.res}` : e.res < 0 ? 'none' : String(e.res);
  const msgFlags = withMsgFlags.includes(opcode);
  return structOf(SQE_BYTES, [
    { name: 'opcode', size: 1, value: number(opcode, isKnown), words: isKnown ? opcodeName(opcode) : NOT_TOLD },
    { name: 'flags', size: 1, value: number(flags, isKnown), words: isKnown ? joined(bitNames(SqeFlag, flags), 0) : NOT_TOLD },
    { name: 'ioprio', size: 2, value: number(ioprio, isWhole), words: ioprioWords },
    { name: 'fd', size: 4, value: number(e.res, isWhole), words: isWhole ? fdWords : NOT_TOLD },
    untold('off', 8),
    untold('addr', 8),
    untold('len', 4),
    {
      name: msgFlags || !isKnown ? 'msg_flags' : 'op_flags',
      size: 4,
      value: number(e.flags, isWhole),
      words: !isWhole ? NOT_TOLD : msgFlags ? joined(msgFlagNames(e.flags), 0) : hexOf(e.flags),
    },
    { name: 'user_data', size: 8, value: e.userData, words: hexOf(e.userData) },
    group === null ? untold('buf_group', 2) : { name: 'buf_group', size: 2, value: BigInt(group), words: `bgid ${group}` },
    untold('personality', 2),
    untold('optlen', 4),
    untold('addr3', 8),
    untold('pad', 8),
  ]);
}
