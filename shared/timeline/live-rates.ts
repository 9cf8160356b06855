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
const LIVE_SLOTS = STEPS + 2;
/** Of a whole trace: 2 hours and 16 minutes; of what is older the rates are not known. */
export const WHOLE_SLOTS = 1 << 15;

const columns = ['cqes', 'submits', 'events', 'bytes', 'batches', 'enobufs'] as const;
type Column = (typeof columns)[number];

/** All of it, to be stored: the first step's number, then a column of values a step. */
export interface RatesRecord {
  from: number;
  columns: Float64Array[];
}

export class LiveRates {
  readonly #sums: Record<Column, Float64Array>;
  readonly #freeMin: Float64Array;
  /** Poll arms for each recv CQE, since the start, at the end of the step. */
  readonly #armsPerRecv: Float64Array;
  #step = -1;
  #firstStep = -1;
  #free = -1;

  constructor(private readonly slots = LIVE_SLOTS) {
    this.#sums = Object.fromEntries(columns.map((c) => [c, new Float64Array(slots)])) as Record<Column, Float64Array>;
    this.#freeMin = new Float64Array(slots).fill(-1);
    this.#armsPerRecv = new Float64Array(slots);
  }

  /** Moves to the step of `t`; steps in between had nothing. */
  at(t: number): void {
    const step = Math.floor(t / STEP);
    if (step <= this.#step) return;
    if (this.#firstStep < 0) this.#firstStep = step;
    const from = Math.max(this.#step + 1, step - this.slots + 1);
    const ratio = this.#step < 0 ? 0 : (this.#armsPerRecv[this.#step % this.slots] as number);
    for (let s = from; s <= step; s++) {
      const slot = s % this.slots;
      for (const c of columns) this.#sums[c][slot] = 0;
      this.#freeMin[slot] = this.#free;
      this.#armsPerRecv[slot] = ratio;
    }
    this.#step = step;
  }

  add(column: Column, n: number): void {
    const slot = this.#step % this.slots;
    const sums = this.#sums[column];
    sums[slot] = (sums[slot] as number) + n;
  }

  /** Buffers that are available from here on. */
  free(n: number): void {
    this.#free = n;
    const slot = this.#step % this.slots;
    const min = this.#freeMin[slot] as number;
    if (min < 0 || n < min) this.#freeMin[slot] = n;
  }

  /** Notes the totals at the end of a block. */
  totals(summary: RingSummary): void {
    if (this.#step < 0) return;
    const arms = summary.pollArmsObserved > 0 ? summary.pollArmsObserved : summary.pollArmsInferred;
    const cqes = summary.multishot.cqes + summary.single.cqes;
    this.#armsPerRecv[this.#step % this.slots] = cqes === 0 ? 0 : arms / cqes;
  }

  /** Rates over the last second before `now`: its step and the four before it. Of the past where that is kept. */
  rates(now: number): Rates {
    this.at(now);
    const last = Math.min(this.#step, Math.max(Math.floor(now / STEP), 0));
    const first = Math.max(this.#oldest, last - 4);
    const seconds = Math.max(STEP, now - first * STEP) / 1e9;
    const sum = (c: Column): number => {
      let total = 0;
      for (let s = first; s <= last; s++) total += this.#sums[c][s % this.slots] as number;
      return total;
    };
    let freeMin = -1;
    for (let s = first; s <= last; s++) {
      const free = this.#freeMin[s % this.slots] as number;
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

  /** The oldest step that is kept. */
  get #oldest(): number {
    return Math.max(this.#firstStep, this.#step - this.slots + 1, 0);
  }

  /** The finished steps up to `now`, oldest first. */
  history(now = Number.POSITIVE_INFINITY): History {
    const end = Math.min(this.#step, Math.floor(now / STEP));
    const from = Math.max(this.#oldest, end - STEPS);
    const n = Math.max(0, end - from);
    const column = (value: (slot: number) => number): Float64Array =>
      Float64Array.from({ length: n }, (_, i) => value((from + i) % this.slots));
    const at = (c: Column, slot: number): number => this.#sums[c][slot] as number;
    return {
      cqes: column((slot) => at('cqes', slot) * (1e9 / STEP)),
      cqesPerBatch: column((slot) => (at('batches', slot) === 0 ? 0 : at('cqes', slot) / at('batches', slot))),
      armsPerRecv: column((slot) => this.#armsPerRecv[slot] as number),
      freeMin: column((slot) => this.#freeMin[slot] as number),
      enobufs: column((slot) => at('enobufs', slot)),
    };
  }

  toRecord(): RatesRecord {
    const from = this.#oldest;
    const n = this.#step < 0 ? 0 : this.#step - from + 1;
    const kept = (column: Float64Array): Float64Array =>
      Float64Array.from({ length: n }, (_, i) => column[(from + i) % this.slots] as number);
    return { from, columns: [...columns.map((c) => this.#sums[c]), this.#freeMin, this.#armsPerRecv].map(kept) };
  }

  static of({ from, columns: stored }: RatesRecord): LiveRates {
    const n = Math.min(stored[0]?.length ?? 0, WHOLE_SLOTS);
    const rates = new LiveRates(Math.max(LIVE_SLOTS, n));
    if (n === 0) return rates;
    rates.#firstStep = from;
    rates.#step = from + n - 1;
    [...columns.map((c) => rates.#sums[c]), rates.#freeMin, rates.#armsPerRecv].forEach((column, k) => {
      for (let i = 0; i < n; i++) column[(from + i) % rates.slots] = stored[k]?.[i] ?? 0;
    });
    return rates;
  }
}
