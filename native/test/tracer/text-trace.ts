/**
 * The kernel's own text trace, turned into the events that the tracer should have delivered: an implementation of the
 * mapping of shared/schema/events.ts that shares nothing with the C++ one.
 */
import { Kind, NO_GROUP, REQUEST_OPCODE_SHIFT, RequestFlag } from '../../../shared/schema/events.ts';
import { Opcode } from '../../../shared/schema/uapi.ts';
import type { Dump, DumpEvent } from './harness.ts';

export interface TextLine {
  comm: string;
  tid: number;
  cpu: number;
  /** Microseconds, as printed. */
  us: bigint;
  event: string;
  fields: ReadonlyMap<string, string>;
}

const linePattern = /^\s*(.+)-(\d+)\s+\[(\d+)\]\s+\S+\s+(\d+)\.(\d{6}): io_uring_(\w+): (.*)$/;
const fieldPattern =
  /(ring|req|request|tctx|user_data|opcode|flags|sq_thread|fd|mask|events|result|res|cflags|count|min_events|sq size|cq size|error|buf_index)[ =](\S+?)(?=,|$| )/g;

export function parseText(text: string): TextLine[] {
  const lines: TextLine[] = [];
  for (const line of text.split('\n')) {
    const m = linePattern.exec(line);
    if (m === null) continue;
    const fields = new Map<string, string>();
    for (const f of (m[7] as string).matchAll(fieldPattern)) fields.set(f[1] as string, f[2] as string);
    lines.push({
      comm: m[1] as string,
      tid: Number(m[2]),
      cpu: Number(m[3]),
      us: BigInt(m[4] as string) * 1_000_000n + BigInt(m[5] as string),
      event: m[6] as string,
      fields,
    });
  }
  return lines;
}

/** What is known of a request, as the events carry it. */
interface Facts {
  opcode: number;
  multishot: boolean;
  fd: number;
}

/** One expected event. `request` undefined: the text alone does not tell; likewise `word` and `fd`. */
export interface Expected {
  key: string;
  us: bigint;
  request: number | undefined;
  word?: number | undefined;
  fd?: number | undefined;
}

const u32 = (n: number): number => n >>> 0;
const opcodes = new Map<string, number>(Object.entries(Opcode));

const wordOf = (facts: Facts): number => ((facts.opcode + 1) << REQUEST_OPCODE_SHIFT) | (facts.multishot ? RequestFlag.multishot : 0);

/** The part of an event that says what is known of its request; the rest is what the tracepoint itself tells. */
function splitFacts(e: DumpEvent): { told: DumpEvent; word?: number; fd?: number } {
  switch (e.kind) {
    case Kind.ring_create:
      return { told: { ...e, userData: 0n } }; // its process: the text has the thread only
    case Kind.file_get:
      return { told: { ...e, b: 0 }, word: e.b, fd: e.res };
    case Kind.poll_arm:
      return { told: { ...e, res: 0, flags: 0 }, word: e.flags, fd: e.res };
    case Kind.wake:
      return { told: { ...e, res: 0, b: 0 }, word: e.b, fd: e.res };
    case Kind.complete:
    case Kind.cqe_overflow:
      return { told: { ...e, a: 0, b: 0 }, word: e.a, fd: e.b | 0 };
    default:
      return { told: e };
  }
}

function keyOf(kind: number, tid: number, ctx: string, e: Pick<DumpEvent, 'userData' | 'res' | 'flags' | 'a' | 'b'>): string {
  return `kind=${kind} tid=${tid} ctx=${ctx} userData=${e.userData.toString(16)} res=${e.res} flags=${e.flags} a=${e.a} b=${e.b}`;
}

/** Numbers requests by the kernel's req pointers; only where that fails (F_MORE, overflow) by a user_data that is unique. */
class Requests {
  private last = 0;
  private readonly byReq = new Map<string, number>();
  private readonly live = new Map<string, Set<number>>();
  readonly facts = new Map<number, Facts>();

  submit(req: string, userData: string, opcode: number): number {
    const old = this.byReq.get(req);
    if (old !== undefined) for (const set of this.live.values()) set.delete(old);
    const n = ++this.last;
    this.facts.set(n, { opcode, multishot: false, fd: -1 });
    this.byReq.set(req, n);
    const set = this.live.get(userData) ?? new Set();
    this.live.set(userData, set.add(n));
    return n;
  }
  of(req: string | undefined, userData: string): number | undefined {
    if (req !== undefined && !/^0+$/.test(req)) return this.byReq.get(req);
    const set = this.live.get(userData);
    return set?.size === 1 ? [...set][0] : undefined;
  }
  end(req: string | undefined, userData: string): number | undefined {
    const n = this.of(req, userData);
    if (n === undefined) return undefined;
    this.live.get(userData)?.delete(n);
    for (const [r, m] of this.byReq) if (m === n) this.byReq.delete(r);
    return n;
  }
}

const F_MORE = 2;
const EPOLLONESHOT = 1 << 30;

/**
 * What the tracer should deliver for the rings that processes named `comm` create, or, for an attached process, for the
 * rings `attached`.
 */
