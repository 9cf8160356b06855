/**
 * One event as a sentence in the field's words: what happened, to whom, and what follows from it. Pure. What other events say
 * (which wake, which buffer before) is in causes.ts; what a reader knows beside the event comes in as SentenceContext.
 */
import type { EventRecord } from '../codec/event-table.ts';
import { causeOf, type TerminateCause } from '../model/terminate-cause.ts';
import { breakpointOf, handActionNames, handActions, type StopReasonName, stopReasonOf } from '../schema/debug.ts';
import {
  GroupFlag,
  GroupStateFlag,
  Kind,
  kindName,
  kinds,
  MarkCode,
  NO_GROUP,
  opcodeOfWord,
  Provenance,
  RemoveFlag,
  ReplenishFlag,
  RequestFlag,
  Transport,
} from '../schema/events.ts';
import {
  bidOf,
  bitNames,
  CqeFlag,
  Errno,
  errnoName,
  OPCODE_UNKNOWN,
  Opcode,
  opcodeName,
  RecvIoprio,
  SetupFlag,
  SqeFlag,
} from '../schema/uapi.ts';
import { paramNames } from '../schema/workload-params.ts';
import { pollArmWords, wakeWords } from './bits.ts';
import { hexOf } from './bytes.ts';

/** What the event itself does not tell. */
export interface SentenceContext {
  /** Of its connection: "c0"; without it the sentence says user_data. */
  readonly name?: string;
  /** Its request is a multishot, or is none; not given = not known. */
  readonly multishot?: boolean;
  /** Why its request ended, where the model knows better than the CQE (overflow, EOF of a recvmsg). */
  readonly cause?: TerminateCause;
  /** A wake that follows on a full turn of CQEs. */
  readonly fairness?: boolean;
}

/** A piece of a sentence; the strong ones carry its news. */
export interface SentencePart {
  readonly text: string;
  readonly strong: boolean;
}

/** `**strong**` in a sentence that this file writes. */
const partsOf = (marked: string): SentencePart[] =>
  marked
    .split('**')
    .map((text, i) => ({ text, strong: i % 2 === 1 }))
    .filter((part) => part.text !== '');

export const sentenceParts = (e: EventRecord, context: SentenceContext = {}): SentencePart[] => partsOf(marked(e, context));
export const sentenceOfEvent = (e: EventRecord, context: SentenceContext = {}): string => marked(e, context).replaceAll('**', '');

const grouped = new Intl.NumberFormat('en-US');
const count = (n: number): string => grouped.format(n);
export const countOf = (n: number, noun: string, nouns = `${noun}s`): string => `${count(n)} ${n === 1 ? noun : nouns}`;

const errnoDocs: Readonly<Record<number, string>> = {
  [Errno.ENOBUFS]: 'the buffer group had no buffer available',
  [Errno.ECANCELED]: 'the request was cancelled',
  [Errno.ECONNRESET]: 'the peer reset the connection',
  [Errno.EPIPE]: 'the peer takes no more data',
  [Errno.ETIMEDOUT]: 'the peer did not answer in time',
  [Errno.EAGAIN]: 'nothing was there, and the request was not to wait',
  [Errno.EINVAL]: 'the kernel does not take this combination of fields',
  [Errno.EBADF]: 'the fd is not open',
  [Errno.EFAULT]: 'an address is wrong, or a buffer is too small for the header of a recvmsg',
  [Errno.EINTR]: 'a signal interrupted it',
  [Errno.ENOENT]: 'nothing was found that it asked for',
  [Errno.ETIME]: 'the time was up',
  [Errno.ENOTCONN]: 'the socket is not connected',
};
/** "ENOBUFS (-105): the buffer group had no buffer available". */
export function errnoWords(res: number): string {
  const doc = errnoDocs[Math.abs(res)];
  return `${errnoName(res)} (${res})${doc === undefined ? '' : `: ${doc}`}`;
}

/** The request word of an event from the kernel; 0 = it has none, or nothing is known. */
export function requestWordOf(e: EventRecord): number {
  switch (e.kind) {
    case Kind.file_get:
    case Kind.wake:
      return e.b;
    case Kind.poll_arm:
      return e.flags;
    case Kind.complete:
    case Kind.cqe_overflow:
      return e.provenance === Provenance.tracepoint ? e.a : 0;
    default:
      return 0;
  }
}

