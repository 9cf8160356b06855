/** A seed as it is stored in a file: CBOR of columns (docs/trace-format.md). */
import { decode, encode } from 'cborg';
import type { UserDataDictionary } from '../codec/event-table.ts';
import { bytesOf, float64s, int32s, uint8s, uint16s, uint32s } from '../codec/typed-bytes.ts';
import { type KeyframeRecord, keyframeOf, recordOf } from '../model/keyframe-record.ts';
import { KEYFRAME_EVENTS } from './event-store.ts';
import type { TraceSeed } from './trace-store.ts';

/** Raised when what is stored changes its meaning: seeds of another version are made anew from the events. */
export const SEED_VERSION = 1;

type Column = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;
const readers = { f: float64s, i: int32s, u: uint32s, s: uint16s, b: uint8s };
type Letter = keyof typeof readers;
const letterOf = (column: Column): Letter =>
  column instanceof Float64Array
    ? 'f'
    : column instanceof Int32Array
      ? 'i'
      : column instanceof Uint32Array
        ? 'u'
        : column instanceof Uint16Array
          ? 's'
          : 'b';

/** Typed arrays become { f | i | u | s | b: bytes }, whatever they are in. */
function stored(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return { [letterOf(value as Column)]: bytesOf(value as Column) };
  if (Array.isArray(value)) return value.map(stored);
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, stored(v)]));
  return value;
}

function restored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restored);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [name, bytes] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined && name in readers && bytes instanceof Uint8Array) return readers[name as Letter](bytes);
  return Object.fromEntries(entries.map(([key, v]) => [key, restored(v)]));
}

type SeedRecord = Omit<TraceSeed, 'keyframe' | 'seq'> & { version: number; seq: string; keyframe: KeyframeRecord };

export function writeSeed(seed: TraceSeed, dictionary: UserDataDictionary): Uint8Array {
  const { keyframe, seq, ...rest } = seed;
  return encode(stored({ version: SEED_VERSION, seq: String(seq), keyframe: recordOf(keyframe, dictionary), ...rest }));
}

/** null for bytes of another version; throws an Error for what is no seed. */
export function readSeed(bytes: Uint8Array, dictionary: UserDataDictionary): TraceSeed | null {
  const { version, keyframe, seq, ...rest } = restored(decode(bytes)) as SeedRecord;
  if (version !== SEED_VERSION) return null;
  if (!Number.isSafeInteger(rest.number) || rest.number < 0 || rest.number % KEYFRAME_EVENTS !== 0)
    throw new RangeError(`a seed stands before event ${rest.number}`);
  return { ...rest, seq: BigInt(seq), keyframe: keyframeOf(keyframe, dictionary) };
}
