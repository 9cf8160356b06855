/** What a multishot recvmsg writes in front of its payload: struct io_uring_recvmsg_out. Pure; takes any bytes. */
import { msgFlagNames } from './bits.ts';

export const RECVMSG_OUT_BYTES = 16;

/** Bytes `from` … `to` - 1 of the buffer. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface RecvmsgOut {
  /** As the header tells them, bytes; more than there is room for where something was cut off. */
  readonly namelen: number;
  readonly controllen: number;
  readonly payloadlen: number;
  readonly flags: number;
  /** MSG_TRUNC and so on, of `flags`. */
  readonly flagNames: readonly string[];
  readonly header: ByteRange;
  /** The room for the name, and the part of it that is filled. */
  readonly nameRoom: ByteRange;
  readonly name: ByteRange;
  /** "127.0.0.1:41810", "[::1]:80"; null: no name, or of a family that is not decoded. */
  readonly address: string | null;
  readonly controlRoom: ByteRange;
  readonly control: ByteRange;
  readonly payload: ByteRange;
  /** One sentence for each thing that is not whole or not as it should be; none = all is well. */
  readonly trouble: readonly string[];
}

export interface RecvmsgOutError {
  /** One sentence: why nothing can be decoded. */
  readonly error: string;
}

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

const bytesWord = (n: number): string => `${n} byte${n === 1 ? '' : 's'}`;
const isCount = (n: number): boolean => Number.isInteger(n) && n >= 0;

/**
 * The parts of the `res` bytes that a CQE put into a buffer:
 *
 *     0              16        16 + namelen       + controllen              res
 *     [ recvmsg_out  ][ name … ][ control …       ][ payload                ]
 *
 * `namelen` and `controllen` are what the application asked for (msg_namelen and msg_controllen of its msghdr): the room that
 * the kernel leaves, whatever it fills of it (io_uring/net.c, io_recvmsg_prep_multishot and io_recvmsg_multishot).
 */
export function recvmsgOut(bytes: Uint8Array, namelen: number, controllen: number): RecvmsgOut | RecvmsgOutError {
  if (!isCount(namelen) || !isCount(controllen)) {
    return { error: `msg_namelen ${namelen} and msg_controllen ${controllen} must be whole numbers from 0; take those of the msghdr.` };
  }
  if (bytes.length < RECVMSG_OUT_BYTES) {
    return { error: `The buffer has ${bytesWord(bytes.length)}; the header of a multishot recvmsg alone has ${RECVMSG_OUT_BYTES}.` };
  }
  const before = RECVMSG_OUT_BYTES + namelen + controllen;
  if (bytes.length < before) {
    return {
      error: `The buffer has ${bytesWord(bytes.length)}; header, ${bytesWord(namelen)} of name and ${bytesWord(controllen)} of control take ${before}: other lengths were asked for.`,
    };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const told = { namelen: view.getUint32(0, true), controllen: view.getUint32(4, true), payloadlen: view.getUint32(8, true) };
  const flags = view.getUint32(12, true);
  const trouble: string[] = [];
  /** The filled part of a room. */
  const filled = (what: string, length: number, from: number, room: number): ByteRange => {
    if (length > room) trouble.push(`The ${what} has ${bytesWord(length)}, there is room for ${room}: the rest was cut off.`);
    return { from, to: from + Math.min(length, room) };
  };
  const nameRoom = { from: RECVMSG_OUT_BYTES, to: RECVMSG_OUT_BYTES + namelen };
  const name = filled('name', told.namelen, nameRoom.from, namelen);
  const controlRoom = { from: nameRoom.to, to: before };
  const control = filled('control data', told.controllen, controlRoom.from, controllen);
  const payload = filled('payload', told.payloadlen, before, bytes.length - before);
  const flagNames = msgFlagNames(flags);
  if (flagNames.includes('MSG_TRUNC')) trouble.push('MSG_TRUNC: the datagram was longer than the room for its payload; its end is lost.');
  if (flagNames.includes('MSG_CTRUNC')) trouble.push('MSG_CTRUNC: there was more control data than room; its end is lost.');
  const address = addressOf(bytes.subarray(name.from, name.to), trouble);
  const header = { from: 0, to: RECVMSG_OUT_BYTES };
  return { ...told, flags, flagNames, header, nameRoom, name, address, controlRoom, control, payload, trouble };
}

/** A sockaddr as text; null, and a sentence where one is due, when it can't be told. */
function addressOf(name: Uint8Array, trouble: string[]): string | null {
  if (name.length === 0) return null;
  if (name.length < 2) {
    trouble.push('The name has 1 byte: too short for its family.');
    return null;
  }
  const view = new DataView(name.buffer, name.byteOffset, name.byteLength);
  const family = view.getUint16(0, true);
  const needs = family === AF_INET ? 8 : family === AF_INET6 ? 24 : family === AF_UNIX ? 2 : -1;
  if (needs < 0) {
    trouble.push(`The name is of family ${family}, which ringlens does not decode.`);
    return null;
  }
  if (name.length < needs) {
    trouble.push(`The name has ${bytesWord(name.length)}; an address of its family needs ${needs}.`);
    return null;
  }
  if (family === AF_UNIX) return unixPath(name.subarray(2));
  // sin_port and sin6_port are big endian.
  const port = view.getUint16(2);
  if (family === AF_INET) return `${name.subarray(4, 8).join('.')}:${port}`;
  const scope = name.length >= 28 ? view.getUint32(24, true) : 0;
  return `[${ipv6(view)}${scope === 0 ? '' : `%${scope}`}]:${port}`;
}

/** A path ends at its zero byte; an abstract name begins with one. */
function unixPath(path: Uint8Array): string | null {
  if (path.length === 0) return null;
  const isAbstract = path[0] === 0;
  const from = isAbstract ? 1 : 0;
  const zero = path.indexOf(0, from);
  const end = isAbstract || zero < 0 ? path.length : zero;
  return `${isAbstract ? '@' : ''}${printable(path.subarray(from, end))}`;
}

/** ASCII as it is, any other byte as \\x and two digits. */
const printable = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`)).join('');

/** RFC 5952: the longest run of two or more zero groups is "::". */
function ipv6(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i));
  let best = { from: 0, length: 1 };
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > best.length) best = { from: i, length: n };
  }
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best.length < 2) return text(groups);
  return `${text(groups.slice(0, best.from))}::${text(groups.slice(best.from + best.length))}`;
}
