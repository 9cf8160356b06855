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

  /** A block with this last event came in; it may still wait to be taken in. */
  heard(lastT: number, wallMs: number): void {
    if (wallMs - this.#windowFrom > WINDOW) {
      this.#before = this.#offset;
      this.#offset = Number.NEGATIVE_INFINITY;
      this.#windowFrom = wallMs;
    }
    this.#offset = Math.max(this.#offset, lastT - wallMs * 1e6);
    this.#frozen = false;
  }

  /** Everything up to this moment was taken in. */
  known(lastT: number): void {
    this.#newest = Math.max(this.#newest, lastT);
  }

  /** The agent went: nothing is known from here on. */
  freeze(): void {
    this.#frozen = true;
  }

  /** `behind`: blocks wait to be taken in, so that what seems quiet is not known to be. */
  now(wallMs: number, behind = false): number {
    const offset = Math.max(this.#offset, this.#before);
    const estimate = behind || this.#frozen || offset === Number.NEGATIVE_INFINITY ? 0 : wallMs * 1e6 + offset - MARGIN;
    this.#now = Math.max(this.#now, this.#newest, estimate);
    return this.#now;
  }
}
