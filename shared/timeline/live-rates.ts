/** Rates of the last second and the counters' history, in steps of 250 ms of trace time. */
import type { RingSummary } from '../model/summary.ts';

/** Over a second of trace time. */
export interface Rates {
  cqes: number;
  submits: number;
  events: number;
  bytes: number;
  cqesPerBatch: number;
  freeMin: number;
}

/** One value each 250 ms of trace time, oldest first, at most 40. */
export interface History {
  cqes: Float64Array;
  cqesPerBatch: Float64Array;
  armsPerRecv: Float64Array;
  freeMin: Float64Array;
  enobufs: Float64Array;
}

const STEP = 250e6;
const STEPS = 40;
/** Slots of the ring: the shown ones, the one under way, and one to spare. */
const SLOTS = STEPS + 2;

const columns = ['cqes', 'submits', 'events', 'bytes', 'batches', 'enobufs'] as const;
type Column = (typeof columns)[number];

export class LiveRates {
  readonly #sums = Object.fromEntries(columns.map((c) => [c, new Float64Array(SLOTS)])) as Record<Column, Float64Array>;
  readonly #freeMin = new Float64Array(SLOTS).fill(-1);
  /** Poll arms for each recv CQE, since the start, at the end of the step. */
  readonly #armsPerRecv = new Float64Array(SLOTS);
  #step = -1;
  #firstStep = -1;
  #free = -1;

  /** Moves to the step of `t`; steps in between had nothing. */
  at(t: number): void {
    const step = Math.floor(t / STEP);
    if (step <= this.#step) return;
    if (this.#firstStep < 0) this.#firstStep = step;
    const from = Math.max(this.#step + 1, step - SLOTS + 1);
    const ratio = this.#step < 0 ? 0 : (this.#armsPerRecv[this.#step % SLOTS] as number);
    for (let s = from; s <= step; s++) {
      const slot = s % SLOTS;
      for (const c of columns) this.#sums[c][slot] = 0;
      this.#freeMin[slot] = this.#free;
      this.#armsPerRecv[slot] = ratio;
    }
    this.#step = step;
  }

  add(column: Column, n: number): void {
    const slot = this.#step % SLOTS;
    const sums = this.#sums[column];
    sums[slot] = (sums[slot] as number) + n;
  }

  /** Buffers that are available from here on. */
  free(n: number): void {
    this.#free = n;
    const slot = this.#step % SLOTS;
    const min = this.#freeMin[slot] as number;
    if (min < 0 || n < min) this.#freeMin[slot] = n;
  }

  /** Notes the totals at the end of a block. */
  totals(summary: RingSummary): void {
    if (this.#step < 0) return;
    const arms = summary.pollArmsObserved > 0 ? summary.pollArmsObserved : summary.pollArmsInferred;
    const cqes = summary.multishot.cqes + summary.single.cqes;
    this.#armsPerRecv[this.#step % SLOTS] = cqes === 0 ? 0 : arms / cqes;
  }

  /** Rates over the last second before `now`: the step under way and the four before it. */
  rates(now: number): Rates {
    this.at(now);
    const first = Math.max(this.#firstStep, this.#step - 4, 0);
    const seconds = Math.max(STEP, now - first * STEP) / 1e9;
    const sum = (c: Column): number => {
      let total = 0;
      for (let s = first; s <= this.#step; s++) total += this.#sums[c][s % SLOTS] as number;
      return total;
    };
    let freeMin = -1;
    for (let s = first; s <= this.#step; s++) {
      const free = this.#freeMin[s % SLOTS] as number;
      if (free >= 0 && (freeMin < 0 || free < freeMin)) freeMin = free;
    }
    const batches = sum('batches');
    return {
      cqes: sum('cqes') / seconds,
      submits: sum('submits') / seconds,
      events: sum('events') / seconds,
      bytes: sum('bytes') / seconds,
      cqesPerBatch: batches === 0 ? 0 : sum('cqes') / batches,
      freeMin,
    };
  }

  /** The finished steps, oldest first. */
  history(): History {
    const from = Math.max(this.#firstStep, this.#step - STEPS, 0);
    const n = Math.max(0, this.#step - from);
    const column = (value: (slot: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => value((from + i) % SLOTS));
    const at = (c: Column, slot: number): number => this.#sums[c][slot] as number;
    return {
      cqes: column((slot) => at('cqes', slot) * (1e9 / STEP)),
      cqesPerBatch: column((slot) => (at('batches', slot) === 0 ? 0 : at('cqes', slot) / at('batches', slot))),
      armsPerRecv: column((slot) => this.#armsPerRecv[slot] as number),
      freeMin: column((slot) => this.#freeMin[slot] as number),
      enobufs: column((slot) => at('enobufs', slot)),
    };
  }
}
