/**
 * Numbers of the kernel's user API, with the kernel's own names.
 * Sources: include/uapi/linux/io_uring.h, include/uapi/asm-generic/errno.h (Linux 6.18).
 */

/** CQE flags. The upper 16 bits of the word are the bid when F_BUFFER is set. */
export const CqeFlag = {
  F_BUFFER: 1 << 0,
  F_MORE: 1 << 1,
  F_SOCK_NONEMPTY: 1 << 2,
  F_NOTIF: 1 << 3,
  F_BUF_MORE: 1 << 4,
} as const;
export const CQE_BUFFER_SHIFT = 16;

export const Opcode = {
  NOP: 0,
  SENDMSG: 9,
  RECVMSG: 10,
  TIMEOUT: 11,
  ACCEPT: 13,
  ASYNC_CANCEL: 14,
  CLOSE: 19,
  READ: 22,
  SEND: 26,
  RECV: 27,
  PROVIDE_BUFFERS: 31,
  REMOVE_BUFFERS: 32,
} as const;
const opcodeNames = new Map<number, string>(Object.entries(Opcode).map(([n, c]) => [c, n]));
export const opcodeName = (code: number): string => opcodeNames.get(code) ?? `opcode ${code}`;

/** sqe->ioprio bits of recv and send. */
export const RecvIoprio = {
  RECVSEND_POLL_FIRST: 1 << 0,
  RECV_MULTISHOT: 1 << 1,
  RECVSEND_FIXED_BUF: 1 << 2,
  RECVSEND_BUNDLE: 1 << 4,
} as const;
/** sqe->flags bits. */
export const SqeFlag = {
  FIXED_FILE: 1 << 0,
  IO_DRAIN: 1 << 1,
  IO_LINK: 1 << 2,
  IO_HARDLINK: 1 << 3,
  ASYNC: 1 << 4,
  BUFFER_SELECT: 1 << 5,
  CQE_SKIP_SUCCESS: 1 << 6,
} as const;

/** io_uring_setup flags. */
export const SetupFlag = {
  SQPOLL: 1 << 1,
  CQSIZE: 1 << 3,
  CLAMP: 1 << 4,
  COOP_TASKRUN: 1 << 8,
  TASKRUN_FLAG: 1 << 9,
  SINGLE_ISSUER: 1 << 12,
  DEFER_TASKRUN: 1 << 13,
} as const;

export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EINVAL: 22,
  EMFILE: 24,
  ENOSPC: 28,
  EPIPE: 32,
  ENOSYS: 38,
  ETIME: 62,
  EOVERFLOW: 75,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EALREADY: 114,
  ECANCELED: 125,
} as const;
const errnoNames = new Map<number, string>(Object.entries(Errno).map(([n, c]) => [c, n]));
/** 105 or -105 → "ENOBUFS"; an errno without a name here → "errno 999". */
export const errnoName = (errno: number): string => errnoNames.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`;

const names = (table: Record<string, number>, word: number): string[] =>
  Object.entries(table)
    .filter(([, bit]) => (word & bit) !== 0)
    .map(([n]) => n);
/** Names of the flags set in a CQE's flags word, low bits first, without the bid. */
export const cqeFlagNames = (flags: number): string[] => names(CqeFlag, flags);
/** The bid of a CQE's flags word, or -1 where F_BUFFER is not set. */
export const bidOf = (flags: number): number => ((flags & CqeFlag.F_BUFFER) !== 0 ? flags >>> CQE_BUFFER_SHIFT : -1);
