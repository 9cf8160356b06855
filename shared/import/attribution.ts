/**
 * Rows of a text become events: the rules of native/src/tracer/attribution.h where every ring of the machine is looked at and
 * nothing but the tracepoints is known. Pointers and thread numbers become small ids.
 */
import type { EventTable } from '../codec/event-table.ts';
import { Kind, NO_GROUP, Provenance } from '../schema/events.ts';
import { AcceptIoprio, CqeFlag, OPCODE_UNKNOWN, Opcode, RecvIoprio, SqeFlag } from '../schema/uapi.ts';
import type { KernelRow, RowKind } from './kernel-row.ts';
import { hasBit } from './multishot-flag.ts';
import { type Match, RequestTracker, wordOf } from './requests.ts';

const LAST_ID = 0xffff;
const NO_FD = 0xffffffff;
/** The ioprio bit that makes a request of that opcode a multishot; 0 = there is none. */
const multishotIoprio = (opcode: number): number =>
  opcode === Opcode.RECV || opcode === Opcode.RECVMSG
    ? RecvIoprio.RECV_MULTISHOT
    : opcode === Opcode.ACCEPT
      ? AcceptIoprio.ACCEPT_MULTISHOT
      : 0;
/** Of an SQE's flags, or of the kernel's REQ_F bits, whose low ones they are. */
const isFixedFile = (flags: number): boolean => (flags & SqeFlag.FIXED_FILE) !== 0;

const kindOf: Readonly<Record<RowKind, number>> = {
  submit: Kind.submit,
  file_get: Kind.file_get,
  poll_arm: Kind.poll_arm,
  task_add: Kind.wake,
  complete: Kind.complete,
  cqe_overflow: Kind.cqe_overflow,
  task_work_run: Kind.task_work,
  local_work_run: Kind.task_work,
  cqring_wait: Kind.cq_wait,
  req_failed: Kind.req_failed,
  create: Kind.ring_create,
};

interface Ring {
  id: number;
  /** Its creation is in the text: no request of it is older. */
  created: boolean;
  requests: RequestTracker;
}
interface Thread {
  id: number;
  ring: Ring | null;
}

/** An event gives at most so many. */
export const MOST_EVENTS = 2;

export class Attribution {
  readonly #rings = new Map<string, Ring>();
  readonly #threads = new Map<number, Thread>();
  #ringIds = 0;
  #ambiguous = 0;
  /** Name and process of each thread that ran, by its number; 0 = the process is not told. */
  readonly threads = new Map<number, { comm: string; pid: number }>();

  /** `multishotBit`: the kernel's flag of a multishot (learnMultishot), 0 = not known. */
  constructor(private readonly multishotBit: number) {}

  get rings(): number {
    return this.#ringIds;
  }

