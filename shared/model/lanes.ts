/**
 * The lanes of the picture, by slot, and the ways to find one.
 *
 * The own workload names its lanes itself: `connect`, and the slot in its user_data. In another process a lane is what one
 * file descriptor of one ring receives, where the fd is told; else one user_data:
 *
 *     submit ud=0x1003 fd=7   ─► lane (ring 2, fd 7)        complete ud=0x1003 fd=7   ─► the same
 *     complete ud=0x55 fd=?   ─► lane (ring 2, ud 0x55)     submit ud=0x55 fd=9       ─► the same, and its fd is known now
 *
 * There are at most MAX_LANES; beyond it the slots of lanes that wait for nothing are used again.
 */
import { userDataLayout } from '../schema/events.ts';
import { type Lane, newLane } from './requests.ts';

export const MAX_LANES = 1 << userDataLayout.slotBits;
const RING = 2 ** 32;
/** An index of a registered file is no fd. */
const FIXED = 2 ** 31;

export class Lanes {
  /** By slot; a slot without a connection so far is a hole. */
  readonly bySlot: (Lane | undefined)[] = [];
  #byUd: (Lane | undefined)[] = [];
  readonly #foreignByFd = new Map<number, Lane>();
  readonly #foreignByUd = new Map<number, Lane>();
  #hand = 0;

  /** Of the own workload. */
  ofUd(ud: number): Lane | undefined {
    return this.#byUd[ud];
  }

  /** Puts a lane of the own workload into its slot, in the place of whatever was there. */
  put(slot: number, ud: number): Lane {
    const before = this.bySlot[slot];
    if (before !== undefined) this.#byUd[before.ud] = undefined;
    const lane = newLane(slot, ud);
    this.bySlot[slot] = lane;
    this.#byUd[ud] = lane;
    return lane;
  }

  /** The lane of another process, or null where there is none and none is made. `fd` -1 = not told. */
  find(ring: number, ud: number, fd: number, fixed: boolean): Lane | null {
    if (fd >= 0) {
      const lane = this.#foreignByFd.get(ring * RING + fd + (fixed ? FIXED : 0));
      if (lane !== undefined) return lane;
    }
    return this.#foreignByUd.get(ring * RING + ud) ?? null;
  }

  /** The same, and made where there is none. null: every slot is taken by a lane with a recv in flight. */
  findOrMake(ring: number, ud: number, fd: number, fixed: boolean, t: number): Lane | null {
    const fdKey = ring * RING + fd + (fixed ? FIXED : 0);
    const known = fd >= 0 ? this.#foreignByFd.get(fdKey) : undefined;
    if (known !== undefined) return known;
    const byUd = this.#foreignByUd.get(ring * RING + ud);
    if (byUd !== undefined && (fd < 0 || byUd.fd < 0)) {
      if (fd >= 0) {
        byUd.fd = fd;
        byUd.fixedFile = fixed;
        this.#foreignByFd.set(fdKey, byUd);
        this.#foreignByUd.delete(ring * RING + ud);
      }
      return byUd;
    }
    const slot = this.bySlot.length < MAX_LANES ? this.bySlot.length : this.#freeSlot();
    if (slot < 0) return null;
    const lane = newLane(slot, ud, ring);
    lane.open = true;
    lane.since = t;
    lane.fd = fd;
    lane.fixedFile = fixed;
    this.bySlot[slot] = lane;
    if (fd >= 0) this.#foreignByFd.set(fdKey, lane);
    else this.#foreignByUd.set(ring * RING + ud, lane);
    return lane;
  }

  /** A slot whose lane has nothing in flight; its lane is forgotten. The search goes round like a clock's hand. */
  #freeSlot(): number {
    for (let n = 0; n < MAX_LANES; n++) {
      const slot = this.#hand++ % MAX_LANES;
      const lane = this.bySlot[slot];
      if (lane === undefined) return slot;
      if (lane.armed || lane.ring === 0) continue;
      this.#forget(lane);
      return slot;
    }
    return -1;
  }

  #forget(lane: Lane): void {
    const ring = lane.ring * RING;
    if (lane.fd >= 0) this.#foreignByFd.delete(ring + lane.fd + (lane.fixedFile ? FIXED : 0));
    else this.#foreignByUd.delete(ring + lane.ud);
  }

  copy(): (Lane | undefined)[] {
    return this.bySlot.map((lane) => lane && { ...lane });
  }

  restore(lanes: readonly (Lane | undefined)[]): void {
    this.bySlot.length = 0;
    this.#byUd = [];
    this.#foreignByFd.clear();
    this.#foreignByUd.clear();
    lanes.forEach((kept, slot) => {
      if (kept === undefined) return;
      const lane = { ...kept };
      this.bySlot[slot] = lane;
      if (lane.ring === 0) this.#byUd[lane.ud] = lane;
      else if (lane.fd >= 0) this.#foreignByFd.set(lane.ring * RING + lane.fd + (lane.fixedFile ? FIXED : 0), lane);
      else this.#foreignByUd.set(lane.ring * RING + lane.ud, lane);
    });
  }
}
