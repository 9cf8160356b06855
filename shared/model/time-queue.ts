/** Times in the order in which they came, first in, first out; the oldest go when there are more than CAPACITY. */
const CAPACITY = 1024;

export class TimeQueue {
  readonly #times = new Float64Array(CAPACITY);
  #head = 0;
  #tail = 0;

  put(t: number): void {
    if (this.#tail - this.#head === CAPACITY) this.#head++;
    this.#times[this.#tail++ % CAPACITY] = t;
  }

  /** The oldest, or -1. `waiting` = how many should be here; where the oldest had to go it is not known. */
  take(waiting: number): number {
    if (this.#head === this.#tail || waiting > this.#tail - this.#head) return -1;
    return this.#times[this.#head++ % CAPACITY] as number;
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
  }
}
