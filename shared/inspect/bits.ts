/** Words of 32 bits, taken apart for a ruler: the flags of a CQE, of an SQE, the ioprio of a recv, masks of polls. Pure. */
import { AcceptIoprio, CQE_BUFFER_SHIFT, CqeFlag, CqeLayoutFlag, EpollBit, MsgFlag, Opcode, RecvIoprio, SqeFlag } from '../schema/uapi.ts';

/** Bits `from` … `to` of a word, the lowest is 0; `to` is among them. */
export interface BitField {
  /** "F_BUFFER"; "bid"; "bit 7" where no name is known. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly value: number;
  /** One sentence: what the value says, set or not. */
  readonly doc: string;
  readonly known: boolean;
}

type Docs = readonly [set: string, clear: string];

const cqeDocs: Readonly<Record<keyof typeof CqeFlag | keyof typeof CqeLayoutFlag, Docs>> = {
  F_BUFFER: ['Bits 31 to 16 are the bid of the buffer that it filled.', 'No buffer was taken.'],
  F_MORE: ['The request lives on and gives more CQEs.', 'The request has ended with this CQE.'],
  F_SOCK_NONEMPTY: ['The socket holds more data, or an end that waits.', 'The socket did not say that it holds more.'],
  F_NOTIF: ['It is the notification of a zero-copy send.', 'It is no notification of a zero-copy send.'],
  F_BUF_MORE: ['The kernel goes on in the same buffer (incremental).', 'The kernel is done with the buffer, if it took one.'],
  F_SKIP: ['It fills a gap at the end of the CQ and means nothing.', 'It is no filler of the CQ.'],
  F_32: ['It has 32 bytes (CQE_MIXED).', 'It has the usual 16 bytes, unless all CQEs of the ring have 32.'],
};

const bitOf = (mask: number): number => 31 - Math.clz32(mask);
const isSet = (word: number, mask: number): boolean => (word & mask) !== 0;

/** The bits of a table, lowest first, and those that nothing names as "bit n" where they are set. */
function bitsOf(word: number, width: number, table: Readonly<Record<string, number>>, docOf: (name: string, set: boolean) => string) {
  const fields: BitField[] = [];
  let named = 0;
  for (const [name, mask] of Object.entries(table)) {
    const bit = bitOf(mask);
    named |= mask;
    fields.push({ name, from: bit, to: bit, value: isSet(word, mask) ? 1 : 0, doc: docOf(name, isSet(word, mask)), known: true });
  }
  for (let bit = 0; bit < width; bit++) {
    const mask = (1 << bit) >>> 0;
    if (isSet(word, mask) && !isSet(named, mask)) fields.push(unknownBit(bit));
  }
  return fields.sort((x, y) => x.from - y.from);
}

const unknownBit = (bit: number): BitField => ({
  name: `bit ${bit}`,
  from: bit,
  to: bit,
  value: 1,
  doc: `Bit ${bit} is set; ringlens knows no name for it.`,
  known: false,
});

/**
 * The flags word of a CQE, lowest bit first: each flag that has a name, set or not; the bid in bits 31 to 16 where F_BUFFER
 * says that there is one; other bits only where they are set.
 */
export function flagBits(flags: number): BitField[] {
  const word = flags >>> 0;
  const hasBid = isSet(word, CqeFlag.F_BUFFER);
  const low = bitsOf(
    word & 0xffff,
    16,
    { ...CqeFlag, ...CqeLayoutFlag },
    (name, set) => cqeDocs[name as keyof typeof cqeDocs][set ? 0 : 1],
  );
  const bid = word >>> CQE_BUFFER_SHIFT;
  if (hasBid) return [...low, { name: 'bid', from: 16, to: 31, value: bid, doc: `The buffer's id is ${bid}.`, known: true }];
  const high: BitField[] = [];
  for (let bit = CQE_BUFFER_SHIFT; bit < 32; bit++) if (((word >>> bit) & 1) !== 0) high.push(unknownBit(bit));
  return [...low, ...high];
}