export function expectedEvents(lines: readonly TextLine[], comm: string, attached: readonly string[] = []): Expected[] {
  const expected: Expected[] = [];
  const rings = new Map<string, Requests>(attached.map((ctx) => [ctx, new Requests()]));
  const active = new Set<number>();
  for (const line of lines) {
    const f = line.fields;
    const number = (name: string): number => Number(f.get(name) ?? Number.NaN);
    const hex = (name: string): number => u32(Number.parseInt(f.get(name) ?? '', 16));
    const ctx = f.get('ring') ?? '';
    const req = f.get('req') ?? f.get('request');
    const userData = f.get('user_data') ?? '0';
    const zero = { userData: BigInt(userData), res: 0, flags: 0, a: 0, b: 0 };
    const put = (kind: number, e: Partial<typeof zero>, request: number | undefined, on = ctx) => {
      const facts = request === undefined ? undefined : rings.get(ctx)?.facts.get(request);
      expected.push({
        key: keyOf(kind, line.tid, on, { ...zero, ...e }),
        us: line.us,
        request,
        ...(facts === undefined ? {} : { word: wordOf(facts), fd: facts.fd }),
      });
    };
    const learn = (request: number | undefined, facts: Partial<Facts>) => {
      const known = request === undefined ? undefined : rings.get(ctx)?.facts.get(request);
      if (known !== undefined) Object.assign(known, facts);
      return request;
    };

    if (line.event === 'create') {
      rings.delete(ctx);
      if (line.comm !== comm) continue;
      rings.set(ctx, new Requests());
      active.add(line.tid);
      put(Kind.ring_create, { res: number('fd'), flags: number('flags'), a: number('sq size'), b: number('cq size') }, 0);
      continue;
    }
    if (line.event === 'task_work_run') {
      if (active.has(line.tid) && number('count') > 0) put(Kind.task_work, { a: number('count') }, 0, '-');
      continue;
    }
    const requests = rings.get(ctx);
    if (requests === undefined) continue;
    if (line.event !== 'task_add') active.add(line.tid);
    switch (line.event) {
      case 'submit_req': {
        const opcode = opcodes.get(f.get('opcode') ?? '') ?? -1;
        const sqeFlags = Number(BigInt(f.get('flags') ?? '0') & 0xffn);
        put(Kind.submit, { res: -1, a: u32(opcode | (sqeFlags << 8)), b: NO_GROUP }, requests.submit(req ?? '', userData, opcode));
        break;
      }
      case 'req_failed':
        put(
          Kind.req_failed,
          {
            res: number('error'),
            flags: number('flags'),
            a: opcodes.get(f.get('opcode') ?? '') ?? -1,
            b: number('buf_index'),
          },
          requests.submit(req ?? '', userData, opcodes.get(f.get('opcode') ?? '') ?? -1),
        );
        break;
      case 'file_get':
        put(Kind.file_get, { res: number('fd') }, learn(requests.of(req, userData), { fd: number('fd') }));
        break;
      case 'poll_arm':
        put(
          Kind.poll_arm,
          { a: hex('mask'), b: hex('events') },
          learn(requests.of(req, userData), { multishot: (hex('mask') & EPOLLONESHOT) === 0 }),
        );
        break;
      case 'task_add':
        put(Kind.wake, { a: hex('mask') }, requests.of(req, userData));
        break;
      case 'complete':
      case 'cqe_overflow': {
        const flags = hex('cflags');
        const request = (flags & F_MORE) !== 0 ? requests.of(req, userData) : requests.end(req, userData);
        if ((flags & F_MORE) !== 0) learn(request, { multishot: true });
        const overflow = line.event === 'cqe_overflow';
        put(overflow ? Kind.cqe_overflow : Kind.complete, { res: number(overflow ? 'res' : 'result'), flags }, request);
        break;
      }
      case 'local_work_run':
        put(Kind.task_work, { a: number('count') }, 0, '-');
        break;
      case 'cqring_wait':
        put(Kind.cq_wait, { a: number('min_events') }, 0);
        break;
    }
  }
  return expected;
}

/** The tracer's events in the same words. */
export function keysOf(dump: Dump): Expected[] {
  const ctx = new Map(dump.rings.map((r) => [r.ringId, r.ctx]));
  const tid = new Map(dump.threads.map((t) => [t.threadId, t.tid]));
  return dump.events.map((e) => {
    const { told, ...facts } = splitFacts(e);
    const key = keyOf(e.kind, tid.get(e.thread) ?? -1, e.kind === Kind.task_work ? '-' : (ctx.get(e.ring) ?? '?'), told);
    return { key, us: e.t / 1000n, request: e.request, ...facts };
  });
}

export interface Difference {
  missing: string[];
  extra: string[];
  wrongRequest: string[];
  /** Another request word or fd than the text gives. */
  wrongFacts: string[];
  /** Largest distance in time between the two records of one event, microseconds. */
  apartUs: number;
}

/** Pairs the n-th event of a key with the n-th of the same key. */
export function compare(expected: readonly Expected[], actual: readonly Expected[]): Difference {
  const open = new Map<string, Expected[]>();
  for (const e of expected) {
    const list = open.get(e.key);
    if (list === undefined) open.set(e.key, [e]);
    else list.push(e);
  }
  const difference: Difference = { missing: [], extra: [], wrongRequest: [], wrongFacts: [], apartUs: 0 };
  const taken = new Map<string, number>();
  for (const a of actual) {
    const i = taken.get(a.key) ?? 0;
    const e = open.get(a.key)?.[i];
    if (e === undefined) {
      difference.extra.push(a.key);
      continue;
    }
    taken.set(a.key, i + 1);
    const apart = Number(e.us > a.us ? e.us - a.us : a.us - e.us);
    difference.apartUs = Math.max(difference.apartUs, apart);
    if (e.request !== undefined && e.request !== a.request) {
      difference.wrongRequest.push(`${a.key}: ${a.request} instead of ${e.request}`);
    }
    for (const what of ['word', 'fd'] as const) {
      if (e.request === undefined || e[what] === undefined || a[what] === undefined || e[what] === a[what]) continue;
      difference.wrongFacts.push(`${a.key}: ${what} ${a[what]} instead of ${e[what]}`);
    }
  }
  for (const [key, list] of open) {
    for (let i = taken.get(key) ?? 0; i < list.length; i++) difference.missing.push(key);
  }
  return difference;
}