/** What the tracer knows of the request: "RECV, multishot, older than the trace"; "" = nothing. */
export function requestWords(word: number): string {
  const opcode = opcodeOfWord(word);
  const words = [
    ...(opcode >= 0 ? [opcodeName(opcode)] : []),
    ...((word & RequestFlag.multishot) !== 0 ? ['multishot'] : []),
    ...((word & RequestFlag.fixedFile) !== 0 ? ['of a registered file'] : []),
    ...((word & RequestFlag.older) !== 0 ? ['older than the trace'] : []),
    ...((word & RequestFlag.ambiguous) !== 0 ? ['user_data shared by live requests: the newest of them is named'] : []),
  ];
  return words.join(', ');
}

const endWords: Readonly<Record<TerminateCause, string>> = {
  enobufs: 'no buffer was available',
  eof: 'the peer closed',
  canceled: 'it was cancelled',
  reset: 'the peer reset the connection',
  overflow: 'the CQ was full',
  data: 'this was its last data',
  error: 'it failed',
};

/** A CQE: what came, into which buffer, and whether the request lives on. */
function ofCqe(e: EventRecord, context: SentenceContext, verb: string): string {
  const { res } = e;
  const flags = e.flags >>> 0;
  const bid = bidOf(flags);
  const whose = whoseOf(e, context);
  const more = (flags & CqeFlag.F_MORE) !== 0;
  const nonEmpty = (flags & CqeFlag.F_SOCK_NONEMPTY) !== 0;
  if ((flags & CqeFlag.F_NOTIF) !== 0) return `${verb} the **notification** of a zero-copy send of ${whose}.`;
  if (res < 0) return `${verb} **${errnoWords(res)}**, for ${whose}. The request has **ended**${more ? ', though F_MORE is set' : ''}.`;
  const receives = receivesData(e, context);
  if (receives && res === 0 && bid < 0 && !more) {
    const waits = nonEmpty ? ' F_SOCK_NONEMPTY says that the end waits, not data.' : '';
    return `${verb} **0 bytes** for ${whose}: the peer **closed** (or, of a datagram socket, sent an empty one), and the request has **ended**.${waits}`;
  }
  const what = receives || bid >= 0 ? countOf(res, 'byte') : `res ${res}`;
  const into = bid < 0 ? '' : `, in **buffer ${bid}**`;
  const part = (flags & CqeFlag.F_BUF_MORE) !== 0 ? ' The kernel goes on in the same buffer (F_BUF_MORE).' : '';
  const fate = more
    ? ` The request **lives on** (F_MORE)${nonEmpty ? ' and the socket **holds more** (F_SOCK_NONEMPTY)' : ''}.`
    : context.multishot === true || requestWord(e, RequestFlag.multishot)
      ? ` F_MORE is not set: the request has **ended**, ${endWords[context.cause ?? causeOf(res, flags)]}.${nonEmpty ? ' The socket holds more (F_SOCK_NONEMPTY).' : ''}`
      : ` F_MORE is not set: it is the only or the last CQE of its request.${nonEmpty ? ' The socket holds more (F_SOCK_NONEMPTY).' : ''}`;
  return `${verb} **${what}** for ${whose}${into}.${fate}${part}`;
}

const requestWord = (e: EventRecord, flag: number): boolean => (requestWordOf(e) & flag) !== 0;

/** Its res is a count of bytes that came: the opcode is told, or the context has a name, which only connections have. */
function receivesData(e: EventRecord, context: SentenceContext): boolean {
  const opcode = opcodeOfWord(requestWordOf(e));
  if (opcode < 0) return context.name !== undefined;
  return opcode === Opcode.RECV || opcode === Opcode.RECVMSG || opcode === Opcode.READ_MULTISHOT;
}

const whoseOf = (e: EventRecord, { name }: SentenceContext): string => name ?? `user_data ${hexOf(e.userData)}`;
const fdText = (fd: number, word: number): string =>
  fd < 0 ? '' : (word & RequestFlag.fixedFile) !== 0 ? `registered file ${fd}` : `fd ${fd}`;
const ofFd = (fd: number, word: number): string => (fd < 0 ? '' : `, ${fdText(fd, word)}`);

