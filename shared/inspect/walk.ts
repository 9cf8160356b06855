/** Goes through events from one of them, back or forth, within bounds. Pure. */
import { type EventRecord, type EventTable, eventAt } from '../codec/event-table.ts';

/** Numbered events in chunks: of the page (SearchableEvents is one), of a trace file, of a test. */
export interface WalkableEvents {
  /** Numbers of the oldest event and of the next one to come. */
  readonly first: number;
  readonly end: number;
  /** The events `from` … `to` - 1, oldest first, in the parts that they are kept in. */
  forEachChunk(from: number, to: number, visit: (chunk: { readonly table: EventTable }, begin: number, end: number) => void): void;
}

export interface WalkLimits {
  /** Events that are looked at each way; MOST_EVENTS if it is not given. */
  readonly most?: number;
  /** Asked every few thousand events: true = there is no more time. */
  readonly isOver?: () => boolean;
}

/** True = nothing more is wanted. */
export type Visit = (table: EventTable, i: number, seq: number) => boolean;

export interface Looked {
  /** Events that were looked at. */
  readonly events: number;
  /** Why it went no farther: all was found, the events ended, `most` were looked at, or the time was up. */
  readonly why: 'found' | 'edge' | 'bound' | 'time';
}

export const MOST_EVENTS = 2_000_000;
const STRIDE = 4096;

/** Visits the events before `from` (direction -1, newest first) or from `from` on (direction 1). */
export function walk(events: WalkableEvents, from: number, direction: 1 | -1, limits: WalkLimits, visit: Visit): Looked {
  const most = limits.most ?? MOST_EVENTS;
  const edge = direction === 1 ? Math.min(events.end, from + most) : Math.max(events.first, from - most);
  const isEdge = edge === (direction === 1 ? events.end : events.first);
  let at = direction === 1 ? Math.max(from, events.first) : Math.min(from, events.end);
  const looked = (): number => Math.abs(at - from);
  while (direction === 1 ? at < edge : at > edge) {
    const next = direction === 1 ? Math.min(edge, at + STRIDE) : Math.max(edge, at - STRIDE);
    const found = direction === 1 ? forth(events, at, next, visit) : back(events, next, at, visit);
    if (found >= 0) {
      at = found;
      return { events: Math.abs(at - from) + (direction === 1 ? 1 : 0), why: 'found' };
    }
    at = next;
    if (at !== edge && limits.isOver?.() === true) return { events: looked(), why: 'time' };
  }
  return { events: looked(), why: isEdge ? 'edge' : 'bound' };
}

/** The number of the event that was the last one wanted; -1 = none was. */
function forth(events: WalkableEvents, from: number, to: number, visit: Visit): number {
  let seq = from;
  let found = -1;
  events.forEachChunk(from, to, ({ table }, begin, end) => {
    if (found >= 0) return;
    for (let i = begin; i < end; i++, seq++) {
      if (!visit(table, i, seq)) continue;
      found = seq;
      return;
    }
  });
  return found;
}

function back(events: WalkableEvents, from: number, to: number, visit: Visit): number {
  const parts: { table: EventTable; begin: number; end: number; seq: number }[] = [];
  let seq = from;
  events.forEachChunk(from, to, ({ table }, begin, end) => {
    parts.push({ table, begin, end, seq });
    seq += end - begin;
  });
  for (const part of parts.reverse())
    for (let i = part.end - 1; i >= part.begin; i--) if (visit(part.table, i, part.seq + i - part.begin)) return part.seq + i - part.begin;
  return -1;
}

/** One event, and the table it is in; null = it is not kept. */
export function placeOf(events: WalkableEvents, seq: number): { table: EventTable; i: number } | null {
  if (!Number.isInteger(seq) || seq < events.first || seq >= events.end) return null;
  let place: { table: EventTable; i: number } | null = null;
  events.forEachChunk(seq, seq + 1, ({ table }, begin) => {
    place = { table, i: begin };
  });
  return place;
}

export function recordAt(events: WalkableEvents, seq: number): EventRecord | null {
  const place = placeOf(events, seq);
  return place === null ? null : eventAt(place.table, place.i);
}

/** Events in some tables, one after the other: for tests, and for whoever has all of them. */
export function walkableOf(tables: readonly EventTable[], first = 0): WalkableEvents {
  const end = first + tables.reduce((sum, table) => sum + table.length, 0);
  return {
    first,
    end,
    forEachChunk(from, to, visit) {
      let begin = first;
      for (const table of tables) {
        const a = Math.max(from, begin) - begin;
        const b = Math.min(to, begin + table.length) - begin;
        if (a < b) visit({ table }, a, b);
        begin += table.length;
      }
    },
  };
}
