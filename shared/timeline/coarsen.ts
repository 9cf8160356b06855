/** Lists of the index of a whole trace, when its bins become longer. */
import { type BinWidth, binOf } from './bin.ts';
import type { TimeLog } from './time-log.ts';

/** Reaps add up; of waits of another process the largest stays (see `#waitBin`). */
export function coarsenReaps(log: TimeLog, width: BinWidth, largest: boolean): void {
  const { t, a, b } = log;
  log.compact((i, to) => {
    const from = binOf(width, t[i] as number);
    t[i] = from;
    const last = to - 1;
    if (last < log.start || t[last] !== from) return -1;
    a[last] = (a[last] as number) + (a[i] as number);
    b[last] = largest ? Math.max(b[last] as number, b[i] as number) : (b[last] as number) + (b[i] as number);
    return last;
  });
}

/** Of the same errors of one lane in a bin the last stays: each is in the marks of its lane too, where it is counted. */
export function coarsenErrors(log: TimeLog, width: BinWidth): void {
  const { t, a, b, c, d } = log;
  let bin = Number.NaN;
  let first = log.start;
  log.compact((i, to) => {
    const from = binOf(width, t[i] as number);
    if (from !== bin) first = to;
    bin = from;
    for (let k = to - 1; k >= first; k--) {
      if (a[k] !== a[i] || b[k] !== b[i]) continue;
      c[k] = c[i] as number;
      d[k] = d[i] as number;
      return k;
    }
    return -1;
  });
}
