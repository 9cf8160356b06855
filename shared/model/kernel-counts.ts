/**
 * What the requests of one opcode, or of all, did, counted from the kernel's events (submits of the own workload from its
 * probe): the part of the JSON that is the same for every source. Documented in docs/json.md.
 */
import type { EventTable } from '../codec/event-table.ts';
import { Kind, opcodeOfWord, RequestFlag } from '../schema/events.ts';
import { AcceptIoprio, CqeFlag, errnoName, Opcode, opcodeName } from '../schema/uapi.ts';
import { ioprioOf, isMultishotRecv, isRecvOpcode, opcodeOf } from './requests.ts';
import { causeOf } from './terminate-cause.ts';

export interface KernelCountsJson {
  submits: number;
  /** Of those: multishot and single shot. */
  multishot: number;
  single: number;
  pollArms: number;
  wakes: number;
  /** Times that the kernel queued a multishot again by itself, after 33 CQEs in a row: no wake. */
  fairnessBreaks: number;
  /** CQEs posted, those on the overflow list too. */
  completions: number;
  fMore: number;
  sockNonEmpty: number;
  bufMore: number;
  overflowed: number;
  /** CQEs without F_MORE, by cause: EOF, data, ok, overflow, or the errno's name. */
  terminations: Record<string, number>;
  /** SQEs that the kernel refused at the door. */
  refused: number;
}

/** Whether a submit asks for a multishot, of any opcode that can be one. */
function isMultishot(a: number): boolean {
  return isMultishotRecv(a) || (opcodeOf(a) === Opcode.ACCEPT && (ioprioOf(a) & AcceptIoprio.ACCEPT_MULTISHOT) !== 0);
}

export class KernelCounts implements KernelCountsJson {
  submits = 0;
  multishot = 0;
  single = 0;
  pollArms = 0;
  wakes = 0;
  fairnessBreaks = 0;
  completions = 0;
  fMore = 0;
  sockNonEmpty = 0;
  bufMore = 0;
  overflowed = 0;
  terminations: Record<string, number> = {};
  refused = 0;

  completed(table: EventTable, i: number, opcode: number): void {
    const flags = table.flags[i] as number;
    this.completions++;
    if (table.kind[i] === Kind.cqe_overflow) this.overflowed++;
    if ((flags & CqeFlag.F_MORE) !== 0) this.fMore++;
    if ((flags & CqeFlag.F_SOCK_NONEMPTY) !== 0) this.sockNonEmpty++;
    if ((flags & CqeFlag.F_BUF_MORE) !== 0) this.bufMore++;
    if ((flags & CqeFlag.F_MORE) !== 0) return;
    let name = endName(table.res[i] as number, flags, opcode);
    // The CQ was full, and so the kernel ended the multishot with this CQE; a single shot would have ended anyway.
    if (name === 'data' && table.kind[i] === Kind.cqe_overflow && ((table.a[i] as number) & RequestFlag.multishot) !== 0) name = 'overflow';
    this.terminations[name] = (this.terminations[name] ?? 0) + 1;
  }

  add(other: KernelCountsJson): void {
    this.submits += other.submits;
    this.multishot += other.multishot;
    this.single += other.single;
    this.pollArms += other.pollArms;
    this.wakes += other.wakes;
    this.fairnessBreaks += other.fairnessBreaks;
    this.completions += other.completions;
    this.fMore += other.fMore;
    this.sockNonEmpty += other.sockNonEmpty;
    this.bufMore += other.bufMore;
    this.overflowed += other.overflowed;
    for (const [name, n] of Object.entries(other.terminations)) this.terminations[name] = (this.terminations[name] ?? 0) + n;
    this.refused += other.refused;
  }
}

function endName(res: number, flags: number, opcode: number): string {
  if (res < 0) return errnoName(res);
  if (!isRecvOpcode(opcode)) return 'ok';
  return causeOf(res, flags) === 'eof' ? 'EOF' : 'data';
}

/** One ring's counts, by opcode. */
export class RingCounts {
  /** By opcode + 1; 0 = the opcode is not known (a request that is older than the trace). */
  readonly #byOpcode: (KernelCounts | undefined)[] = [];

  #of(opcode: number): KernelCounts {
    let counts = this.#byOpcode[opcode + 1];
    if (counts === undefined) {
      counts = new KernelCounts();
      this.#byOpcode[opcode + 1] = counts;
    }
    return counts;
  }

  /** Takes in one event of this ring; `fairness` = the wake is the kernel's own. */
  apply(table: EventTable, i: number, fairness: boolean): void {
    switch (table.kind[i]) {
      case Kind.submit: {
        const a = table.a[i] as number;
        const counts = this.#of(opcodeOf(a));
        counts.submits++;
        if (isMultishot(a)) counts.multishot++;
        else counts.single++;
        break;
      }
      case Kind.poll_arm:
        this.#of(opcodeOfWord(table.flags[i] as number)).pollArms++;
        break;
      case Kind.wake: {
        const counts = this.#of(opcodeOfWord(table.b[i] as number));
        if (fairness) counts.fairnessBreaks++;
        else counts.wakes++;
        break;
      }
      case Kind.complete:
      case Kind.cqe_overflow: {
        const opcode = opcodeOfWord(table.a[i] as number);
        this.#of(opcode).completed(table, i, opcode);
        break;
      }
      case Kind.req_failed:
        this.#of((table.a[i] as number) & 0xff).refused++;
        break;
      default:
        break;
    }
  }

  get total(): KernelCounts {
    const total = new KernelCounts();
    for (const counts of this.#byOpcode) if (counts !== undefined) total.add(counts);
    return total;
  }

  /** By the opcode's name, "unknown" where it is not known; in the order of their numbers. */
  toJSON(): Record<string, KernelCountsJson> {
    const named: [string, KernelCountsJson][] = [];
    this.#byOpcode.forEach((counts, index) => {
      if (counts !== undefined) named.push([index === 0 ? 'unknown' : opcodeName(index - 1), { ...counts }]);
    });
    return Object.fromEntries(named);
  }
}