  get ambiguous(): number {
    let n = this.#ambiguous;
    for (const { requests } of this.#rings.values()) n += requests.ambiguous;
    return n;
  }

  /** Writes the events of a row at index `at` of a table with room for MOST_EVENTS; returns how many. `t` is the trace's time. */
  apply(row: KernelRow, t: number, table: EventTable, at: number): number {
    if (row.kind === 'lost') return 0;
    const thread = this.#threadOf(row);
    if (row.kind === 'create') return this.#created(row, thread, t, table, at);
    const ring = row.kind === 'task_work_run' ? thread.ring : this.#ringOf(row.ctx);
    // A waker has nothing to do with the ring.
    if (row.kind !== 'task_add' && ring !== null) thread.ring = ring;
    const match = ring === null ? null : this.#matchOf(row, ring);
    let n = 0;
    // On a ring whose creation is in the text a submission was lost: nothing is older.
    if (match?.adopted === true && ring?.created === false) {
      match.request.older = true;
      this.#write(row, thread, ring, t, table, at);
      table.kind[at] = Kind.request_found;
      table.provenance[at] = Provenance.inferred;
      table.res[at] = match.request.fd;
      table.flags[at] = 0;
      table.a[at] = OPCODE_UNKNOWN;
      table.b[at] = NO_GROUP;
      table.request[at] = match.request.number;
      n = 1;
    }
    this.#write(row, thread, ring, t, table, at + n);
    this.#describe(row, match, table, at + n);
    return n + 1;
  }

  #threadOf({ tid, comm, pid }: KernelRow): Thread {
    let thread = this.#threads.get(tid);
    if (thread === undefined) {
      thread = { id: Math.min(LAST_ID, this.#threads.size + 1), ring: null };
      this.#threads.set(tid, thread);
      this.threads.set(tid, { comm, pid });
    }
    return thread;
  }

  #ringOf(ctx: string): Ring {
    return this.#rings.get(ctx) ?? this.#bind(ctx, false);
  }

  /** A `ctx` that is created again is a new ring: the kernel has given the memory of one that is gone to another. */
  #bind(ctx: string, created: boolean): Ring {
    this.#ambiguous += this.#rings.get(ctx)?.requests.ambiguous ?? 0;
    const ring = { id: Math.min(LAST_ID, ++this.#ringIds), created, requests: new RequestTracker() };
    this.#rings.set(ctx, ring);
    return ring;
  }

  #created(row: KernelRow, thread: Thread, t: number, table: EventTable, at: number): number {
    const ring = this.#bind(row.ctx, true);
    thread.ring = ring;
    this.#write(row, thread, ring, t, table, at);
    // The text tells the process only where it was asked to: else the number of the thread, which is that of a program's first.
    table.ud[at] = table.dictionary.idOf(row.pid === 0 ? row.tid : row.pid, 0);
    return 1;
  }

  #matchOf(row: KernelRow, { requests }: Ring): Match | null {
    const { userData, req } = row;
    switch (row.kind) {
      case 'file_get': {
        const match = requests.join(userData, req);
        match.request.fd = row.res;
        return match;
      }
      case 'poll_arm':
        return requests.pollArm(userData, req, row.a);
      case 'task_add':
        return requests.join(userData, req);
      case 'complete':
      case 'cqe_overflow':
        if ((row.flags & CqeFlag.F_MORE) !== 0) return requests.more(userData, req);
        // The notification of a zero-copy send has a req of its own that was never submitted.
        return requests.end(userData, (row.flags & CqeFlag.F_NOTIF) !== 0 ? '' : req);
      default:
        return null;
    }
  }

  #write(row: KernelRow, thread: Thread, ring: Ring | null, t: number, table: EventTable, at: number): void {
    table.t[at] = t;
    table.kind[at] = kindOf[row.kind as RowKind];
    table.provenance[at] = Provenance.tracepoint;
    table.ud[at] = table.dictionary.idOf(Number(row.userData & 0xffffffffn), Number(row.userData >> 32n));
    table.res[at] = row.res;
    table.flags[at] = row.flags;
    table.a[at] = row.a;
    table.b[at] = row.b;
    table.request[at] = 0;
    table.thread[at] = thread.id;
    table.ring[at] = ring?.id ?? 0;
    if (ring === null) return;
    if (row.kind === 'submit') this.#submitted(row, ring, table, at);
    else if (row.kind === 'req_failed') {
      const facts = { opcode: row.a, multishot: false, fixedFile: isFixedFile(row.flags) };
      table.request[at] = ring.requests.submit(row.userData, row.req, facts).number;
    }
  }

  /** What the tracepoint does not tell: fd −1, msg_flags 0, no group, of ioprio the multishot flag alone. */
  #submitted(row: KernelRow, ring: Ring, table: EventTable, at: number): void {
    const opcode = row.a;
    const sqeFlags = row.flags % 256;
    const ioprio = multishotIoprio(opcode);
    const isFlagged = ioprio !== 0 && this.multishotBit !== 0 && hasBit(row.flags, this.multishotBit);
    table.a[at] = opcode | (sqeFlags << 8) | (isFlagged ? ioprio << 16 : 0);
    table.b[at] = NO_GROUP;
    table.res[at] = -1;
    table.flags[at] = 0;
    const facts = { opcode, multishot: isFlagged || opcode === Opcode.READ_MULTISHOT, fixedFile: isFixedFile(sqeFlags) };
    table.request[at] = ring.requests.submit(row.userData, row.req, facts).number;
  }

  #describe(row: KernelRow, match: Match | null, table: EventTable, at: number): void {
    if (match === null) return;
    const { request } = match;
    const word = wordOf(match);
    table.request[at] = request.number;
    switch (row.kind) {
      case 'file_get':
        table.b[at] = word;
        break;
      case 'poll_arm':
        table.res[at] = request.fd;
        table.flags[at] = word;
        break;
      case 'task_add':
        table.res[at] = request.fd;
        table.b[at] = word;
        break;
      default:
        table.a[at] = word;
        table.b[at] = request.fd < 0 ? NO_FD : request.fd;
    }
  }
}