function ofSubmit(e: EventRecord, context: SentenceContext): string {
  const opcode = e.a & 0xff;
  const sqeFlags = (e.a >>> 8) & 0xff;
  const ioprio = e.a >>> 16;
  if (opcode === OPCODE_UNKNOWN)
    return `A request of ${whoseOf(e, context)} is **older than the trace**; its first event tells it and nothing else is known of it.`;
  const isRecv = opcode === Opcode.RECV || opcode === Opcode.RECVMSG;
  const multishot = opcode === Opcode.READ_MULTISHOT || (isRecv && (ioprio & RecvIoprio.RECV_MULTISHOT) !== 0);
  const extras = isRecv
    ? [
        ...((ioprio & RecvIoprio.RECVSEND_POLL_FIRST) !== 0 ? ['the poll comes first'] : []),
        ...((ioprio & RecvIoprio.RECVSEND_BUNDLE) !== 0 ? ['one CQE can fill several buffers'] : []),
      ]
    : [];
  const fixed = (sqeFlags & SqeFlag.FIXED_FILE) !== 0;
  const word = fixed ? RequestFlag.fixedFile : 0;
  const group = e.b === NO_GROUP ? '' : `, buffers of group ${e.b}`;
  const what = `${multishot && isRecv ? 'multishot ' : ''}${opcodeName(opcode)}`;
  const tail = `${ofFd(e.res, word)}${group}${extras.length > 0 ? `; ${extras.join(', ')}` : ''}`;
  if (e.kind === Kind.request_found) return `A **${what}** of ${whoseOf(e, context)} is **older than the trace**${tail}.`;
  return `The application handed in a **${what}** of ${whoseOf(e, context)}${tail}.`;
}

const transportNames = Object.keys(Transport);

/** The whole sentence, its news between `**`. */
function marked(e: EventRecord, context: SentenceContext): string {
  const kind = kindName(e.kind);
  if (kind === undefined) return `An event of kind ${e.kind}, which a newer ringlens wrote: this one does not know it.`;
  const whose = whoseOf(e, context);
  switch (kind) {
    case 'submit':
    case 'request_found':
      return ofSubmit(e, context);
    case 'file_get':
      return `The kernel resolved **fd ${e.res}** of ${whose}.`;
    case 'poll_arm':
      return `The kernel **armed its poll** for ${whose}${ofFd(e.res, e.flags)}. ${pollArmWords(e.a)}.`;
    case 'wake':
      return `${context.fairness === true ? 'The kernel **queued again** the request' : 'A wake **queued work** for the request'} of ${whose}${ofFd(e.res, e.b)}. ${wakeWords(e.a, context.fairness)}.`;
    case 'complete':
      return ofCqe(e, context, 'The kernel posted');
    case 'cqe_overflow':
      return e.provenance === Provenance.tracepoint
        ? `${ofCqe(e, { cause: 'overflow', ...context }, '**The CQ was full**; the kernel put on its overflow list')}`
        : `The application saw IORING_SQ_CQ_OVERFLOW: **the CQ was full**, ${countOf(e.b, 'CQE')} ready in it.`;
    case 'reap':
      return `${ofCqe(e, context, 'The application took')}${e.a > 0 ? ` ${countOf(e.a, 'CQE')} waited behind it.` : ''}`;
    case 'task_work':
      return `Queued work ran, ${countOf(e.a, 'piece')}.`;
    case 'cq_wait':
      return `The application went to **wait** for ${countOf(e.a, 'CQE')}.`;
    case 'req_failed':
      return `The kernel **refused** a ${opcodeName(e.a & 0xff)} of ${whose}: **${errnoWords(e.res)}**. It was not issued.`;
    case 'replenish':
      return ofReplenish(e, context);
    case 'group_register':
      return `Buffer group ${e.a} ${e.provenance === Provenance.fdinfo ? 'was found' : '**came into being**'}: ${e.b === 0 ? 'buffers not told' : countOf(e.b, 'buffer')}${e.res > 0 ? ` of ${countOf(e.res, 'byte')}` : ''}${(e.flags & GroupFlag.legacy) !== 0 ? ', given by PROVIDE_BUFFERS' : ''}${(e.flags & GroupFlag.incremental) !== 0 ? ', consumed incrementally' : ''}.`;
    case 'group_unregister':
      return `Buffer group ${e.a} was **removed**.`;
    case 'connect':
      return `${context.name ?? `Slot ${e.a}`} **connected** (${transportNames[e.b] ?? 'transport not known'})${ofFd(e.res, 0)}.`;
    case 'close':
      return `The application **closed** ${context.name ?? `slot ${e.a}`}${ofFd(e.res, 0)}.`;
    case 'dropped': {
      const lost = e.a + e.b * 2 ** 32;
      return lost === 0
        ? 'An unknown number of events was **lost** here.'
        : `${countOf(lost, 'event')} ${lost === 1 ? 'was' : 'were'} **lost** here, by ringlens.`;
    }
    case 'mark':
      return `${markWords(e)}.`;
    case 'error':
      return `A system call of the workload failed: **${errnoWords(e.res)}**.`;
    case 'ring_create': {
      const setup = bitNames(SetupFlag, e.flags).join(' | ');
      return `A ring was **set up**: SQ of ${count(e.a)}, CQ of ${count(e.b)}${setup === '' ? '' : `, ${setup}`}${ofFd(e.res, 0)}.`;
    }
    case 'ring_close':
      return `The ring was **closed**${ofFd(e.res, 0)}.`;
    case 'setting':
      return `Parameter ${paramNames[e.a] ?? e.a} became **${e.userData}**.`;
    case 'send':
      return `The load generator **sent ${countOf(e.res, 'byte')}** to slot ${e.a}.`;
    case 'snapshot':
      return `A snapshot begins: the next ${countOf(e.a, 'event')} restate what is true now; nothing happened.`;
    case 'snapshot_bid':
    case 'snapshot_arm':
      return `${kinds[kind].doc} It restates; nothing happened.`;
    case 'snapshot_end':
      return 'The snapshot is complete.';
    case 'ring_state':
      return `The ring was sampled: ${e.res < 0 ? 'polls not told' : countOf(e.res, 'poll')}, CQ head ${e.userData & 0xffffffffn}, tail ${e.userData >> 32n}.`;
    case 'group_state': {
      const head = (e.flags & GroupStateFlag.head) !== 0 ? `head ${e.b & 0xffff}` : 'head not told';
      const tail = (e.flags & GroupStateFlag.tail) !== 0 ? `tail ${e.b >>> 16}` : 'tail not told';
      return `Buffer group ${e.a} was sampled: ${head}, ${tail}.`;
    }
    case 'buffer_remove':
      return (e.flags & RemoveFlag.overwritten) !== 0
        ? `Buffer ${e.a} of group ${e.b} was **lost**: its entry was written over by buffer ${e.userData}, which was given back twice.`
        : `The application **took buffer ${e.a} out** of group ${e.b}.`;
    default:
      return kind satisfies never;
  }
}

