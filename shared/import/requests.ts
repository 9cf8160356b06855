/**
 * Which request an event of a ring belongs to: the rules of native/src/tracer/request_tracker.h, for text. Each submitted SQE
 * gets the next number; the kernel's `req` joins the events inside one request's life and is NULL on every F_MORE completion,
 * where user_data tells, and several live requests may share that.
 */
import { REQUEST_OPCODE_SHIFT, RequestFlag } from '../schema/events.ts';
import { EPOLLONESHOT, OPCODE_UNKNOWN, Opcode } from '../schema/uapi.ts';

/** Live requests of a ring that are remembered: beyond it the ends of the oldest were lost. */
const MOST_LIVE = 1 << 17;

export interface Request {
  readonly userData: bigint;
  /** The kernel's pointer; '' = not seen. */
  req: string;
  readonly number: number;
  opcode: number;
  multishot: boolean;
  /** Submitted before the text begins. */
  older: boolean;
  fixedFile: boolean;
  /** -1 = not told. */
  fd: number;
}

export interface Match {
  request: Request;
  ambiguous: boolean;
  /** The event is the first that shows it: its submission is not in the text. */
  adopted: boolean;
}

/** The request word of shared/schema/events.ts. */
export function wordOf({ request, ambiguous }: Match): number {
  const { multishot, older, fixedFile, opcode } = request;
  const bit = (on: boolean, flag: number): number => (on ? flag : 0);
  const code = opcode === OPCODE_UNKNOWN ? 0 : opcode + 1;
  return (
    bit(ambiguous, RequestFlag.ambiguous) |
    bit(multishot, RequestFlag.multishot) |
    bit(older, RequestFlag.older) |
    bit(fixedFile, RequestFlag.fixedFile) |
    (code << REQUEST_OPCODE_SHIFT)
  );
}

type Facts = Pick<Request, 'opcode' | 'multishot' | 'fixedFile'>;
const unknownFacts: Facts = { opcode: OPCODE_UNKNOWN, multishot: false, fixedFile: false };

export class RequestTracker {
  #last = 0;
  /** Live requests of a user_data, the newest last. */
  readonly #byUserData = new Map<bigint, Request[]>();
  readonly #byReq = new Map<string, Request>();
  /** All of them, the oldest first. */
  readonly #live = new Set<Request>();
  /** Events whose user_data several live requests shared, with nothing to tell them apart. */
  ambiguous = 0;

  submit(userData: bigint, req: string, facts: Facts): Request {
    return this.#open(userData, req, facts);
  }

  /** Any event in a request's life. */
  join(userData: bigint, req: string): Match {
    return this.#match(userData, req, false);
  }

  /** The kernel armed its poll. */
  pollArm(userData: bigint, req: string, mask: number): Match {
    const match = this.#match(userData, req, false);
    if (req !== '') match.request.multishot = (mask & EPOLLONESHOT) === 0;
    return match;
  }

  /** A CQE with F_MORE. */
  more(userData: bigint, req: string): Match {
    const match = this.#match(userData, req, true);
    const { opcode } = match.request;
    // The first of the two CQEs of a zero-copy send has F_MORE as well.
    if (opcode !== Opcode.SEND_ZC && opcode !== Opcode.SENDMSG_ZC) match.request.multishot = true;
    return match;
  }

  /** A CQE without F_MORE. */
  end(userData: bigint, req: string): Match {
    const match = this.#match(userData, req, false);
    this.#close(match.request);
    return match;
  }

  #open(userData: bigint, req: string, { opcode, multishot, fixedFile }: Facts): Request {
    // The kernel hands out a req again only when its request is over: without a CQE, or with one that was lost.
    const before = req === '' ? undefined : this.#byReq.get(req);
    if (before !== undefined) this.#close(before);
    if (this.#live.size >= MOST_LIVE)
      for (const oldest of this.#live) {
        this.#close(oldest);
        break;
      }
    this.#last++;
    const request = { userData, req, number: this.#last, opcode, multishot, older: false, fixedFile, fd: -1 };
    this.#live.add(request);
    if (req !== '') this.#byReq.set(req, request);
    const same = this.#byUserData.get(userData);
    if (same === undefined) this.#byUserData.set(userData, [request]);
    else same.push(request);
    return request;
  }

  #close(request: Request): void {
    this.#live.delete(request);
    if (request.req !== '') this.#byReq.delete(request.req);
    const same = this.#byUserData.get(request.userData) ?? [];
    const at = same.indexOf(request);
    if (at >= 0) same.splice(at, 1);
    if (same.length === 0) this.#byUserData.delete(request.userData);
  }

  #match(userData: bigint, req: string, wantMultishot: boolean): Match {
    const found = this.#find(userData, req, wantMultishot);
    if (found !== null) return { ...found, adopted: false };
    return { request: this.#open(userData, req, unknownFacts), ambiguous: false, adopted: true };
  }

  #find(userData: bigint, req: string, wantMultishot: boolean): { request: Request; ambiguous: boolean } | null {
    const same = this.#byUserData.get(userData) ?? [];
    if (req !== '') {
      const known = this.#byReq.get(req);
      if (known?.userData === userData) return { request: known, ambiguous: false };
      // Nobody's req: a request from before the text, perhaps one that F_MORE completions have shown already.
      const request = same.findLast((one) => one.req === '');
      if (request === undefined) return null;
      if (known !== undefined) this.#close(known); // its end was lost
      request.req = req;
      this.#byReq.set(req, request);
      return { request, ambiguous: false };
    }
    const newest = same.at(-1);
    if (newest === undefined) return null;
    if (same.length === 1) return { request: newest, ambiguous: false };
    // Only a multishot gives F_MORE, so one multishot among them is certain.
    const multishots = same.filter(({ multishot }) => multishot);
    if (wantMultishot && multishots.length === 1) return { request: multishots[0] as Request, ambiguous: false };
    this.ambiguous++;
    return { request: (wantMultishot ? multishots.at(-1) : undefined) ?? newest, ambiguous: true };
  }
}
