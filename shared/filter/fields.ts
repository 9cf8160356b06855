/**
 * The fields of the filter language: the one table that parser, completion, compiler and docs/filter.md are made from. A new
 * field is an entry here and a line there (a test says which).
 */
import { kinds, Provenance } from '../schema/events.ts';
import { CqeFlag, Errno, Opcode } from '../schema/uapi.ts';
import { type Operator, operators } from './ast.ts';
import * as read from './getters.ts';

/** What is compared with: a name, an integer, a time, yes or no, a user_data. */
export type FieldType = 'name' | 'number' | 'time' | 'bit' | 'user_data';

export interface NamedValue {
  readonly name: string;
  /** Any of these values of the getter has the name. */
  readonly codes: readonly number[];
  /** One line, or "". */
  readonly doc: string;
}

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** One line: what it is, and what has it. */
  readonly doc: string;
  /** A filter that uses it. */
  readonly example: string;
  readonly get: read.Getter;
  /** Names of values, the usual ones first. A `name` field takes no others; a number takes them besides numbers. */
  readonly names: readonly NamedValue[];
  /** Names of a number are told with a minus as well: res=-ENOBUFS. */
  readonly isErrno?: boolean;
  /** Numbers below it are a mistake. */
  readonly min: number;
  /** A letter that may stand before the number (conn=c3). */
  readonly letter?: string;
  /** The field's last part alone means that it is 1. */
  readonly bare?: string;
}

const usualErrnos = ['ENOBUFS', 'ECANCELED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAGAIN', 'EINVAL', 'EBADF', 'EFAULT', 'EINTR'] as const;
const errnoDocs: Readonly<Record<string, string>> = {
  ENOBUFS: 'the buffer group was empty',
  ECANCELED: 'the request was cancelled',
  ECONNRESET: 'the peer reset the connection',
};
const errnoOrder = [
  ...usualErrnos,
  ...(Object.keys(Errno) as (keyof typeof Errno)[]).filter((name) => !usualErrnos.includes(name as never)),
];
/** With what the field makes of an errno. */
const errnos = (code: (errno: number) => number): NamedValue[] =>
  errnoOrder.map((name) => ({ name, codes: [code(Errno[name])], doc: errnoDocs[name] ?? '' }));

const { probe, tracepoint, fdinfo, inferred } = Provenance;
const provenances: NamedValue[] = [
  { name: 'observed', codes: [probe, tracepoint, fdinfo], doc: 'seen, by whomever' },
  { name: 'inferred', codes: [inferred], doc: 'concluded from other events' },
  { name: 'probe', codes: [probe], doc: 'seen in the application' },
  { name: 'tracepoint', codes: [tracepoint], doc: 'seen in the kernel' },
  { name: 'fdinfo', codes: [fdinfo], doc: 'sampled beside the trace' },
];
const causes: NamedValue[] = [
  { name: 'eof', codes: [read.CauseCode.eof], doc: 'the peer closed its end' },
  { name: 'overflow', codes: [read.CauseCode.overflow], doc: 'the CQ was full' },
  { name: 'data', codes: [read.CauseCode.data], doc: 'with its last CQE, which carries data' },
  ...errnos((errno) => errno),
];
const usualOpcodes: readonly string[] = ['RECV', 'RECVMSG', 'READ_MULTISHOT', 'ACCEPT', 'SEND', 'POLL_ADD', 'ASYNC_CANCEL'];
const opcodes: NamedValue[] = Object.entries(Opcode)
  .sort(([a], [b]) => Number(usualOpcodes.includes(b)) - Number(usualOpcodes.includes(a)))
  .map(([name, code]) => ({ name, codes: [code], doc: '' }));

type Extra = Partial<Pick<Field, 'names' | 'min' | 'isErrno' | 'letter' | 'bare'>>;
const field = (name: string, type: FieldType, get: read.Getter, example: string, doc: string, extra: Extra = {}): Field => ({
  name,
  type,
  get,
  example,
  doc,
  names: [],
  min: 0,
  ...extra,
});

const flagDocs: Record<keyof typeof CqeFlag, string> = {
  F_BUFFER: 'the CQE carries a buffer: its bid is in the upper half of flags',
  F_MORE: 'the request lives on and gives more CQEs',
  F_SOCK_NONEMPTY: 'the socket had more data after this CQE',
  F_NOTIF: 'the notification of a zero-copy send',
  F_BUF_MORE: 'the kernel goes on in the same buffer (incremental)',
};
const flagNames = Object.keys(CqeFlag) as (keyof typeof CqeFlag)[];
/** F_MORE → MORE. */
const shortFlag = (name: string): string => name.slice(2);

