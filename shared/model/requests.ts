/** Requests by identity, and the lanes of connections they belong to. One reducer for the concept "multishot request". */
import { NO_GROUP, OwnOp, userDataLayout } from '../schema/events.ts';
import { Opcode, RecvIoprio } from '../schema/uapi.ts';
import type { TerminateCause } from './terminate-cause.ts';

/** Fields of `submit.a`. */
export const opcodeOf = (a: number): number => a & 0xff;
export const ioprioOf = (a: number): number => a >>> 16;

/** True when a submit asks for a multishot recv or recvmsg. */
export function isMultishotRecv(a: number): boolean {
  const op = opcodeOf(a);
  return (op === Opcode.RECV || op === Opcode.RECVMSG) && (ioprioOf(a) & RecvIoprio.RECV_MULTISHOT) !== 0;
}
export function isRecv(a: number): boolean {
  const op = opcodeOf(a);
  return op === Opcode.RECV || op === Opcode.RECVMSG;
}

/** OwnOp of a user_data's low word. */
export const ownOpOf = (lo: number): number => (lo >>> userDataLayout.slotBits) & ((1 << userDataLayout.opBits) - 1);
export const slotOf = (lo: number): number => lo & ((1 << userDataLayout.slotBits) - 1);
export const isOwnRecv = (lo: number): boolean => ownOpOf(lo) === OwnOp.recv;

/** What is known of one connection at one moment: a lane of the picture. */
export interface Lane {
  slot: number;
  /** Dictionary id and value's words of the user_data that its recv carries. */
  ud: number;
  fd: number;
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
  /** Time from the submit of the last ended recv to its end, ns. */
  waited: number;
  /** Of the last end, if one was seen. */
  lastCause: TerminateCause | null;
}

export function newLane(slot: number, ud: number): Lane {
  return {
    slot,
    ud,
    fd: -1,
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
    waited: 0,
    lastCause: null,
  };
}
