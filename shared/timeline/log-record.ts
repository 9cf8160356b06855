/**
 * A TimeLog as it is stored: its columns t, a, b, c, d as bytes that deflate well. Times as differences, since bins are evenly
 * apart; then of all numbers the first byte, of all numbers the second byte, …: those high up are mostly alike.
 */
import { bytesOf, float64s, int32s, uint32s } from '../codec/typed-bytes.ts';
import { TimeLog } from './time-log.ts';

/** Bytes of the columns t, a, b, c, d. */
export type LogRecord = Uint8Array[];

/** Numbers of `size` bytes, turned so that their bytes of the same place stand together. */
function planes(bytes: Uint8Array, size: number): Uint8Array {
  const count = bytes.length / size;
  const turned = new Uint8Array(bytes.length);
  for (let i = 0, at = 0; i < count; i++) for (let place = 0; place < size; place++, at++) turned[place * count + i] = bytes[at] as number;
  return turned;
}

function fromPlanes(turned: Uint8Array | undefined, size: number): Uint8Array {
  if (!(turned instanceof Uint8Array) || turned.length % size !== 0)
    throw new RangeError(`a column of ${size}-byte numbers is no such column`);
  const count = turned.length / size;
  const bytes = new Uint8Array(turned.length);
  for (let i = 0, at = 0; i < count; i++) for (let place = 0; place < size; place++, at++) bytes[at] = turned[place * count + i] as number;
  return bytes;
}

/** What holds since before the trace has the time −∞: it stands as it is, and so does the time behind it. */
function differences(times: Float64Array): Float64Array {
  const out = new Float64Array(times.length);
  let before = Number.NaN;
  for (let i = 0; i < times.length; i++) {
    const t = times[i] as number;
    out[i] = Number.isFinite(t - before) ? t - before : t;
    before = t;
  }
  return out;
}

function sums(differences: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  let before = Number.NaN;
  for (let i = 0; i < differences.length; i++) {
    const d = differences[i] as number;
    const t = Number.isFinite(before + d) ? before + d : d;
    differences[i] = t;
    before = t;
  }
  return differences;
}

/** Times are ns, whole numbers: their differences are exact. */
export function logRecord({ t, a, b, c, d, start, end }: TimeLog): LogRecord {
  const times = planes(bytesOf(differences(t.subarray(start, end))), 8);
  return [times, ...[a, b, c, d].map((column) => planes(bytesOf(column.subarray(start, end)), 4))];
}

/** Throws RangeError for what is no such record. */
export function logOf(record: LogRecord): TimeLog {
  const log = new TimeLog();
  const t = sums(float64s(fromPlanes(record[0], 8)));
  const [a, b, c, d] = [
    int32s(fromPlanes(record[1], 4)),
    int32s(fromPlanes(record[2], 4)),
    uint32s(fromPlanes(record[3], 4)),
    uint32s(fromPlanes(record[4], 4)),
  ];
  if ([a, b, c, d].some((column) => column.length !== t.length)) throw new RangeError('the columns of a list differ in length');
  log.t = t;
  log.a = a;
  log.b = b;
  log.c = c;
  log.d = d;
  log.end = t.length;
  return log;
}