const sqeDocs: Readonly<Record<keyof typeof SqeFlag, Docs>> = {
  FIXED_FILE: ['fd is an index into the registered files.', 'fd is a file descriptor.'],
  IO_DRAIN: ['It waits for all requests before it.', 'It does not wait for requests before it.'],
  IO_LINK: ['The next SQE waits for it.', 'The next SQE does not wait for it.'],
  IO_HARDLINK: ['The next SQE waits for it, even if it fails.', 'It is no hard link.'],
  ASYNC: ['A worker thread issues it, without a try at once.', 'It is tried at once.'],
  BUFFER_SELECT: ['The kernel picks a buffer of buf_group when data is there.', 'It brings its own buffer, or none.'],
  CQE_SKIP_SUCCESS: ['It gives no CQE when it succeeds.', 'It gives a CQE when it succeeds.'],
};

/** sqe->flags, lowest bit first. */
export const sqeFlagBits = (flags: number): BitField[] =>
  bitsOf(flags & 0xff, 8, SqeFlag, (name, set) => sqeDocs[name as keyof typeof SqeFlag][set ? 0 : 1]);

const recvDocs: Readonly<Record<keyof typeof RecvIoprio, Docs>> = {
  RECVSEND_POLL_FIRST: ['The poll is armed first, without a try.', 'A try comes first, the poll after it.'],
  RECV_MULTISHOT: ['It stays armed and gives a CQE for each receive.', 'It gives one CQE.'],
  RECVSEND_FIXED_BUF: ['The buffer is a registered one.', 'The buffer is not a registered one.'],
  RECVSEND_BUNDLE: ['One CQE can fill several buffers.', 'One CQE fills one buffer.'],
};
const acceptDocs: Readonly<Record<keyof typeof AcceptIoprio, Docs>> = {
  ACCEPT_MULTISHOT: ['It stays armed and gives a CQE for each connection.', 'It gives one CQE.'],
};
const withRecvIoprio: readonly number[] = [Opcode.RECV, Opcode.RECVMSG, Opcode.SEND, Opcode.SENDMSG];

/** sqe->ioprio of an opcode whose bits have names; of others, the bits that are set. */
export function ioprioBits(ioprio: number, opcode: number): BitField[] {
  const word = ioprio & 0xffff;
  if (withRecvIoprio.includes(opcode))
    return bitsOf(word, 16, RecvIoprio, (name, set) => recvDocs[name as keyof typeof RecvIoprio][set ? 0 : 1]);
  if (opcode === Opcode.ACCEPT)
    return bitsOf(word, 16, AcceptIoprio, (name, set) => acceptDocs[name as keyof typeof AcceptIoprio][set ? 0 : 1]);
  return bitsOf(word, 16, {}, () => '');
}

/** Names of the bits that are set, unknown ones as "bit 11", lowest first. */
function setNames(word: number, table: Readonly<Record<string, number>>): string[] {
  return bitsOf(word, 32, table, () => '')
    .filter((field) => field.value !== 0)
    .map((field) => field.name);
}

/** The bits of a poll's mask in their EPOLL names, lowest first. */
export const epollNames = (mask: number): string[] => setNames(mask >>> 0, EpollBit);
/** The bits of msg_flags in their MSG names, lowest first. */
export const msgFlagNames = (flags: number): string[] => setNames(flags >>> 0, MsgFlag);

/** EPOLLIN | EPOLLPRI | … of a poll arm, and what it is for. */
export function pollArmWords(mask: number): string {
  const names = epollNames(mask).join(' | ');
  const oneShot = isSet(mask, EpollBit.EPOLLONESHOT);
  return `${names === '' ? '0' : names}: ${oneShot ? 'EPOLLONESHOT is set, so it wakes once (single shot)' : 'EPOLLONESHOT is not set, so it stays for the whole life of the request (multishot)'}`;
}

/** What the mask of a wake says; `fairness`: it follows on a full turn of CQEs (CQES_A_TURN). MULTISHOT.md, 0.2. */
export function wakeWords(mask: number, fairness = false): string {
  const word = mask >>> 0;
  if (word === 0) {
    return fairness
      ? 'no event: the kernel queued the request again after a full turn of CQEs, so that others have theirs'
      : 'no event: the state of the socket changed (the peer closed or reset, or it was shut down), the request was cancelled, or the kernel queued it again';
  }
  const names = epollNames(word).join(' | ');
  if (word === (EpollBit.EPOLLIN | EpollBit.EPOLLRDNORM)) return `${names}: the poll found it ready while it was being armed`;
  if (isSet(word, EpollBit.EPOLLERR)) return `${names}: an error or a shutdown`;
  return isSet(word, EpollBit.EPOLLIN) ? `${names}: data came` : names;
}