function ofReplenish(e: EventRecord, context: SentenceContext): string {
  const sampled = e.provenance === Provenance.fdinfo ? ' It was found in the shared memory, some time after it happened.' : '';
  if (e.userData === 0n && e.provenance === Provenance.probe)
    return `Buffer ${e.a} of group ${e.b} was given to the kernel for the **first time**.`;
  if ((e.flags & ReplenishFlag.again) !== 0)
    return `The application **gave back buffer ${e.a} of group ${e.b} twice**: the kernel will fill the same memory once more.`;
  const after = e.userData === 0n ? '' : `, which a CQE of ${whoseOf(e, context)} had filled`;
  return `The application **gave back buffer ${e.a}** of group ${e.b}${after}.${sampled}`;
}

const stopWords: Record<StopReasonName, string> = {
  pause: 'it was told to',
  breakpoint: 'a breakpoint was hit',
  step: 'the step is over',
  cqFull: 'the CQ was filled',
};

function markWords(e: EventRecord): string {
  switch (e.a) {
    case MarkCode.loadStopped:
      return 'The load stopped';
    case MarkCode.loadStarted:
      return 'The load started';
    case MarkCode.userNote:
      return `A note of the user, ${e.b}`;
    case MarkCode.processEnded:
      return `The process ${e.b} ended`;
    case MarkCode.stopped: {
      const reason = stopReasonOf(e.b);
      return reason === 'breakpoint'
        ? `Breakpoint ${breakpointOf(e.b)} stopped the reactor`
        : `The reactor stopped: ${reason === undefined ? e.b : stopWords[reason]}`;
    }
    case MarkCode.resumed:
      return 'The reactor goes on';
    case MarkCode.handsOn: {
      const name = handActionNames.find((action) => handActions[action].code === e.b);
      return `By hand: ${name === undefined ? e.b : handActions[name].title.toLowerCase()}`;
    }
    default:
      return `Mark ${e.a}, ${e.b}`;
  }
}
