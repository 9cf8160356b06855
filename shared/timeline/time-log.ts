/** A list ordered by time with up to four numbers an entry, that grows at its end and is cut at its start. */
const FIRST_CAPACITY = 64;

export class TimeLog {
  t = new Float64Array(FIRST_CAPACITY);
  a = new Int32Array(FIRST_CAPACITY);
  b = new Int32Array(FIRST_CAPACITY);
  c = new Uint32Array(FIRST_CAPACITY);
  d = new Uint32Array(FIRST_CAPACITY);
  /** Entries are at start … end - 1 of the columns. */
  start = 0;
  end = 0;
  /** Entries that were cut off so far: `cut + (i - start)` names an entry for good. */
  cut = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Appends an entry; returns its lasting number. */
  push(t: number, a = 0, b = 0, c = 0, d = 0): number {
    if (this.end === this.t.length) this.#room();
    const i = this.end++;
    this.t[i] = t;
    this.a[i] = a;
    this.b[i] = b;
    this.c[i] = c;
    this.d[i] = d;
    return this.cut + i - this.start;
  }

  /** Column index of an entry by its lasting number, or -1 when it was cut off. */
  indexOf(number: number): number {
    return number < this.cut ? -1 : number - this.cut + this.start;
  }

  /** Column index of the first entry with t ≥ `t`; `end` when there is none. */
  lowerBound(t: number): number {
    let lo = this.start;
    let hi = this.end;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if ((this.t[mid] as number) < t) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  /** Cuts off what lies before `t`, but leaves the last `keep` entries of it: what held at `t`. */
  dropBefore(t: number, keep = 0): void {
    const to = Math.max(this.start, this.lowerBound(t) - keep);
    this.cut += to - this.start;
    this.start = to;
  }

  /** The entry as numbers, and an entry made of such: to be stored. */
  row(i: number): number[] {
    return [this.t[i] as number, this.a[i] as number, this.b[i] as number, this.c[i] as number, this.d[i] as number];
  }

  /**
   * Makes fewer entries of them, in their order: `merge` says for an entry which of those that stay it goes into (a row of
   * the log, at most the last one that stays), or -1 when it stays itself. `moved` then tells the new lasting number of each.
   */
  compact(merge: (i: number, staying: number) => number, moved?: (from: number, to: number) => void): void {
    let to = this.start;
    const { start, end, cut } = this;
    for (let i = start; i < end; i++) {
      const into = merge(i, to);
      if (into >= 0) {
        moved?.(cut + i - start, cut + into - start);
        continue;
      }
      moved?.(cut + i - start, cut + to - start);
      for (const column of [this.t, this.a, this.b, this.c, this.d]) column[to] = column[i] as number;
      to++;
    }
    this.end = to;
  }

  #room(): void {
    const length = this.end - this.start;
    // Shift when half of the columns is free, grow otherwise.
    const capacity = length * 2 > this.t.length ? this.t.length * 2 : this.t.length;
    const move = <T extends Float64Array | Int32Array | Uint32Array>(from: T, to: T): T => {
      to.set(from.subarray(this.start, this.end) as never);
      return to;
    };
    this.t = move(this.t, new Float64Array(capacity));
    this.a = move(this.a, new Int32Array(capacity));
    this.b = move(this.b, new Int32Array(capacity));
    this.c = move(this.c, new Uint32Array(capacity));
    this.d = move(this.d, new Uint32Array(capacity));
    this.start = 0;
    this.end = length;
  }
}
