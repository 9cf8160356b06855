/**
 * What stands behind the name of a tracepoint. The kernel's own words (tracefs, perf script, trace-cmd report):
 *
 *     io_uring_complete: ring 0xffff888104419000, req (nil), user_data 0xabc0001, result 64, cflags 0x20007 extra1 0 extra2 0
 *
 * or the fields as they are (trace-cmd report -R):
 *
 *     io_uring_complete: ctx=0xffff888104419000 req=0x0 user_data=0xabc0001 res=64 cflags=131079 extra1=0 extra2=0
 */
import { OPCODE_UNKNOWN, Opcode } from '../schema/uapi.ts';
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

  /** Of one that this ringlens does not know, or that 6.1 prints as an empty text: OPCODE_UNKNOWN. */
  opcode(): number {
    const number = this.number('opcode');
    if (Number.isInteger(number) && number >= 0 && number <= 0xff) return number;
    return (Opcode as Readonly<Record<string, number>>)[this.text('opcode', 'op_str')] ?? OPCODE_UNKNOWN;
  }
}

interface Use {
  readonly slot: 'flags' | 'res' | 'a' | 'b';
  readonly read: 'number' | 'hex' | 'opcode';
  /** In the words, and raw. */
  readonly names: readonly string[];
}
const use = (slot: Use['slot'], read: Use['read'], ...names: readonly string[]): Use => ({ slot, read, names });

interface Shape {
  /** It tells ring, request and user_data. */
  readonly ring: boolean;
  readonly req: boolean;
  readonly userData: boolean;
  readonly uses: readonly Use[];
}
const ofRequest = (...uses: readonly Use[]): Shape => ({ ring: true, req: true, userData: true, uses });
const ofRing = (...uses: readonly Use[]): Shape => ({ ring: true, req: false, userData: false, uses });

const shapes: Readonly<Record<RowKind, Shape>> = {
  submit: ofRequest(use('a', 'opcode'), use('flags', 'number', 'flags')),
  file_get: ofRequest(use('res', 'number', 'fd')),
  poll_arm: ofRequest(use('a', 'hex', 'mask'), use('b', 'hex', 'events')),
  task_add: ofRequest(use('a', 'hex', 'mask')),
  complete: ofRequest(use('res', 'number', 'result', 'res'), use('flags', 'number', 'cflags')),
  cqe_overflow: { ...ofRequest(use('res', 'number', 'result', 'res'), use('flags', 'number', 'cflags')), req: false },
  req_failed: ofRequest(
    use('a', 'opcode'),
    use('flags', 'number', 'flags'),
    use('b', 'number', 'buf_index'),
    use('res', 'number', 'error'),
  ),
  task_work_run: { ...ofRing(use('a', 'number', 'count')), ring: false },
  local_work_run: ofRing(use('a', 'number', 'count')),
  cqring_wait: ofRing(use('a', 'number', 'min_events')),
  create: ofRing(
    use('res', 'number', 'fd'),
    use('a', 'number', 'sq size', 'sq_entries'),
    use('b', 'number', 'cq size', 'cq_entries'),
    use('flags', 'number', 'flags'),
  ),
};

/** null for what can't be read. Time, CPU and thread are the caller's. */
export function rowOf(kind: RowKind, payload: string): KernelRow | null {
  const fields = new Fields(payload);
  const row = emptyRow(kind, 0);
  const { ring, req, userData, uses } = shapes[kind];
  if (ring) {
    const ctx = fields.pointer('ring', 'ctx');
    if (ctx === null || ctx === '') return null;
    row.ctx = ctx;
  }
  if (req) {
    const pointer = fields.pointer('req');
    if (pointer === null) return null;
    row.req = pointer;
  }
  if (userData) {
    const value = fields.userData();
    if (value === null) return null;
    row.userData = value;
  }
  for (const { slot, read, names } of uses) {
    const value = fields[read](...names);
    if (!Number.isSafeInteger(value)) return null;
    row[slot] = value;
  }
  return row;
}
