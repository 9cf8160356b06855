/**
 * What stands behind the name of a tracepoint. The kernel's own words (tracefs, perf script, trace-cmd report):
 *
 *     io_uring_complete: ring 0xffff888104419000, req (nil), user_data 0xabc0001, result 64, cflags 0x20007 extra1 0 extra2 0
 *
 * or the fields as they are (trace-cmd report -R):
 *
 *     io_uring_complete: ctx=0xffff888104419000 req=0x0 user_data=0xabc0001 res=64 cflags=131079 extra1=0 extra2=0
 */
import { Opcode } from '../schema/uapi.ts';
import { emptyRow, type KernelRow, type RowKind } from './kernel-row.ts';

/** By the kernel's name of the event, without "io_uring_". Linux 6.1 says submit_sqe. */
const kinds: ReadonlyMap<string, RowKind> = new Map([
  ['submit_req', 'submit'],
  ['submit_sqe', 'submit'],
  ['file_get', 'file_get'],
  ['poll_arm', 'poll_arm'],
  ['task_add', 'task_add'],
  ['complete', 'complete'],
  ['cqe_overflow', 'cqe_overflow'],
  ['task_work_run', 'task_work_run'],
  ['local_work_run', 'local_work_run'],
  ['cqring_wait', 'cqring_wait'],
  ['req_failed', 'req_failed'],
  ['create', 'create'],
]);
/** io_uring tracepoints that say nothing for us: `register`, `queue_async_work`, `link`, …. */
export const isOurs = (event: string): boolean => event.startsWith('io_uring_');
export const kindOfEvent = (event: string): RowKind | undefined => kinds.get(event.slice('io_uring_'.length));

/** Names of a field in the words, in the order of what is more often. */
const PAIR = /([a-z_]+\d*(?: size)?)[ =]([^\s,]+)/g;

class Fields {
  readonly #values = new Map<string, string>();
  /** Numbers without 0x are decimal; in the words some are not. */
  readonly raw: boolean;

  constructor(payload: string) {
    this.raw = payload.startsWith('ctx=') || payload.startsWith('tctx=');
    for (const [, name, value] of payload.matchAll(PAIR))
      if (!this.#values.has(name as string)) this.#values.set(name as string, value as string);
  }

  /** The first of these that is there. */
  text(...names: readonly string[]): string {
    for (const name of names) {
      const value = this.#values.get(name);
      if (value !== undefined) return value;
    }
    return '';
  }

  /** NaN where it is missing or no number. */
  number(...names: readonly string[]): number {
    const text = this.text(...names);
    return /^(?:-?\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  }

  /** Hex in the words, with or without 0x. */
  hex(...names: readonly string[]): number {
    const text = this.text(...names);
    if (this.raw) return this.number(...names);
    return /^(?:0x)?[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN;
  }

  /** ''= NULL; null = no pointer at all. */
  pointer(...names: readonly string[]): string | null {
    const text = this.text(...names);
    if (text === '(nil)' || text === '(null)') return '';
    const digits = this.raw && /^\d+$/.test(text) ? BigInt(text).toString(16) : text.replace(/^0x/i, '').toLowerCase();
    return /^[0-9a-f]{1,16}$/.test(digits) ? digits.replace(/^0+/, '') : null;
  }

  userData(): bigint | null {
    const text = this.text('user_data');
    if (!/^(?:\d{1,20}|-\d{1,19}|0x[0-9a-f]{1,16})$/i.test(text)) return null;
    return BigInt.asUintN(64, BigInt(text));
  }

  opcode(): number {
    const number = this.number('opcode');
    if (Number.isInteger(number) && number >= 0 && number <= 0xff) return number;
    return (Opcode as Readonly<Record<string, number>>)[this.text('opcode', 'op_str')] ?? UNKNOWN;
  }
}

/** An opcode that this ringlens does not know, or that 6.1 prints as an empty text. */
const UNKNOWN = 0xff;
const hasRequest: ReadonlySet<RowKind> = new Set(['submit', 'file_get', 'poll_arm', 'task_add', 'complete', 'req_failed']);
const isInt = (n: number): boolean => Number.isSafeInteger(n);

/** null for what can't be read. Time, CPU and thread are the caller's. */
export function rowOf(kind: RowKind, payload: string): KernelRow | null {
  const f = new Fields(payload);
  const row = emptyRow(kind, 0);
  if (kind === 'task_work_run') {
    row.a = f.number('count');
    return isInt(row.a) ? row : null;
  }
  const ctx = f.pointer('ring', 'ctx');
  if (ctx === null || ctx === '') return null;
  row.ctx = ctx;
  if (hasRequest.has(kind)) {
    const req = f.pointer('req');
    if (req === null) return null;
    row.req = req;
  }
  if (hasRequest.has(kind) || kind === 'cqe_overflow') {
    const userData = f.userData();
    if (userData === null) return null;
    row.userData = userData;
  }
  switch (kind) {
    case 'submit':
      row.a = f.opcode();
      row.flags = f.number('flags');
      return isInt(row.flags) ? row : null;
    case 'file_get':
      row.res = f.number('fd');
      return isInt(row.res) ? row : null;
    case 'poll_arm':
      row.a = f.hex('mask');
      row.b = f.hex('events');
      return isInt(row.a) && isInt(row.b) ? row : null;
    case 'task_add':
      row.a = f.hex('mask');
      return isInt(row.a) ? row : null;
    case 'complete':
    case 'cqe_overflow':
      row.res = f.number('result', 'res');
      row.flags = f.number('cflags');
      return isInt(row.res) && isInt(row.flags) ? row : null;
    case 'local_work_run':
      row.a = f.number('count');
      return isInt(row.a) ? row : null;
    case 'cqring_wait':
      row.a = f.number('min_events');
      return isInt(row.a) ? row : null;
    case 'req_failed':
      row.a = f.opcode();
      row.flags = f.number('flags');
      row.b = f.number('buf_index');
      row.res = f.number('error');
      return isInt(row.flags) && isInt(row.b) && isInt(row.res) ? row : null;
    case 'create':
      row.res = f.number('fd');
      row.a = f.number('sq size', 'sq_entries');
      row.b = f.number('cq size', 'cq_entries');
      row.flags = f.number('flags');
      return isInt(row.res) && isInt(row.a) && isInt(row.b) && isInt(row.flags) ? row : null;
    default:
      return kind satisfies never;
  }
}
