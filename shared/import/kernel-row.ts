/** One tracepoint hit as a tracer's text has it: fields as the kernel names them, numbers read. */

/** Tracepoints that are read (include/trace/events/io_uring.h). */
export const rowKinds = [
  'submit',
  'file_get',
  'poll_arm',
  'task_add',
  'complete',
  'cqe_overflow',
  'task_work_run',
  'local_work_run',
  'cqring_wait',
  'req_failed',
  'create',
] as const;
export type RowKind = (typeof rowKinds)[number];

export interface KernelRow {
  kind: RowKind | 'lost';
  /** ns on the text's clock. */
  t: number;
  cpu: number;
  /** The running thread: for a wake that is the sender. */
  tid: number;
  /** Its process; 0 = not told. */
  pid: number;
  comm: string;
  /** The kernel's pointers, as hex digits without leading zeros; '' = NULL or not told. They may be hashed. */
  ctx: string;
  req: string;
  userData: bigint;
  /** Submit: the kernel's REQ_F bits (exact up to 2^53); else what shared/schema/events.ts says of the kind it becomes. */
  flags: number;
  res: number;
  a: number;
  b: number;
  /** Lost: how many events; -1 = not told. */
  count: number;
}

export const emptyRow = (kind: KernelRow['kind'], t: number): KernelRow => ({
  kind,
  t,
  cpu: 0,
  tid: 0,
  pid: 0,
  comm: '',
  ctx: '',
  req: '',
  userData: 0n,
  flags: 0,
  res: 0,
  a: 0,
  b: 0,
  count: 0,
});
