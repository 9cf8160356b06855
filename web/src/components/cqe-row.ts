/** One CQE as the list shows it: the bits decoded to words. Pure. */
import { bidOf, CqeFlag, cqeFlagNames, errnoName } from '../../../shared/schema/uapi.ts';
import type { CqeRows } from '../feed/picture.ts';
import { formatBytes, formatFlags } from './format.ts';

/** What the request's own slot says: it lives on, it ended, or (single shot) nothing, since one CQE is all it gives. */
export type FateChip =
  | { kind: 'more'; text: 'MORE' }
  | { kind: 'ended'; text: string }
  | { kind: 'closed'; text: 'CLOSED' }
  | { kind: 'absent'; text: 'no MORE' }
  | null;

export interface CqeRow {
  /** Number of its event in the trace. */
  seq: number;
  /** 1 is the newest. */
  place: number;
  /** Microseconds since the CQE before it; empty for the first, and inside a batch, whose CQEs share one stamp. */
  delta: string;
  conn: string;
  res: string;
  flags: string;
  /** "7"; a bundle over several buffers "7 +3"; empty without F_BUFFER. */
  bid: string;
  bufMore: boolean;
  fate: FateChip;
  /** F_SOCK_NONEMPTY: more data waits; on an end by EOF it only says that the EOF waits. */
  nonEmpty: 'data' | 'eof' | null;
  error: boolean;
  /** First and last of its wake or reap batch: where the bracket begins and ends. */
  batchFirst: boolean;
  batchLast: boolean;
  /** The row in words. */
  title: string;
  /** Its mark in the time views and its cell, lit together when the pointer is on one of them. */
  at: { slot: number; t: number; bid: number | null };
}

export function fateOf(res: number, flags: number, multishot: boolean): FateChip {
  if (res < 0) return { kind: 'ended', text: errnoName(res) };
  if ((flags & CqeFlag.F_MORE) !== 0) return { kind: 'more', text: 'MORE' };
  if (res === 0 && (flags & CqeFlag.F_BUFFER) === 0) return { kind: 'closed', text: 'CLOSED' };
  return multishot ? { kind: 'absent', text: 'no MORE' } : null;
}

function bidText(res: number, flags: number, { bundle, bufferSize }: RowContext): string {
  const bid = bidOf(flags);
  if (bid < 0) return '';
  // Only a bundle fills more than one buffer; its CQE names the first, the others follow in the order of the ring.
  const buffers = bundle && bufferSize > 0 ? Math.ceil(res / bufferSize) : 1;
  return buffers > 1 ? `${bid} +${buffers - 1}` : String(bid);
}

function sentence(conn: string, res: number, flags: number, fate: FateChip): string {
  const names = cqeFlagNames(flags).join(', ');
  const what = res < 0 ? `${errnoName(res)} (${res})` : res === 0 && fate?.kind === 'closed' ? 'the peer closed' : formatBytes(res);
  const bid = bidOf(flags);
  return `${conn}: ${what}${bid < 0 ? '' : `, bid ${bid}`}; flags ${formatFlags(flags)}${names === '' ? '' : ` = ${names}`}`;
}

const microseconds = (ns: number): string => {
  const us = ns / 1e3;
  return us < 100 ? us.toFixed(1) : us < 1e5 ? us.toFixed(0) : `${(us / 1e6).toFixed(1)} s`;
};

/** What the CQE itself does not tell. */
export interface RowContext {
  bufferSize: number;
  bundle: boolean;
  /** Names of lanes by slot; c<slot> where there is none. */
  names: ReadonlyMap<number, string>;
}

export const connName = (names: ReadonlyMap<number, string>, slot: number): string => names.get(slot) ?? `c${slot}`;

export function decodeRow(rows: CqeRows, i: number, context: RowContext): CqeRow {
  const t = rows.t[i] ?? 0;
  const slot = rows.slot[i] ?? 0;
  const res = rows.res[i] ?? 0;
  const flags = rows.flags[i] ?? 0;
  const batch = rows.batch[i];
  const fate = fateOf(res, flags, rows.multishot[i] === 1);
  const waits = (flags & CqeFlag.F_SOCK_NONEMPTY) !== 0;
  const conn = connName(context.names, slot);
  const before = rows.t[i - 1];
  return {
    seq: rows.seq[i] ?? i,
    place: rows.length - i,
    delta: before === undefined || t === before ? '' : microseconds(t - before),
    conn,
    res: String(res),
    flags: formatFlags(flags),
    bid: bidText(res, flags, context),
    bufMore: (flags & CqeFlag.F_BUF_MORE) !== 0,
    fate,
    nonEmpty: waits ? (fate?.kind === 'closed' ? 'eof' : 'data') : null,
    error: res < 0,
    batchFirst: i === 0 || rows.batch[i - 1] !== batch,
    batchLast: i === rows.length - 1 || rows.batch[i + 1] !== batch,
    title: sentence(conn, res, flags, fate),
    at: { slot, t, bid: bidOf(flags) < 0 ? null : bidOf(flags) },
  };
}

/** Rows from … to - 1, oldest first. */
export function decodeRows(rows: CqeRows, from: number, to: number, context: RowContext): CqeRow[] {
  const out: CqeRow[] = [];
  for (let i = Math.max(0, from); i < Math.min(to, rows.length); i++) out.push(decodeRow(rows, i, context));
  return out;
}
