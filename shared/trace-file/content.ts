/** The JSON of a trace file: header, information that came later, notes, index. Checked where it is read. */
import * as v from 'valibot';
import type { SessionInfo, SourceStats } from '../protocol/messages.ts';
import { paramsSchema, sessionSchema, statsSchema } from '../protocol/session-schema.ts';
import { type FieldUse, kinds } from '../schema/events.ts';
import type { WorkloadParams } from '../schema/workload-params.ts';
import { type Note, noteSchema } from './note.ts';

/** Every place that this runs in has them; the types of shared/ know no place. */
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean });
  decode(bytes: Uint8Array): string;
}
declare class TextEncoder {
  encode(text: string): Uint8Array;
}

export interface EventKind {
  code: number;
  name: string;
  fields: FieldUse;
}

export interface TraceHeader {
  /** Version of the ringlens that recorded it. */
  ringlens: string;
  /** "CLOCK_MONOTONIC": what event times are counted with. Moment 0 is session.startNs, by the wall clock session.startWallMs. */
  clock: string;
  session: SessionInfo;
  /** Of the own workload, as the recording began; null for another process. */
  params: WorkloadParams | null;
  /** The kinds of events that its writer knew. */
  schema: readonly EventKind[];
}

/** What became known after the header was written; a later one adds to those before it. */
export interface TraceInfo {
  /** The workload's parameters changed, at so many ns since the start. */
  params?: { t: number; params: WorkloadParams } | undefined;
  stats?: SourceStats | undefined;
  /** How the session ended; code "ok" = as wished. */
  ended?: { code: string; message: string } | undefined;
  /** Events that were not written since the disk did not keep up. */
  leftOut?: number | undefined;
}

/** One BLKS record. Times are those of its first and last event, ns since the start of the trace. */
export interface Part {
  offset: number;
  /** Sequence number in the stream of its first event. */
  seq: bigint;
  count: number;
  tFirst: number;
  tLast: number;
  /** Events that ringlens lost in it. */
  dropped: number;
  /** Bytes in the file, and of the blocks. */
  stored: number;
  raw: number;
}

/** A keys record: the seed before event `number`; t = time of the event before that. */
export interface KeyRef {
  offset: number;
  number: number;
  t: number;
}

export interface TraceIndexRecord {
  parts: readonly Part[];
  keys: readonly KeyRef[];
  view: number | null;
  info: readonly number[];
  note: number | null;
  /** The recording was ended as wished. */
  complete: boolean;
  /** Types of records in the file that a reader must know and that version 1.0 does not name. */
  needs?: readonly string[] | undefined;
}

export const eventSchema = (): EventKind[] => Object.entries(kinds).map(([name, { code, fields }]) => ({ code, name, fields }));

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(v.number(), v.finite());
const decimal = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
/** Parts, keyframes and information records of one file: three days of parts of 250 ms. */
export const MOST_LISTED = 1 << 20;

const isAscending = (values: readonly number[]): boolean => values.every((value, i) => i === 0 || value > (values[i - 1] as number));

const headerSchema: v.GenericSchema<unknown, TraceHeader> = v.looseObject({
  ringlens: v.string(),
  clock: v.string(),
  session: sessionSchema,
  params: v.nullable(paramsSchema),
  schema: v.array(v.looseObject({ code: whole, name: v.string(), fields: v.looseObject({}) })),
});

const infoSchema: v.GenericSchema<unknown, TraceInfo> = v.looseObject({
  params: v.optional(v.looseObject({ t: time, params: paramsSchema })),
  stats: v.optional(statsSchema),
  ended: v.optional(v.looseObject({ code: v.string(), message: v.string() })),
  leftOut: v.optional(whole),
});

const partSchema = v.pipe(
  v.looseObject({ offset: whole, seq: decimal, count: whole, tFirst: time, tLast: time, dropped: whole, stored: whole, raw: whole }),
  v.transform((part): Part => ({ ...part, seq: BigInt(part.seq) })),
);

const keySchema = v.looseObject({ offset: whole, number: whole, t: time });

/** The orders are asked for since readers look up by halves; they also keep one record from being named again and again. */
const indexSchema: v.GenericSchema<unknown, TraceIndexRecord> = v.looseObject({
  parts: v.pipe(
    v.array(partSchema),
    v.maxLength(MOST_LISTED),
    v.check((parts) => isAscending(parts.map((part) => part.offset))),
  ),
  keys: v.pipe(
    v.array(keySchema),
    v.maxLength(MOST_LISTED),
    v.check((keys) => isAscending(keys.map((key) => key.number))),
  ),
  view: v.nullable(whole),
  info: v.pipe(v.array(whole), v.maxLength(MOST_LISTED)),
  note: v.nullable(whole),
  complete: v.boolean(),
  needs: v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(/^[A-Z][A-Za-z]{3}$/))), v.maxLength(100))),
});

const notesSchema = v.looseObject({ notes: v.pipe(v.array(noteSchema), v.maxLength(10_000)) });

/** JSON that is checked; null for bytes that are none, or that say something else. */
const reader =
  <T>(schema: v.GenericSchema<unknown, T>) =>
  (bytes: Uint8Array): T | null => {
    try {
      const parsed = v.safeParse(schema, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
      return parsed.success ? parsed.output : null;
    } catch {
      return null;
    }
  };

export const readTraceHeader = reader(headerSchema);
export const readTraceInfo = reader(infoSchema);
export const readTraceIndex = reader(indexSchema);
export const readNotes = (bytes: Uint8Array): readonly Note[] | null => reader(notesSchema)(bytes)?.notes ?? null;

/** bigints are written as decimal strings. */
export const jsonBytes = (value: object): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)));
