/** A buffer group as keyframes store it (docs/trace-format.md). */
/** Counts of a group, in the order in which they are stored. */
export const counts = [
  'replenished',
  'free',
  'filled',
  'held',
  'doubleReplenish',
  'outOfOrder',
  'impliedReplenish',
  'named',
  'doubleUse',
] as const;

/** A group as it is stored: what it is and its counts (`numbers`), a column a bid, the pick order, the bids of bundles not yet reaped. */
export interface BufferGroupRecord {
  numbers: Float64Array;
  state: Uint8Array;
  bytes: Uint32Array;
  owner: Int32Array;
  givenBackAt: Float64Array;
  givenBackNo: Uint32Array;
  heldAt: Float64Array;
  order: Uint16Array;
  bundles: Uint16Array[];
  /** Pairs of bid and count: `unreaped`, and inside a snapshot `unknown`. Absent in files of an older ringlens. */
  unreaped?: Uint16Array;
  unknown?: Uint16Array;
}

export const pairsOf = (counts: ReadonlyMap<number, number>): Uint16Array => Uint16Array.from([...counts].flat());
export const countsOf = (pairs: Uint16Array = new Uint16Array()): [number, number][] =>
  Array.from({ length: pairs.length >>> 1 }, (_, i) => [pairs[2 * i] as number, pairs[2 * i + 1] as number]);
