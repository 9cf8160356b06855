/** The buffer groups of a trace over time, by key and by number: small, in the order in which they came. */
import type { BufferGroup } from '../model/buffer-group.ts';
import { groupKeyOf } from '../model/group-key.ts';
import type { BinWidth } from './bin.ts';
import { GroupTrack } from './group-track.ts';

/** Groups whose history is kept; numbers of them fit a byte. */
const MOST_GROUPS = 255;

/** As it goes on, to be stored: key, free, filled, held of each group by number; keys of mapped groups; number of the current one. */
export interface GroupSeed {
  rows: Float64Array;
  mapped: Float64Array;
  current: number;
}

export class GroupTracks {
  readonly #numbers = new Map<number, number>();
  readonly #tracks: GroupTrack[] = [];
  /** Keys of groups of other processes whose buffer ring was read: the kernel has mapped it. */
  readonly #mapped = new Set<number>();
  /** The group that changed last. */
  current: GroupTrack | null = null;

  constructor(private readonly width: BinWidth) {}

  /** -1 = nothing is known of such a group. */
  numberOf(key: number): number {
    return this.#numbers.get(key) ?? -1;
  }
  track(number: number): GroupTrack | undefined {
    return this.#tracks[number];
  }
  /** Key and track of each. */
  entries(): (readonly [number, GroupTrack])[] {
    return [...this.#numbers].map(([key, number]) => [key, this.#tracks[number] as GroupTrack] as const);
  }

  /** null: there are more groups than are kept over time. */
  ofKey(key: number): GroupTrack | null {
    const number = this.#numbers.get(key);
    if (number !== undefined) return this.#tracks[number] ?? null;
    if (this.#tracks.length > MOST_GROUPS) return null;
    const track = new GroupTrack(this.#tracks.length, this.width);
    this.#numbers.set(key, track.number);
    this.#tracks.push(track);
    return track;
  }

  noteMapped(key: number): void {
    this.#mapped.add(key);
  }

  /** Give-backs to the group are seen, by the probe or in its buffer ring. The model takes any group that is registered for one. */
  givesBackSeen({ ring, bgid, seen }: BufferGroup): boolean {
    return seen && (ring === 0 || this.#mapped.has(groupKeyOf(ring, bgid)));
  }

  get binCount(): number {
    return this.#tracks.reduce((n, track) => n + track.bins.length, 0);
  }

  coarsen(): void {
    for (const track of this.#tracks) track.coarsen();
  }

  dropBefore(t: number): void {
    for (const track of this.#tracks) track.bins.dropBefore(t - this.width.ns, 1);
  }

  toSeed(): GroupSeed {
    return {
      rows: Float64Array.from(this.entries().flatMap(([key, { free, filled, held }]) => [key, free, filled, held])),
      mapped: Float64Array.from(this.#mapped),
      current: this.current?.number ?? -1,
    };
  }

  /** Goes on from a seed; `t` = its moment, at which each group begins with what it is then. */
  begin({ rows, mapped, current }: GroupSeed, t: number): void {
    for (let i = 0; i + 3 < rows.length; i += 4) {
      this.ofKey(rows[i] as number)?.note(t, rows[i + 1] as number, rows[i + 2] as number, rows[i + 3] as number);
    }
    for (const key of mapped) this.#mapped.add(key);
    this.current = this.#tracks[current] ?? null;
  }
}
