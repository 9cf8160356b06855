/**
 * Filter → predicate. An event that has no such field neither matches a comparison nor its opposite: `bid!=7` and `!(bid=7)`
 * are about events with a bid, and `!MORE` about CQEs. So `not` is moved down to the comparisons (not (a b) = !a or !b), and
 * each of them asks first whether the event has the field.
 */
import type { EventTable } from '../codec/event-table.ts';
import type { RingModel } from '../model/ring-model.ts';
import { type Comparison, type Filter, forEachComparison, type Operator, opposite } from './ast.ts';
import { type Field, fieldOf, namedValue } from './fields.ts';
import { type Getter, isSecondSight } from './getters.ts';

/** Asked right after `model.apply(table, i)`. Allocates nothing. */
export type FilterPredicate = (table: EventTable, i: number, model: RingModel) => boolean;

/** Where getters put what they read; one thread reads at a time. */
const out = new Float64Array(2);

function compareNumber(get: Getter, op: Operator, value: number): FilterPredicate {
  switch (op) {
    case '=':
      return (table, i, model) => get(table, i, model, out) && out[0] === value;
    case '!=':
      return (table, i, model) => get(table, i, model, out) && out[0] !== value;
    case '<':
      return (table, i, model) => get(table, i, model, out) && (out[0] as number) < value;
    case '<=':
      return (table, i, model) => get(table, i, model, out) && (out[0] as number) <= value;
    case '>':
      return (table, i, model) => get(table, i, model, out) && (out[0] as number) > value;
    case '>=':
      return (table, i, model) => get(table, i, model, out) && (out[0] as number) >= value;
    default:
      return op satisfies never;
  }
}

function compareName(get: Getter, op: Operator, codes: readonly number[]): FilterPredicate {
  if (codes.length === 1) return compareNumber(get, op, codes[0] as number);
  const wanted = op === '=';
  return (table, i, model) => get(table, i, model, out) && codes.includes(out[0] as number) === wanted;
}

function compareUserData(get: Getter, op: Operator, value: bigint): FilterPredicate {
  const lo = Number(value & 0xffffffffn);
  const hi = Number(value >> 32n);
  if (op === '=') return (table, i, model) => get(table, i, model, out) && out[0] === lo && out[1] === hi;
  if (op === '!=') return (table, i, model) => get(table, i, model, out) && (out[0] !== lo || out[1] !== hi);
  // The high words decide, and the low ones where those are the same.
  const high = compareNumber((t, i, m, o) => get(t, i, m, o) && swap(o), op === '<=' ? '<' : op === '>=' ? '>' : op, hi);
  const low = compareNumber(get, op, lo);
  return (table, i, model) => high(table, i, model) || (low(table, i, model) && out[1] === hi);
}

const swap = (o: Float64Array): true => {
  o[0] = o[1] as number;
  return true;
};

function comparison({ field, op, value }: Comparison, negated: boolean): FilterPredicate {
  const f = fieldOf(field) as Field;
  const asked = negated ? opposite[op] : op;
  if (typeof value === 'string') return compareName(f.get, asked, namedValue(f, value)?.codes ?? []);
  if (typeof value === 'bigint') return compareUserData(f.get, asked, value);
  return compareNumber(f.get, asked, value);
}

function predicate(filter: Filter, negated: boolean): FilterPredicate {
  if (filter.type === 'compare') return comparison(filter, negated);
  if (filter.type === 'not') return predicate(filter.term, !negated);
  const isAnd = (filter.type === 'and') !== negated;
  return filter.terms
    .map((term) => predicate(term, negated))
    .reduce((a, b) =>
      isAnd ? (table, i, model) => a(table, i, model) && b(table, i, model) : (table, i, model) => a(table, i, model) || b(table, i, model),
    );
}

/** Fields that speak of reaping: with one of them a CQE is looked for where it was reaped as well. */
const reaping = new Set(['kind', 'complete_to_reap']);

/**
 * A CQE that the kernel was seen to post and the application to reap is found once, where it was posted, unless the filter
 * names a kind or speaks of reaping.
 */
export function compileFilter(filter: Filter): FilterPredicate {
  const test = predicate(filter, false);
  let speaksOfReaps = false;
  forEachComparison(filter, ({ field }) => {
    if (reaping.has(field)) speaksOfReaps = true;
  });
  return speaksOfReaps ? test : (table, i, model) => !isSecondSight(table, i, model) && test(table, i, model);
}
