/**
 * What a page can go back to in a live session, over HTTP beside the WebSocket: `GET /past` tells its parts, and
 * `GET /past/blocks?from=SEQ&to=SEQ` gives the whole blocks (shared/codec) whose first event is one of these.
 */
import * as v from 'valibot';

/**
 * Sequence number of its first event, events, time of its first and last event in ns since the start of the session; 1 where a
 * snapshot begins in it, so that a reader may begin there.
 */
export type PastPart = readonly [seq: number, count: number, tFirst: number, tLast: number, hasSnapshot: number];

/** Of GET /past: oldest first. */
export interface PastList {
  parts: readonly PastPart[];
}

const number = v.pipe(v.number(), v.safeInteger());
const pastSchema: v.GenericSchema<unknown, PastList> = v.object({ parts: v.array(v.tuple([number, number, number, number, number])) });

/** null for what is no such list. */
export function readPast(value: unknown): PastList | null {
  const read = v.safeParse(pastSchema, value);
  return read.success ? read.output : null;
}
