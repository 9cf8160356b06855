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
/** Names of (ring, fd) and (ring, user_data id). An index of a registered file is no fd. */
const fdKey = (ring: number, fd: number, fixed: boolean): number => ring * 2 ** 32 + fd + (fixed ? 2 ** 31 : 0);
const udKey = (ring: number, ud: number): number => ring * 2 ** 32 + ud;

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
    const byFd = fd >= 0 ? this.#foreignByFd.get(fdKey(ring, fd, fixed)) : undefined;
    return byFd ?? this.#foreignByUd.get(udKey(ring, ud)) ?? null;
  }

  /** The same, and made where there is none. null: every slot is taken by a lane with a recv in flight. */
  findOrMake(ring: number, ud: number, fd: number, fixed: boolean, t: number): Lane | null {
    const known = this.find(ring, ud, fd, fixed);
    if (known !== null) {
      if (fd >= 0 && known.fd < 0) {
        this.#forget(known);
        known.fd = fd;
        known.fixedFile = fixed;
        this.#index(known);
      }
      return known;
    }
    const slot = this.bySlot.length < MAX_LANES ? this.bySlot.length : this.#freeSlot();
    if (slot < 0) return null;
    const lane = newLane(slot, ud, ring);
    lane.open = true;
    lane.since = t;
    lane.fd = fd;
    lane.fixedFile = fixed;
    this.bySlot[slot] = lane;
    this.#index(lane);
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

  /** Makes a lane of another process findable: by its fd where that is known, else by its user_data. */
  #index(lane: Lane): void {
    if (lane.fd >= 0) this.#foreignByFd.set(fdKey(lane.ring, lane.fd, lane.fixedFile), lane);
    else this.#foreignByUd.set(udKey(lane.ring, lane.ud), lane);
  }

  #forget(lane: Lane): void {
    if (lane.fd >= 0) this.#foreignByFd.delete(fdKey(lane.ring, lane.fd, lane.fixedFile));
    else this.#foreignByUd.delete(udKey(lane.ring, lane.ud));
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
      else this.#index(lane);
    });
  }
}
