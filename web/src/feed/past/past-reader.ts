/**
 * The past of a live session as a recorded trace is read: parts that the agent keeps, in memory or on disk. The row of parts
 * only grows, so that what was made of it stays right; a part that the agent has let go can't be read any more.
 */
import { readHeader, splitBlocks } from '../../../../shared/codec/block.ts';
import { readPast } from '../../../../shared/protocol/past.ts';
import type { TracePart, TraceReader } from '../replay/trace-reader.ts';

/** Fetches from the agent, by path; null = it is gone (404, 410). Rejects where there is no answer. */
export type FetchPast = (path: string) => Promise<ArrayBuffer | null>;

interface PastPart extends TracePart {
  /** A snapshot begins in it. */
  readonly hasSnapshot: boolean;
}

/** Events that are gone through for a snapshot, ahead of the window. */
const MOST_FOR_SNAPSHOT = 4_000_000;
/** Parts in one answer, of 1 MiB each; the agent gives no more than 8 MiB. */
const AHEAD = 4;
const KEPT = 3;

export class PastReader implements TraceReader {
  readonly parts: PastPart[] = [];
  readonly keys = [];
  /** The parts that came with an answer, of some: an index is made of them, and then a picture. The newest first. */
  #answers: ReadonlyMap<number, Uint8Array[]>[] = [];
  /** The part behind the newest answer. */
  #next = 0;

  constructor(private readonly fetchPast: FetchPast) {}

  /** Takes in the parts that have come since; resolves with how many. Parts begin and end with blocks, whenever they were told. */
  async refresh(): Promise<number> {
    const body = await this.fetchPast('/past');
    const list = body === null ? null : readPast(JSON.parse(new TextDecoder().decode(body)));
    if (list === null) throw new Error('The agent does not tell what is past; load the page again.');
    const before = this.parts.length;
    for (const [seq, count, tFirst, tLast, hasSnapshot] of list.parts) {
      const last = this.parts.at(-1);
      const known = last === undefined ? -1 : Number(last.seq) + last.count;
      if (seq + count <= known) continue;
      // Some of it is known: the log had been cut into parts elsewhere.
      const from = Math.max(seq, known);
      this.parts.push({
        seq: BigInt(from),
        count: seq + count - from,
        tFirst: from > seq ? Math.max(tFirst, last?.tLast ?? tFirst) : tFirst,
        tLast,
        // It may be in what is known.
        hasSnapshot: hasSnapshot === 1 && from === seq,
      });
    }
    return this.parts.length - before;
  }

  /**
   * Where to begin, so that the state at `t` is known: with the first part, or with one that has a snapshot; as early as at most
   * `most` events before `t` are read for it, or else with the nearest. Lets go what is before, which is only right until
   * something is made of the row, and gives the moment from which on the state is known, ns; −∞ = from the start.
   */
  beginFor(t: number, most: number): number {
    // The window begins in the part behind it, or later.
    const behind = this.parts.findIndex(({ tLast }) => tLast >= t);
    const last = (behind < 0 ? this.parts.length : behind) - 1;
    let begin = -1;
    let events = 0;
    for (let i = last; i >= 0; i--) {
      const { count, hasSnapshot } = this.parts[i] as PastPart;
      events += count;
      if (events > (begin < 0 ? MOST_FOR_SNAPSHOT : most)) break;
      if (hasSnapshot || i === 0) begin = i;
    }
    // Where nothing is restated, the state is not known wherever one begins.
    const isKnown = begin >= 0;
    if (!isKnown) begin = Math.max(0, last);
    const first = this.parts[begin];
    this.parts.splice(0, begin);
    return begin === 0 || first === undefined ? Number.NEGATIVE_INFINITY : isKnown ? first.tLast : first.tFirst;
  }

  async blocks(part: number): Promise<Uint8Array[]> {
    const held = this.#answers.find((answer) => answer.has(part))?.get(part);
    if (held !== undefined) return held;
    const { seq } = this.parts[part] as PastPart;
    // Who reads on gets some at once: on a busy machine it is the asking that takes its time.
    const last = part === this.#next ? Math.min(part + AHEAD, this.parts.length) - 1 : part;
    this.#next = last + 1;
    const { seq: lastSeq, count } = this.parts[last] as PastPart;
    const body = await this.fetchPast(`/past/blocks?from=${seq}&to=${lastSeq + BigInt(count)}`);
    const answer = new Map<number, Uint8Array[]>();
    let of = part;
    for (const block of body === null ? [] : splitBlocks(new Uint8Array(body))) {
      while (of < last && readHeader(block).seq >= (this.parts[of + 1] as PastPart).seq) of++;
      const own = answer.get(of) ?? [];
      own.push(block);
      answer.set(of, own);
    }
    this.#answers = [answer, ...this.#answers.slice(0, KEPT - 1)];
    const own = answer.get(part);
    if (own === undefined) throw new Error('The agent no longer keeps this part of the session.');
    return own;
  }

  keyframe(): Promise<Uint8Array> {
    return Promise.reject(new Error('A live session has no stored keyframe.'));
  }

  view(): Promise<null> {
    return Promise.resolve(null);
  }
}

export const fetchPast: FetchPast = async (path) => {
  const answer = await fetch(new URL(path, self.location.origin)).catch(() => null);
  if (answer === null) throw new Error('The agent does not answer: what it keeps can be seen when it is back.');
  if (answer.status === 404 || answer.status === 410) return null;
  if (!answer.ok) throw new Error(`The agent can't give what is past: ${await answer.text()}`);
  return answer.arrayBuffer();
};
