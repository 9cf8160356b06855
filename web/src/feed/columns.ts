/** Columns that grow, used again for every picture; `take` copies what is in them into arrays of the picture's own. */
import type { CqeRows, GroupSeries, LaneMarks, LaneSpans, PointMarks } from './picture.ts';

const FIRST = 1024;
type Column = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

const grown = <T extends Column>(column: T): T => {
  const Ctor = column.constructor as new (n: number) => T;
  const to = new Ctor(column.length * 2);
  to.set(column as never);
  return to;
};

export class MarkColumns {
  length = 0;
  lane = new Uint16Array(FIRST);
  t = new Float64Array(FIRST);
  kind = new Uint8Array(FIRST);
  flag = new Uint8Array(FIRST);
  res = new Int32Array(FIRST);
  word = new Uint32Array(FIRST);
  count = new Uint32Array(FIRST);
  batch = new Uint32Array(FIRST);

  push(lane: number, t: number, kind: number, flag: number, res: number, word: number, count: number, batch: number): number {
    if (this.length === this.t.length) this.#grow();
    const i = this.length++;
    this.lane[i] = lane;
    this.t[i] = t;
    this.kind[i] = kind;
    this.flag[i] = flag;
    this.res[i] = res;
    this.word[i] = word;
    this.count[i] = count;
    this.batch[i] = batch;
    return i;
  }

  copy(from: MarkColumns, i: number): void {
    this.push(
      from.lane[i] as number,
      from.t[i] as number,
      from.kind[i] as number,
      from.flag[i] as number,
      from.res[i] as number,
      from.word[i] as number,
      from.count[i] as number,
      from.batch[i] as number,
    );
  }

  #grow(): void {
    this.lane = grown(this.lane);
    this.t = grown(this.t);
    this.kind = grown(this.kind);
    this.flag = grown(this.flag);
    this.res = grown(this.res);
    this.word = grown(this.word);
    this.count = grown(this.count);
    this.batch = grown(this.batch);
  }

  take(): LaneMarks {
    const n = this.length;
    return {
      length: n,
      lane: this.lane.slice(0, n),
      t: this.t.slice(0, n),
      kind: this.kind.slice(0, n),
      flag: this.flag.slice(0, n),
      res: this.res.slice(0, n),
      word: this.word.slice(0, n),
      count: this.count.slice(0, n),
      batch: this.batch.slice(0, n),
    };
  }
}

export class SpanColumns {
  length = 0;
  lane = new Uint16Array(FIRST);
  kind = new Uint8Array(FIRST);
  inferred = new Uint8Array(FIRST);
  t0 = new Float64Array(FIRST);
  t1 = new Float64Array(FIRST);

  push(lane: number, kind: number, inferred: number, t0: number, t1: number): void {
    if (this.length === this.t0.length) {
      this.lane = grown(this.lane);
      this.kind = grown(this.kind);
      this.inferred = grown(this.inferred);
      this.t0 = grown(this.t0);
      this.t1 = grown(this.t1);
    }
    const i = this.length++;
    this.lane[i] = lane;
    this.kind[i] = kind;
    this.inferred[i] = inferred;
    this.t0[i] = t0;
    this.t1[i] = t1;
  }

  take(): LaneSpans {
    const n = this.length;
    return {
      length: n,
      lane: this.lane.slice(0, n),
      kind: this.kind.slice(0, n),
      inferred: this.inferred.slice(0, n),
      t0: this.t0.slice(0, n),
      t1: this.t1.slice(0, n),
    };
  }
}

/**
 * The group over time. Changes of one pixel are one point with their extremes; after that pixel the last of them holds, which
 * is a point of its own where the next change is farther away.
 */
export class SeriesColumns {
  length = 0;
  t = new Float64Array(FIRST);
  freeMin = new Int32Array(FIRST);
  freeMax = new Int32Array(FIRST);
  filled = new Int32Array(FIRST);
  held = new Int32Array(FIRST);
  #pixel = -1;
  #pixelNs = 0;
  /** Free buffers after the last change. */
  #last = 0;

