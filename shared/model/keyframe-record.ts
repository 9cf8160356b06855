/**
 * A keyframe as it is stored in a file: numbers and columns only. user_data are ids of a dictionary that grows as a trace is
 * read; in a record they are numbers of the record's own list, so that any reader can take it in.
 */
import type { UserDataDictionary } from '../codec/event-table.ts';
import { BufferGroup } from './buffer-group.ts';
import type { BufferGroupRecord } from './buffer-group-record.ts';
import { ForeignRings, type ForeignRingsRecord } from './foreign-rings.ts';
import { MAX_LANES } from './lanes.ts';
import { type Lane, newLane } from './requests.ts';
import { newRing, type RingInfo } from './rings.ts';
import type { Keyframe } from './state.ts';
import { causeIndex, terminateCauses } from './terminate-cause.ts';

/** Columns of a table of objects: one array a field, in the order of the rows. */
type Columns<K extends string> = Record<K, Float64Array>;

const laneNumbers = [
  'slot',
  'ring',
  'ud',
  'fd',
  'transport',
  'opcode',
  'bgid',
  'request',
  'since',
  'shots',
  'unreaped',
  'run',
  'wokenAt',
  'waited',
  'firstSlot',
] as const;
const laneFlags = ['fixedFile', 'open', 'armed', 'multishot', 'bundle', 'uncertain'] as const;
const laneCauses = ['unreapedEnd', 'lastCause'] as const;
const ringNumbers = ['id', 'pid', 'fd', 'setupFlags', 'sqEntries', 'cqEntries', 'unreaped', 'polls', 'overflowList', 'sampledAt'] as const;
const ringFlags = ['foreign', 'created', 'open'] as const;
const stateNumbers = ['t', 'batch', 'run', 'runLane', 'lastReapT'] as const;
const stateFlags = ['uncertain', 'ownSeen', 'overflowSeen', 'restating'] as const;

type LaneField = (typeof laneNumbers)[number] | (typeof laneFlags)[number] | (typeof laneCauses)[number];
type RingField = (typeof ringNumbers)[number] | (typeof ringFlags)[number];

export interface KeyframeRecord {
  /** user_data that the lanes and waiting submits name, low and high words. */
  udLo: Uint32Array;
  udHi: Uint32Array;
  groups: { key: number; group: BufferGroupRecord }[];
  lanes: Columns<LaneField>;
  rings: Columns<RingField>;
  /** null in the own workload. */
  foreign: ForeignRingsRecord | null;
  /** stateNumbers, then stateFlags. */
  state: Float64Array;
}

const columnsOf = <R, K extends string>(rows: readonly R[], fields: readonly K[], value: (row: R, field: K) => number): Columns<K> =>
  Object.fromEntries(fields.map((field) => [field, Float64Array.from(rows, (row) => value(row, field))])) as Columns<K>;

const bit = (flag: boolean): number => (flag ? 1 : 0);

export function recordOf(k: Keyframe, dictionary: UserDataDictionary): KeyframeRecord {
  const numbers = new Map<number, number>();
  const idOf = (ud: number): number => {
    const known = numbers.get(ud);
    if (known !== undefined) return known;
    numbers.set(ud, numbers.size);
    return numbers.size - 1;
  };
  const lanes = k.lanes.filter((lane): lane is Lane => lane !== undefined);
  const foreign = k.foreign?.toRecord(idOf) ?? null;
  const laneColumns = {
    ...columnsOf(lanes, laneNumbers, (lane, field) => (field === 'ud' ? idOf(lane.ud) : lane[field])),
    ...columnsOf(lanes, laneFlags, (lane, field) => bit(lane[field])),
    ...columnsOf(lanes, laneCauses, (lane, field) => (lane[field] === null ? -1 : causeIndex(lane[field]))),
  };
  const uds = [...numbers.keys()];
  return {
    udLo: Uint32Array.from(uds, (ud) => dictionary.lo[ud] as number),
    udHi: Uint32Array.from(uds, (ud) => dictionary.hi[ud] as number),
    groups: k.groups.map(([key, group]) => ({ key, group: group.toRecord() })),
    lanes: laneColumns,
    rings: {
      ...columnsOf(k.rings, ringNumbers, (ring, field) => ring[field]),
      ...columnsOf(k.rings, ringFlags, (ring, field) => bit(ring[field])),
    },
    foreign,
    state: Float64Array.from([...stateNumbers.map((name) => k[name]), ...stateFlags.map((name) => bit(k[name]))]),
  };
}

/** Throws RangeError for a record that no keyframe could have made. */
export function keyframeOf(r: KeyframeRecord, dictionary: UserDataDictionary): Keyframe {
  const uds = Array.from(r.udLo, (lo, i) => dictionary.idOf(lo, r.udHi[i] ?? 0));
  const idOf = (number: number): number => {
    const id = uds[number];
    if (id === undefined) throw new RangeError(`a keyframe names user_data ${number} of ${uds.length}`);
    return id;
  };
  const lanes: (Lane | undefined)[] = [];
  for (let i = 0; i < r.lanes.slot.length; i++) {
    const slot = r.lanes.slot[i] as number;
    if (!(slot >= 0 && slot < MAX_LANES)) throw new RangeError(`a keyframe has a lane ${slot}`);
    const lane = newLane(slot, idOf(r.lanes.ud[i] as number));
    // A file of an older ringlens has no firstSlot.
    for (const field of laneNumbers) if (field !== 'ud') lane[field] = r.lanes[field]?.[i] ?? lane[field];
    for (const field of laneFlags) lane[field] = r.lanes[field][i] === 1;
    for (const field of laneCauses) lane[field] = terminateCauses[r.lanes[field][i] as number] ?? null;
    lanes[slot] = lane;
  }
  const rings: RingInfo[] = Array.from(r.rings.id, (id, i) => {
    const ring = newRing(id, false);
    for (const field of ringNumbers) ring[field] = r.rings[field][i] as number;
    for (const field of ringFlags) ring[field] = r.rings[field][i] === 1;
    return ring;
  });
  const number = (name: (typeof stateNumbers)[number]): number => r.state[stateNumbers.indexOf(name)] ?? 0;
  const flag = (name: (typeof stateFlags)[number]): boolean => r.state[stateNumbers.length + stateFlags.indexOf(name)] === 1;
  return {
    t: number('t'),
    batch: number('batch'),
    run: number('run'),
    runLane: number('runLane'),
    lastReapT: number('lastReapT'),
    uncertain: flag('uncertain'),
    ownSeen: flag('ownSeen'),
    overflowSeen: flag('overflowSeen'),
    restating: flag('restating'),
    groups: r.groups.map(({ key, group }) => [key, BufferGroup.of(group)] as const),
    lanes,
    rings,
    foreign: r.foreign === null ? null : ForeignRings.of(r.foreign, dictionary, idOf),
  };
}
