/**
 * The kernel's own text trace of a run (a second private tracefs instance, that of tracer_dump --text), and what its lines
 * count up to: the yardstick for the counts of ringlens. It shares nothing with them but the names of the fields.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelCountsJson } from '../../shared/model/kernel-counts.ts';
import { builtTarget, type Running, start, temporaryFolder } from './targets.ts';

/** A fairness break is a wake that the kernel gave itself: the text alone tells no two kinds of io_uring_task_add. */
export type TextCounts = Omit<KernelCountsJson, 'wakes' | 'fairnessBreaks'> & { taskAdds: number };

export interface TextRing {
  fd: number;
  sqEntries: number;
  cqEntries: number;
  /** It is older than the text. */
  older: boolean;
  opcodes: Record<string, TextCounts>;
  total: TextCounts;
}

const noCounts = (): TextCounts => ({
  submits: 0,
  multishot: 0,
  single: 0,
  pollArms: 0,
  taskAdds: 0,
  completions: 0,
  fMore: 0,
  sockNonEmpty: 0,
  bufMore: 0,
  overflowed: 0,
  terminations: {},
  refused: 0,
});

export function addCounts(counts: readonly TextCounts[]): TextCounts {
  const sum = noCounts();
  for (const one of counts) {
    for (const key of Object.keys(sum) as (keyof TextCounts)[]) if (key !== 'terminations') sum[key] += one[key];
    for (const [cause, n] of Object.entries(one.terminations)) sum.terminations[cause] = (sum.terminations[cause] ?? 0) + n;
  }
  return sum;
}

/** The same form for what ringlens counted. */
export function asTextCounts({ wakes, fairnessBreaks, ...rest }: KernelCountsJson): TextCounts {
  return { ...rest, taskAdds: wakes + fairnessBreaks };
}

const errnos: Record<string, string> = { 22: 'EINVAL', 104: 'ECONNRESET', 105: 'ENOBUFS', 125: 'ECANCELED' };
const [BUFFER, MORE, NONEMPTY, BUF_MORE] = [1, 2, 4, 16];
const EPOLLONESHOT = 1 << 30;
const LINE = /^\s*(.+)-(\d+)\s+\[\d+\]\s+\S+\s+[\d.]+: io_uring_(\w+): ring ([0-9a-f]+), ?(.*)$/;

/** What one ring did, line by line. */
class RingText {
  readonly opcodes = new Map<string, TextCounts>();
  /** Opcode of the requests, by req and by user_data: a CQE's line has no opcode, and most have no req. */
  readonly #ofReq = new Map<string, string>();
  readonly #ofUserData: Map<string, string>;
  /** user_data whose requests were seen to be multishots. */
  readonly #multishots = new Set<string>();
  readonly #submitted = new Map<string, { opcode: string; n: number }>();

  constructor(
    readonly head: Omit<TextRing, 'opcodes' | 'total'>,
    older: Readonly<Record<string, string>>,
  ) {
    this.#ofUserData = new Map(Object.entries(older));
  }

  #of(opcode: string): TextCounts {
    const counts = this.opcodes.get(opcode) ?? noCounts();
    this.opcodes.set(opcode, counts);
    return counts;
  }

  #learn(req: string, userData: string, opcode: string): void {
    const known = this.#ofUserData.get(userData);
    if (known !== undefined && known !== opcode) throw new Error(`${userData} is the user_data of ${known} and of ${opcode}`);
    this.#ofReq.set(req, opcode);
    this.#ofUserData.set(userData, opcode);
  }

  take(event: string, rest: string): void {
    const field = (name: string) => new RegExp(`\\b${name}[ =]([^\\s,]+)`).exec(rest)?.[1] ?? '';
    const [req, userData, opcode] = [field('req'), field('user_data'), field('opcode')];
    // What is said of requests that are older than the text: an opcode that ringlens can't know is "unknown" throughout.
    const known = this.#ofUserData.get(userData) ?? opcode;
    switch (event) {
      case 'submit_req': {
        this.#learn(req, userData, opcode);
        this.#of(opcode).submits++;
        const { n } = this.#submitted.get(userData) ?? { n: 0 };
        this.#submitted.set(userData, { opcode, n: n + 1 });
        break;
      }
      case 'req_failed':
        this.#learn(req, userData, opcode);
        this.#of(opcode).refused++;
        break;
      case 'poll_arm':
        this.#of(known).pollArms++;
        if ((Number(field('mask')) & EPOLLONESHOT) === 0) this.#multishots.add(userData);
        break;
      case 'task_add':
        this.#of(known).taskAdds++;
        break;
      case 'complete':
      case 'cqe_overflow':
        this.#completed(event === 'cqe_overflow', req, userData, Number(field('result') || field('res')), Number(field('cflags')));
        break;
    }
  }

  #completed(overflow: boolean, req: string, userData: string, res: number, flags: number): void {
    const opcode = this.#ofUserData.get(userData);
    if (opcode === undefined) throw new Error(`a CQE of ${userData}, which nothing has submitted`);
    if (!/^0*$/.test(req)) {
      const told = this.#ofReq.get(req);
      if (told !== undefined && told !== opcode) throw new Error(`req ${req} is ${told}, its user_data says ${opcode}`);
    }
    const counts = this.#of(opcode);
    counts.completions++;
    if (overflow) counts.overflowed++;
    if ((flags & NONEMPTY) !== 0) counts.sockNonEmpty++;
    if ((flags & BUF_MORE) !== 0) counts.bufMore++;
    if ((flags & MORE) !== 0) {
      counts.fMore++;
      this.#multishots.add(userData);
      return;
    }
    const end = this.#end(overflow && this.#multishots.has(userData), opcode, res, flags);
    counts.terminations[end] = (counts.terminations[end] ?? 0) + 1;
  }

  #end(isFull: boolean, opcode: string, res: number, flags: number): string {
    if (res < 0) return errnos[-res] ?? `errno ${-res}`;
    if (!opcode.startsWith('RECV')) return 'ok';
    if (res === 0 && (flags & BUFFER) === 0) return 'EOF';
    return isFull ? 'overflow' : 'data';
  }

  finish(): TextRing {
    for (const [userData, { opcode, n }] of this.#submitted) this.#of(opcode)[this.#multishots.has(userData) ? 'multishot' : 'single'] += n;
    return { ...this.head, opcodes: Object.fromEntries(this.opcodes), total: addCounts([...this.opcodes.values()]) };
  }
}

