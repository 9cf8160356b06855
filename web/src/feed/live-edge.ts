/**
 * Where "now" is. Events arrive in blocks some milliseconds after they happened; between blocks, and while nothing happens
 * at all, time goes on: an armed and quiet ring is known to be quiet up to shortly before this moment. How shortly, the
 * blocks themselves tell: those that came late lately may be followed by more that are as late.
 */

/** How late a block is always taken to be, ns. */
const MARGIN = 60e6;
/** Lateness is remembered for one to two of these, wall ms. */
const WINDOW = 1500;
/** Drift of the two clocks against each other, ns for each ms. */
const DRIFT = 50;

export class LiveEdge {
  /** Trace ns minus wall ns of the least delayed block so far. */
  #offset = Number.NEGATIVE_INFINITY;
  #offsetAt = 0;
  /** Largest lateness of this window and of the one before, ns. */
  #late = 0;
  #lateBefore = 0;
  #windowFrom = 0;
  #newest = 0;
  #now = 0;
  #frozen = true;
  #linkSlow = false;

  /** A block with this last event came in; it may still wait to be taken in. */
  heard(lastT: number, wallMs: number): void {
    const offset = lastT - wallMs * 1e6;
    const best = this.#offset - (wallMs - this.#offsetAt) * DRIFT;
    if (offset >= best) {
      this.#offset = offset;
      this.#offsetAt = wallMs;
    }
    this.#forget(wallMs);
    this.#late = Math.max(this.#late, best - offset, 0);
    this.#frozen = false;
  }

  #forget(wallMs: number): void {
    if (wallMs - this.#windowFrom <= WINDOW) return;
    this.#lateBefore = wallMs - this.#windowFrom > 2 * WINDOW ? 0 : this.#late;
    this.#late = 0;
    this.#windowFrom = wallMs;
  }

  /** Everything up to this moment was taken in. */
  known(lastT: number): void {
    this.#newest = Math.max(this.#newest, lastT);
  }

  /** The agent's answers are slow: blocks may be on their way for as long. */
  linkSlow(slow: boolean): void {
    this.#linkSlow = slow;
  }

  /** The agent went: nothing is known from here on. */
  freeze(): void {
    this.#frozen = true;
  }

  /** `behind`: blocks wait to be taken in, so that what seems quiet is not known to be. */
  now(wallMs: number, behind = false): number {
    this.#forget(wallMs);
    const unknown = behind || this.#linkSlow || this.#frozen || this.#offset === Number.NEGATIVE_INFINITY;
    const late = Math.max(this.#late, this.#lateBefore, MARGIN);
    this.#now = Math.max(this.#now, this.#newest, unknown ? 0 : wallMs * 1e6 + this.#offset - late);
    return this.#now;
  }
}
