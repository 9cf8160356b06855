/** Requests by identity, and the lanes of connections they belong to. One reducer for the concept "multishot request". */
import { NO_GROUP, OwnOp, userDataLayout } from '../schema/events.ts';
import { Opcode, RecvIoprio } from '../schema/uapi.ts';
import type { TerminateCause } from './terminate-cause.ts';

/** Fields of `submit.a`. */
export const opcodeOf = (a: number): number => a & 0xff;
export const ioprioOf = (a: number): number => a >>> 16;

/** Opcodes that receive, each on a lane of its connection. */
export const isRecvOpcode = (op: number): boolean => op === Opcode.RECV || op === Opcode.RECVMSG || op === Opcode.READ_MULTISHOT;
export const isRecv = (a: number): boolean => isRecvOpcode(opcodeOf(a));
/** True when a submit asks for a multishot recv or recvmsg. */
export function isMultishotRecv(a: number): boolean {
  return isRecv(a) && (opcodeOf(a) === Opcode.READ_MULTISHOT || (ioprioOf(a) & RecvIoprio.RECV_MULTISHOT) !== 0);
}

/** OwnOp of a user_data's low word. */
export const ownOpOf = (lo: number): number => (lo >>> userDataLayout.slotBits) & ((1 << userDataLayout.opBits) - 1);
export const slotOf = (lo: number): number => lo & ((1 << userDataLayout.slotBits) - 1);
export const isOwnRecv = (lo: number): boolean => ownOpOf(lo) === OwnOp.recv;

/** What is known of one connection at one moment: a lane of the picture. */
export interface Lane {
  slot: number;
  /** It is a second recv on the socket of that connection (own workload); -1 = it is a connection. */
  firstSlot: number;
  /** Of another process: its ring. 0 = of ringlens' own workload, whatever ring it has now. */
  ring: number;
  /** Dictionary id and value's words of the user_data that its recv carries. */
  ud: number;
  /** -1 = not told. */
  fd: number;
  /** `fd` is an index into the registered files. */
  fixedFile: boolean;
  transport: number;
  open: boolean;
  /** A recv is in flight. */
  armed: boolean;
  /** Of the recv in flight, or of the last one. */
  multishot: boolean;
  opcode: number;
  bgid: number;
  bundle: boolean;
  /** Arm generation of the recv in flight, or of the last one; 0 = none yet. */
  request: number;
  /** When the recv in flight was submitted; when the last one ended, if none is. */
  since: number;
  /** CQEs of the recv in flight. */
  shots: number;
  /** CQEs that the kernel was seen to post and the application has not reaped. */
  unreaped: number;
  /** The last of them ended its request, and why; null = it did not. */
  unreapedEnd: TerminateCause | null;
  /** CQEs since the last wake, and when that was (-1 = none since the last CQE). */
  run: number;
  wokenAt: number;
  /** Its state is derived across a loss of events, and none has made it certain again. Of other processes only. */
  uncertain: boolean;
  /** Time from the submit of the last ended recv to its end, ns. */
  waited: number;
  /** Of the last end, if one was seen. */
  lastCause: TerminateCause | null;
}

export function newLane(slot: number, ud: number, ring = 0): Lane {
  return {
    slot,
    firstSlot: -1,
    ring,
    ud,
    fd: -1,
    fixedFile: false,
    transport: 0,
    open: false,
    armed: false,
    multishot: false,
    opcode: Opcode.RECV,
    bgid: NO_GROUP,
    bundle: false,
    request: 0,
    since: -1,
    shots: 0,
    unreaped: 0,
    unreapedEnd: null,
    run: 0,
    wokenAt: -1,
    uncertain: false,
    waited: 0,
    lastCause: null,
  };
}