/** Opcode by user_data of the requests that were in flight before the text began: "0x1000" → "RECV". */
export type OlderRequests = Readonly<Record<string, string>>;

interface OlderRing {
  ctx: string;
  fd: number;
}

/** Rings in the order in which they came; those that are `older` first. `pids`: whose threads they are where the text has no name. */
export function countText(
  text: string,
  comm: string,
  older: readonly OlderRing[],
  requests: OlderRequests,
  pids: readonly number[],
): TextRing[] {
  const unknown = { sqEntries: 0, cqEntries: 0 };
  const rings: RingText[] = [];
  const byCtx = new Map<string, RingText>();
  const add = (ctx: string, ring: RingText) => {
    rings.push(ring);
    byCtx.set(ctx, ring);
  };
  for (const { ctx, fd } of older) add(ctx, new RingText({ fd, ...unknown, older: true }, requests));
  for (const line of text.split('\n')) {
    const [, by, tid, event, ctx, rest] = LINE.exec(line) ?? [];
    if (by === undefined || event === undefined || ctx === undefined || rest === undefined) continue;
    if (event !== 'create') {
      byCtx.get(ctx)?.take(event, rest);
      continue;
    }
    byCtx.delete(ctx);
    // The kernel has not kept the name of every thread; others' threads have none either.
    if (by !== comm && !(by === '<...>' && pids.includes(Number(tid)))) continue;
    const [, fd, sqEntries, cqEntries] = /fd (\d+) sq size (\d+), cq size (\d+)/.exec(rest)?.map(Number) ?? [];
    if (fd === undefined || sqEntries === undefined || cqEntries === undefined) throw new Error(`can't be read: ${line}`);
    add(ctx, new RingText({ fd, sqEntries, cqEntries, older: false }, {}));
  }
  return rings.map((ring) => ring.finish());
}

export class KernelText {
  private constructor(
    private readonly comm: string,
    private readonly folder: string,
    private readonly dump: Running,
  ) {}

  /** From here on the text has all that processes called `comm` do with rings which they make, and with those that `pid` has. */
  static async start(comm: string, pid?: number): Promise<KernelText> {
    const folder = temporaryFolder();
    // tracer_dump wants a process: one that has no ring.
    const attached = pid ?? start('cat').pid;
    const files = ['--out', join(folder, 'rings.jsonl'), '--text', join(folder, 'text')];
    const dump = start(builtTarget('tracer_dump'), [...files, '--creator', comm, '--count', '--attach', `${attached}`]);
    await dump.saw('stderr', /ready/);
    return new KernelText(comm, folder, dump);
  }

  /** Ends the text and counts it. Throws where the kernel has lost a line of it. */
  async finish(pids: readonly number[], requests: OlderRequests = {}): Promise<TextRing[]> {
    this.dump.child.kill('SIGTERM');
    const { code } = await this.dump.ended;
    if (code !== 0) throw new Error(`the text trace ended with ${code}: ${this.dump.stderr}`);
    const lines = readFileSync(join(this.folder, 'rings.jsonl'), 'utf8').split('\n');
    const told = lines.filter((line) => line.includes('"ringId"')).map((line) => JSON.parse(line) as OlderRing & { created: boolean });
    const older = told.filter(({ created }) => !created);
    return countText(readFileSync(join(this.folder, 'text'), 'utf8'), this.comm, older, requests, pids);
  }
}
