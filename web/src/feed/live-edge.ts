/**
 * Where "now" is. Events arrive in blocks some milliseconds after they happened; between blocks, and while nothing happens
 * at all, time goes on: an armed and quiet ring is known to be quiet up to shortly before this moment.
 */

/** How late a block may be before we have taken a moment for quiet that was not, ns. */
const MARGIN = 60e6;
/** The least delay of the last blocks counts; their window in wall time, ms. */
const WINDOW = 5000;

export class LiveEdge {
  /** Trace ns minus wall ns of the least delayed block of this window and of the one before. */
  #offset = Number.NEGATIVE_INFINITY;
  #before = Number.NEGATIVE_INFINITY;
  #windowFrom = 0;
  #newest = 0;
  #now = 0;
  #frozen = true;

  /** A block with this last event came in. */
  arrived(newestT: number, wallMs: number): void {
    if (wallMs - this.#windowFrom > WINDOW) {
      this.#before = this.#offset;
      this.#offset = Number.NEGATIVE_INFINITY;
      this.#windowFrom = wallMs;
    }
    this.#offset = Math.max(this.#offset, newestT - wallMs * 1e6);
    this.#newest = Math.max(this.#newest, newestT);
    this.#frozen = false;
  }

  /** The agent went: nothing is known from here on. */
  freeze(): void {
    this.#frozen = true;
  }

  now(wallMs: number): number {
    const offset = Math.max(this.#offset, this.#before);
    const estimate = this.#frozen || offset === Number.NEGATIVE_INFINITY ? 0 : wallMs * 1e6 + offset - MARGIN;
    this.#now = Math.max(this.#now, this.#newest, estimate);
    return this.#now;
  }
}