  /** `pixelNs` > 0: changes are merged by pixels of this length. */
  clear(pixelNs = 0): void {
    this.length = 0;
    this.#pixel = -1;
    this.#pixelNs = pixelNs;
  }

  /** A change, or a bin of them that ends with `last`. */
  push(t: number, freeMin: number, freeMax: number, last: number, filled: number, held: number): void {
    if (this.#pixelNs > 0) {
      const pixel = Math.floor(t / this.#pixelNs);
      if (pixel === this.#pixel && this.length > 0) {
        const k = this.length - 1;
        if (freeMin < (this.freeMin[k] as number)) this.freeMin[k] = freeMin;
        if (freeMax > (this.freeMax[k] as number)) this.freeMax[k] = freeMax;
        this.filled[k] = filled;
        this.held[k] = held;
        this.#last = last;
        return;
      }
      if (pixel > this.#pixel + 1) this.settle();
      this.#pixel = pixel;
    }
    this.#last = last;
    this.#append(t, freeMin, freeMax, filled, held);
  }

  /** After a pixel of several values the last of them holds. */
  settle(): void {
    const k = this.length - 1;
    if (k < 0 || this.#pixelNs === 0 || this.#pixel < 0 || this.freeMin[k] === this.freeMax[k]) return;
    this.#append((this.#pixel + 1) * this.#pixelNs, this.#last, this.#last, this.filled[k] as number, this.held[k] as number);
  }

  #append(t: number, freeMin: number, freeMax: number, filled: number, held: number): void {
    if (this.length === this.t.length) {
      this.t = grown(this.t);
      this.freeMin = grown(this.freeMin);
      this.freeMax = grown(this.freeMax);
      this.filled = grown(this.filled);
      this.held = grown(this.held);
    }
    const i = this.length++;
    this.t[i] = t;
    this.freeMin[i] = freeMin;
    this.freeMax[i] = freeMax;
    this.filled[i] = filled;
    this.held[i] = held;
  }

  take(): GroupSeries {
    const n = this.length;
    return {
      length: n,
      t: this.t.slice(0, n),
      freeMin: this.freeMin.slice(0, n),
      freeMax: this.freeMax.slice(0, n),
      filled: this.filled.slice(0, n),
      held: this.held.slice(0, n),
    };
  }
}

/** Points of one pixel and lane are one point that counts them. */
export class PointColumns {
  length = 0;
  t = new Float64Array(FIRST);
  lane = new Int32Array(FIRST);
  count = new Uint32Array(FIRST);
  #pixel = -1;

  clear(): void {
    this.length = 0;
    this.#pixel = -1;
  }

  /** In one pixel counts are added up, or the `largest` stays. */
  push(t: number, lane: number, count: number, pixel: number, largest = false): void {
    const last = this.length - 1;
    if (pixel === this.#pixel && last >= 0 && this.lane[last] === lane) {
      const before = this.count[last] as number;
      this.count[last] = largest ? Math.max(before, count) : before + count;
      return;
    }
    this.#pixel = pixel;
    if (this.length === this.t.length) {
      this.t = grown(this.t);
      this.lane = grown(this.lane);
      this.count = grown(this.count);
    }
    const i = this.length++;
    this.t[i] = t;
    this.lane[i] = lane;
    this.count[i] = count;
  }

  take(): PointMarks {
    const n = this.length;
    return { length: n, t: this.t.slice(0, n), lane: this.lane.slice(0, n), count: this.count.slice(0, n) };
  }
}

export const emptyRows = (n: number): CqeRows => ({
  length: n,
  seq: new Float64Array(n),
  t: new Float64Array(n),
  slot: new Int32Array(n),
  res: new Int32Array(n),
  flags: new Uint32Array(n),
  batch: new Uint32Array(n),
  multishot: new Uint8Array(n),
});
