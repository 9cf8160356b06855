/** What the model knows at one moment, and what the reducers beside this file share. */
import type { EventTable, UserDataDictionary } from '../codec/event-table.ts';
import { NO_GROUP, Provenance } from '../schema/events.ts';
import { BufferGroup } from './buffer-group.ts';
import { type Effect, newEffect } from './effect.ts';
import { ForeignRings } from './foreign-rings.ts';
import { groupKeyOf } from './group-key.ts';
import { Lanes } from './lanes.ts';
import type { Lane } from './requests.ts';
import { newRing, type RingInfo } from './rings.ts';
import { TimeQueue } from './time-queue.ts';

export interface Keyframe {
  readonly t: number;
  readonly groups: readonly (readonly [number, BufferGroup])[];
  readonly lanes: readonly (Lane | undefined)[];
  readonly rings: readonly RingInfo[];
  /** null in the own workload. */
  readonly foreign: ForeignRings | null;
  readonly uncertain: boolean;
  readonly batch: number;
  readonly run: number;
  readonly runLane: number;
  readonly ownSeen: boolean;
  readonly lastReapT: number;
  readonly overflowSeen: boolean;
  readonly restating: boolean;
}

export class ModelState {
  t = 0;
  /** By id, in the order in which they came. */
  readonly rings = new Map<number, RingInfo>();
  /** By key: the bgid in the own workload, see group-key.ts for others. */
  readonly groups = new Map<number, BufferGroup>();
  /** State is derived across a loss, and no snapshot has restated it yet; of other processes: that of some lane. */
  uncertain = false;
  /** Number of the reap batch under way or just over, from 1. */
  batch = 0;
  /** Number of the CQEs that came together: of one wake where the kernel is traced, else of one reap batch. From 1. */
  run = 0;
  /** Snapshots that contradicted the state kept here although nothing was lost: a defect of ringlens, 0 in a sound trace. */
  snapshotConflicts = 0;
  readonly effect: Effect = newEffect();

  readonly laneTable = new Lanes();
  /** null until a ring of another process is heard of. */
  foreign: ForeignRings | null = null;
  /** A probe spoke: the trace is of ringlens' own workload. */
  ownSeen = false;
  lastReapT = -1;
  /** The CQ was full, and has not been emptied since. */
  overflowSeen = false;
  /** Slot of the lane of the newest CQE. */
  runLane = -1;
  /** Inside a snapshot; `before` = what held before it, null where that is uncertain. */
  restating: { before: string | null } | null = null;
  /** When the CQEs that wait to be reaped were posted, by slot. Not part of a keyframe: only one who follows from there on measures. */
  readonly #postedAt: TimeQueue[] = [];

  constructor(readonly dictionary: UserDataDictionary) {}

  /** By slot; a slot without a connection so far is a hole. */
  get lanes(): readonly (Lane | undefined)[] {
    return this.laneTable.bySlot;
  }

  /** The first group that was registered. */
  get group(): BufferGroup | null {
    for (const g of this.groups.values()) return g;
    return null;
  }

  /** A copy of everything, to come back to. */
  keyframe(): Keyframe {
    return {
      t: this.t,
      groups: [...this.groups].map(([key, g]) => [key, g.clone()]),
      lanes: this.laneTable.copy(),
      rings: [...this.rings.values()].map((ring) => ({ ...ring })),
      foreign: this.foreign?.clone() ?? null,
      uncertain: this.uncertain,
      batch: this.batch,
      run: this.run,
      runLane: this.runLane,
      ownSeen: this.ownSeen,
      lastReapT: this.lastReapT,
      overflowSeen: this.overflowSeen,
      restating: this.restating !== null,
    };
  }

  restore(k: Keyframe): void {
    this.t = k.t;
    this.rings.clear();
    for (const ring of k.rings) this.rings.set(ring.id, { ...ring });
    this.groups.clear();
    for (const [key, g] of k.groups) this.groups.set(key, g.clone());
    this.laneTable.restore(k.lanes);
    this.foreign = k.foreign?.clone() ?? null;
    this.uncertain = k.uncertain;
    this.batch = k.batch;
    this.run = k.run;
    this.runLane = k.runLane;
    this.ownSeen = k.ownSeen;
    this.lastReapT = k.lastReapT;
    this.overflowSeen = k.overflowSeen;
    this.restating = k.restating ? { before: null } : null;
    for (const queue of this.#postedAt) queue?.clear();
  }

  /** Made when nobody announced it (its beginning was lost): where no probe speaks it is not ours. */
  ringOf(table: EventTable, i: number): RingInfo {
    const id = table.ring[i] as number;
    let ring = this.rings.get(id);
    if (ring === undefined) {
      ring = newRing(id, !this.ownSeen);
      this.rings.set(id, ring);
    }
    return ring;
  }

  /**
   * A probe speaks: the trace is of the own workload. Who begins to read in the middle may have met events of the kernel
   * before, and taken their ring for another process's.
   */
  becomeOwn(): void {
    this.ownSeen = true;
    if (this.foreign === null) return;
    this.foreign = null;
    this.rings.clear();
    this.groups.clear();
    this.laneTable.restore([]);
  }

  /** The event is of a ring of another process. */
  isForeign(table: EventTable, i: number): boolean {
    return table.provenance[i] !== Provenance.probe && this.ringOf(table, i).foreign;
  }

  /** Call for events of rings of other processes only. */
  foreignRings(): ForeignRings {
    this.foreign ??= new ForeignRings(this.dictionary);
    return this.foreign;
  }

  groupKey(table: EventTable, i: number, bgid: number): number {
    return groupKeyOf(this.isForeign(table, i) ? (table.ring[i] as number) : 0, bgid);
  }

  /** The bgid that a lane of a foreign ring receives into. Where it is not told and the ring has one group, it is that one. */
  foreignBgid(lane: Lane): number {
    if (lane.bgid !== NO_GROUP) return lane.bgid;
    let only = NO_GROUP;
    for (const { ring, bgid } of this.groups.values()) {
      if (ring !== lane.ring || bgid === NO_GROUP) continue;
      if (only !== NO_GROUP) return NO_GROUP;
      only = bgid;
    }
    return only;
  }

  /** The group of a foreign ring, made when only its CQEs tell of it. */
  foreignGroup(ring: number, bgid: number): BufferGroup {
    const key = groupKeyOf(ring, bgid);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new BufferGroup(bgid, 0, 0, false, false, ring);
      this.groups.set(key, group);
    }
    return group;
  }

  /** Of the own workload. */
  groupOf(lane: Lane): BufferGroup | undefined {
    return lane.bgid === NO_GROUP ? (this.group ?? undefined) : this.groups.get(lane.bgid);
  }

  postedAt(slot: number): TimeQueue {
    let queue = this.#postedAt[slot];
    if (queue === undefined) {
      queue = new TimeQueue();
      this.#postedAt[slot] = queue;
    }
    return queue;
  }

  /** Something was seen of a lane that was uncertain. Without a probe no snapshot restates anything: the lanes become certain one by one. */
  becomeCertain(lane: Lane): void {
    if (!lane.uncertain) return;
    lane.uncertain = false;
    this.uncertain = this.lanes.some((other) => other?.uncertain === true);
  }
}
