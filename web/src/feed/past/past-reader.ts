/**
 * The past of a live session as a recorded trace is read: parts that the agent keeps, in memory or on disk. The row of parts
 * only grows, so that what was made of it stays right; a part that the agent has let go can't be read any more.
 */
import { splitBlocks } from '../../../../shared/codec/block.ts';
import { readPast } from '../../../../shared/protocol/past.ts';
import type { TracePart, TraceReader } from '../replay/trace-reader.ts';

/** Fetches from the agent, by path; null = it is gone (404, 410). Rejects where there is no answer. */
export type FetchPast = (path: string) => Promise<ArrayBuffer | null>;

export class PastReader implements TraceReader {
  readonly parts: TracePart[] = [];
  readonly keys = [];

  constructor(private readonly fetchPast: FetchPast) {}

  /** Takes in the parts that have come since; resolves with how many. Parts begin and end with blocks, whenever they were told. */
  async refresh(): Promise<number> {
    const body = await this.fetchPast('/past');
    const list = body === null ? null : readPast(JSON.parse(new TextDecoder().decode(body)));
    if (list === null) throw new Error('The agent does not tell what is past; load the page again.');
    const before = this.parts.length;
    for (const [seq, count, tFirst, tLast] of list.parts) {
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
      });
    }
    return this.parts.length - before;
  }

  /**
   * Lets go the parts that end before this moment, but the last of them: before anything is made of the row. A ring that is
   * restated each second is known soon behind wherever one begins.
   */
  beginAt(t: number): void {
    const first = this.parts.findIndex(({ tLast }) => tLast >= t);
    this.parts.splice(0, Math.max(0, (first < 0 ? this.parts.length : first) - 1));
  }

  async blocks(part: number): Promise<Uint8Array[]> {
    const { seq, count } = this.parts[part] as TracePart;
    const body = await this.fetchPast(`/past/blocks?from=${seq}&to=${seq + BigInt(count)}`);
    if (body === null) throw new Error('The agent no longer keeps this part of the session.');
    return [...splitBlocks(new Uint8Array(body))];
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
