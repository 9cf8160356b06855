/** One buffer group over time, in bins. */

import { type BinWidth, binOf } from './bin.ts';
import { TimeLog } from './time-log.ts';

export class GroupTrack {
  /** t = start of the bin, a = least free, b = most free; at its end c = free + filled * 2^16, d = held. */
  bins = new TimeLog();
  /** As they were noted last. */
  free = 0;
  filled = 0;
  held = 0;

  constructor(
    readonly number: number,
    private readonly width: BinWidth,
  ) {}

  /** The bins have become longer. */
  coarsen(): void {
    const { t, a, b, c, d } = this.bins;
    this.bins.compact((i, to) => {
      const from = binOf(this.width, t[i] as number);
      t[i] = from;
      const last = to - 1;
      if (last < this.bins.start || t[last] !== from) return -1;
      a[last] = Math.min(a[last] as number, a[i] as number);
      b[last] = Math.max(b[last] as number, b[i] as number);
      c[last] = c[i] as number;
      d[last] = d[i] as number;
      return last;
    });
  }

  /** Takes down how the group is now; false when nothing has changed. */
  note(t: number, free: number, filled: number, held: number): boolean {
    if (free === this.free && filled === this.filled && held === this.held) return false;
    this.free = free;
    this.filled = filled;
    this.held = held;
    const log = this.bins;
    const from = binOf(this.width, t);
    if (log.length === 0 || (log.t[log.end - 1] as number) < from) log.push(from, free, free);
    const k = log.end - 1;
    if (free < (log.a[k] as number)) log.a[k] = free;
    if (free > (log.b[k] as number)) log.b[k] = free;
    log.c[k] = (free + filled * 0x10000) >>> 0;
    log.d[k] = held;
    return true;
  }
}