export const fields: readonly Field[] = [
  field('kind', 'name', read.kind, 'kind=poll_arm', 'Kind of the event.', {
    names: Object.entries(kinds).map(([name, { code, doc }]) => ({ name, codes: [code], doc })),
  }),
  field('cqe', 'bit', read.cqe, 'cqe conn=3', 'The event is where a CQE was seen first: posted by the kernel, or else reaped.', {
    bare: 'cqe',
  }),
  field('res', 'number', read.res, 'res<0', 'Result of a CQE, or of a call that failed: bytes, or an errno with a minus.', {
    names: errnos((errno) => -errno),
    isErrno: true,
    min: Number.NEGATIVE_INFINITY,
  }),
  field(
    'bytes',
    'number',
    read.bytes,
    'bytes>=1024',
    'Bytes that a recv CQE delivered, or that the load generator sent. Only where there are some.',
  ),
  field('flags', 'number', read.flags, 'flags=0x70003', 'The flags word of a CQE, with the bid in its upper half.'),
  ...flagNames.map((name) =>
    field(
      `flags.${shortFlag(name)}`,
      'bit',
      read.flagBit(CqeFlag[name]),
      `flags.${shortFlag(name)}=0`,
      `${name} of a CQE: ${flagDocs[name]}.`,
      {
        bare: shortFlag(name),
      },
    ),
  ),
  field('cause', 'name', read.cause, 'cause=ENOBUFS', 'Why a request ended, at the CQE that ended it.', { names: causes }),
  field('bid', 'number', read.bid, 'bid=7', 'Buffer of a CQE (of a bundle: its first one) or of a give-back.'),
  field('bgid', 'number', read.bgid, 'bgid=0', 'Buffer group of a CQE, a submit or a give-back.'),
  field('free', 'number', read.free, 'free<=2', "Available buffers in the event's group, after it. Only where give-backs are seen."),
  field(
    'filled',
    'number',
    read.filled,
    'filled>8',
    "Buffers of the event's group that the kernel filled and nobody has reaped, after it.",
  ),
  field('held', 'number', read.held, 'held>=16', "Buffers of the event's group that the application holds, after it."),
  field('conn', 'number', read.conn, 'conn=3', 'Connection of the own workload.', { letter: 'c' }),
  field('fd', 'number', read.fd, 'fd=9', 'File descriptor of the request or connection (not an index of a registered file).'),
  field('user_data', 'user_data', read.userData, 'user_data=0x1003', 'user_data of the SQE, decimal or hex.'),
  field('request', 'number', read.request, 'request=12', 'Arm generation of the request on its ring, from 1.'),
  field('shot', 'number', read.shot, 'shot=1', 'Which CQE of its request a recv CQE is, from 1.'),
  field('opcode', 'name', read.opcode, 'opcode=RECVMSG', 'Opcode of the request.', { names: opcodes }),
  field('multishot', 'bit', read.multishot, 'multishot !MORE', 'The recv of the event is multishot.', { bare: 'multishot' }),
  field('rearm', 'bit', read.rearm, 'rearm conn=3', 'The submit of a recv follows an end that was not normal.', { bare: 'rearm' }),
  field('hold', 'time', read.hold, 'hold>5ms', 'How long the application held the buffer, when it gives it back.'),
  field('gap', 'time', read.gap, 'gap>100us', 'How long the connection had no multishot recv armed, when one is submitted again.'),
  field(
    'submit_to_complete',
    'time',
    read.submitToComplete,
    'submit_to_complete>1ms',
    'From the submit of a recv to its first CQE, at that CQE.',
  ),
  field(
    'wake_to_complete',
    'time',
    read.wakeToComplete,
    'wake_to_complete>20us',
    'From a wake to the first CQE that it gives, at that CQE.',
  ),
  field('complete_to_reap', 'time', read.completeToReap, 'complete_to_reap>1ms', 'From a CQE to its reap, at the reap.'),
  field('t', 'time', read.time, 't>=1.5s', 'Time since the start of the trace.'),
  field('ring', 'number', read.ring, 'ring=2', 'Ring of the event, as the trace numbers them.'),
  field('thread', 'number', read.thread, 'thread=1', 'Thread of the event, as the trace numbers them.'),
  field('provenance', 'name', read.provenance, 'provenance=inferred', 'How the event is known.', { names: provenances }),
  field('ambiguous', 'bit', read.ambiguous, 'ambiguous', 'Several live requests shared the user_data, and nothing told them apart.', {
    bare: 'ambiguous',
  }),
];

const byName = new Map(fields.map((f) => [f.name.toLowerCase(), f]));

/** By its name, or that of a flag with its F_ (flags.F_MORE); letters may be large or small. */
export const fieldOf = (name: string): Field | undefined => byName.get(name.toLowerCase().replace(/^flags\.f_/, 'flags.'));

const bareFields = new Map(fields.flatMap((f) => (f.bare === undefined ? [] : [[f.bare.toLowerCase(), f] as const])));
/** The yes-or-no field that a word alone stands for: MORE, F_MORE, rearm. */
export const bareField = (word: string): Field | undefined =>
  bareFields.get(word.toLowerCase()) ?? (/^f_/i.test(word) ? bareFields.get(word.slice(2).toLowerCase()) : undefined);

export const operatorsOf = ({ type }: Field): readonly Operator[] => (type === 'name' || type === 'bit' ? ['=', '!='] : operators);

/** The value of a field that has this name; letters may be large or small. */
export const namedValue = (f: Field, name: string): NamedValue | undefined =>
  f.names.find((v) => v.name === name) ?? f.names.find((v) => v.name.toLowerCase() === name.toLowerCase());

const codesToNames = new Map<Field, Map<number, string>>();
/** The errno that a number of the field is, or undefined. */
export function nameOfNumber(f: Field, value: number): string | undefined {
  let names = codesToNames.get(f);
  if (names === undefined) {
    names = new Map(f.names.map((v) => [v.codes[0] as number, v.name]));
    codesToNames.set(f, names);
  }
  return names.get(value);
}
