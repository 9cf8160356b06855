/**
 * The kernel's flag of a multishot request. Its place among the REQ_F bits differs from kernel to kernel
 * (include/linux/io_uring_types.h, REQ_F_APOLL_MULTISHOT), and no text tells it, so it is learned from the text: requests that
 * prove to be multishots (a poll arm without EPOLLONESHOT, a CQE with F_MORE) against those that prove not to be.
 */
import { CqeFlag, EPOLLONESHOT, Opcode } from '../schema/uapi.ts';
import type { KernelRow } from './kernel-row.ts';

/** The low bits are the SQE's own flags. */
const FIRST_BIT = 2 ** 8;
const LAST_BIT = 2 ** 52;

/** Of REQ_F bits, which may lie above bit 31; `bit` = a power of two. */
export const hasBit = (flags: number, bit: number): boolean => Math.floor(flags / bit) % 2 === 1;

/** The flag as a power of two; 0 = not learned. */
export function learnMultishot(rows: readonly KernelRow[]): number {
  /** REQ_F bits of the newest recv submit by req and ring. */
  const submitted = new Map<string, number>();
  const byUserData = new Map<string, number>();
  const multi: number[] = [];
  const single: number[] = [];
  for (const row of rows) {
    const key = `${row.ctx} ${row.req}`;
    const udKey = `${row.ctx} ${row.userData}`;
    if (row.kind === 'submit') {
      if (row.a !== Opcode.RECV && row.a !== Opcode.RECVMSG) submitted.delete(key);
      else {
        submitted.set(key, row.flags);
        byUserData.set(udKey, row.flags);
      }
    } else if (row.kind === 'poll_arm') {
      const flags = submitted.get(key);
      if (flags !== undefined) ((row.a & EPOLLONESHOT) === 0 ? multi : single).push(flags);
    } else if (row.kind === 'complete' && (row.flags & CqeFlag.F_MORE) !== 0) {
      const flags = byUserData.get(udKey);
      if (flags !== undefined) multi.push(flags);
    }
  }
  if (multi.length === 0) return 0;
  // The highest: what else stands up there comes from the file, after the submit was traced.
  for (let bit = LAST_BIT; bit >= FIRST_BIT; bit /= 2) {
    if (multi.every((flags) => hasBit(flags, bit)) && !single.some((flags) => hasBit(flags, bit))) return bit;
  }
  return 0;
}
