/** One event a line: NDJSON and CSV, with the fields of the event schema by their own names. */
import type { EventTable } from '../codec/event-table.ts';
import { Kind, kindName, Provenance } from '../schema/events.ts';
import { bidOf, CqeFlag, errnoName } from '../schema/uapi.ts';
import type { Exporter } from './export.ts';

const provenances = Object.entries(Provenance);
const provenanceName = (code: number): string => provenances.find(([, value]) => value === code)?.[0] ?? String(code);

/** Kinds whose res and flags are those of a CQE. */
const isCqe = (kind: number): boolean => kind === Kind.reap || kind === Kind.complete || kind === Kind.cqe_overflow;

export const columns = [
  'number',
  't',
  'kind',
  'provenance',
  'ring',
  'thread',
  'userData',
  'request',
  'res',
  'flags',
  'a',
  'b',
  'bid',
  'more',
  'nonEmpty',
  'bufMore',
  'errno',
] as const;
export type Row = Record<(typeof columns)[number], string | number | boolean | null>;

/** `t` = ns since the start; `userData` is hexadecimal, since it has 64 bits; what a kind does not have is null. */
export function rowOf(table: EventTable, i: number, number: number): Row {
  const kind = table.kind[i] as number;
  const res = table.res[i] as number;
  const flags = table.flags[i] as number;
  const cqe = isCqe(kind);
  const bid = cqe ? bidOf(flags) : -1;
  return {
    number,
    t: table.t[i] as number,
    kind: kindName(kind) ?? `kind ${kind}`,
    provenance: provenanceName(table.provenance[i] as number),
    ring: table.ring[i] as number,
    thread: table.thread[i] as number,
    userData: `0x${table.dictionary.valueOf(table.ud[i] as number).toString(16)}`,
    request: table.request[i] as number,
    res,
    flags,
    a: table.a[i] as number,
    b: table.b[i] as number,
    bid: bid >= 0 ? bid : null,
    more: cqe ? (flags & CqeFlag.F_MORE) !== 0 : null,
    nonEmpty: cqe ? (flags & CqeFlag.F_SOCK_NONEMPTY) !== 0 : null,
    bufMore: cqe ? (flags & CqeFlag.F_BUF_MORE) !== 0 : null,
    errno: cqe && res < 0 ? errnoName(res) : null,
  };
}

export const ndjson = (): Exporter => ({
  event: (table, i, number, { write }) => write(`${JSON.stringify(rowOf(table, i, number))}\n`),
});

/** No value has a comma, a quote or a line end in it. */
export const csv = (): Exporter => ({
  begin: ({ write }) => write(`${columns.join(',')}\n`),
  event(table, i, number, { write }) {
    const row = rowOf(table, i, number);
    write(`${columns.map((name) => row[name] ?? '').join(',')}\n`);
  },
});
