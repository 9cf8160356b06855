import { CqeFlag, Errno } from '../schema/uapi.ts';

/**
 * Why a multishot request ended: the cause of its CQE without F_MORE.
 * `data` = the last CQE carries data (a bundle that emptied the group, a total cap, a datagram of length 0 by recvmsg);
 * `overflow` = the CQ was full, so the request ended with the data CQE that did not fit.
 */
export const terminateCauses = ['enobufs', 'eof', 'canceled', 'reset', 'overflow', 'data', 'error'] as const;
export type TerminateCause = (typeof terminateCauses)[number];
export const causeIndex = (cause: TerminateCause): number => terminateCauses.indexOf(cause);

/** The cause that a final CQE itself tells; overflow is told by its event, see RingModel. */
export function causeOf(res: number, flags: number): TerminateCause {
  if (res === -Errno.ENOBUFS) return 'enobufs';
  if (res === -Errno.ECANCELED) return 'canceled';
  if (res === -Errno.ECONNRESET) return 'reset';
  if (res < 0) return 'error';
  if (res > 0 || (flags & CqeFlag.F_BUFFER) !== 0) return 'data';
  return 'eof';
}
