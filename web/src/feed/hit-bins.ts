/** Hits over the whole trace, in at most MOST_BINS bins: when time outgrows them, two neighbours become one. For overviews. */
export const MOST_BINS = 1024;
const FIRST_WIDTH = 1e6;

export class HitBins {
  #counts = new Uint32Array(MOST_BINS);
  /** Start of bin 0 and length of each, ns. */
  #t0 = -1;
  #width = FIRST_WIDTH;

  /** Times come in their order. */
  add(t: number): void {
    if (this.#t0 < 0) this.#t0 = t;
    let bin = Math.floor((t - this.#t0) / this.#width);
    while (bin >= MOST_BINS) {
      this.#halve();
      bin = Math.floor((t - this.#t0) / this.#width);
    }
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
  }

  #halve(): void {
    const half = new Uint32Array(MOST_BINS);
    for (let i = 0; i < MOST_BINS; i++) half[i >>> 1] = (half[i >>> 1] as number) + (this.#counts[i] as number);
    this.#counts = half;
    this.#width *= 2;
  }

  /** Bins with hits: start and length of each, and how many. */
  take(): { t: Float64Array<ArrayBuffer>; n: Uint32Array<ArrayBuffer>; width: number } {
    const filled = [...this.#counts.keys()].filter((i) => (this.#counts[i] as number) > 0);
    return {
      t: Float64Array.from(filled, (i) => this.#t0 + i * this.#width),
      n: Uint32Array.from(filled, (i) => this.#counts[i] as number),
      width: this.#width,
    };
  }
}
