/** Where in the trace an event number lies, and which number a moment has: exact at the edges of parts, even within them. */
import type { TracePart } from './trace-reader.ts';

export class PartTimes {
  /** Events of all parts. */
  readonly total: number;
  /** Time of the last event, ns. */
  readonly end: number;
  /** Events before each part. */
  readonly #before: Float64Array;

  constructor(private readonly parts: readonly TracePart[]) {
    this.#before = new Float64Array(parts.length);
    let n = 0;
    let end = 0;
    parts.forEach((part, i) => {
      this.#before[i] = n;
      n += part.count;
      end = Math.max(end, part.tLast);
    });
    this.total = n;
    this.end = end;
  }

  /** Events before this moment, about. */
  numberAt(t: number): number {
    const { parts } = this;
    let lo = 0;
    let hi = parts.length;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if ((parts[mid] as TracePart).tLast < t) lo = mid + 1;
      else hi = mid;
    }
    const part = parts[lo];
    if (part === undefined) return this.total;
    const inside = Math.min(1, Math.max(0, (t - part.tFirst) / Math.max(1, part.tLast - part.tFirst)));
    return (this.#before[lo] as number) + inside * part.count;
  }
}
