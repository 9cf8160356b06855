/**
 * A filter as a tree:
 *
 *     conn=3 (res<0 or !MORE)
 *
 *     and ─┬─ conn = 3
 *          └─ or ─┬─ res < 0
 *                 └─ not ─ flags.MORE = 1
 */
export const operators = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Operator = (typeof operators)[number];
/** What is true where the comparison is not. */
export const opposite: Record<Operator, Operator> = { '=': '!=', '!=': '=', '<': '>=', '<=': '>', '>': '<=', '>=': '<' };

/** A number (times in nanoseconds, yes and no as 1 and 0), a user_data, or a name. */
export type FilterValue = number | bigint | string;

export interface Comparison {
  readonly type: 'compare';
  /** Name of a field (fields.ts). */
  readonly field: string;
  readonly op: Operator;
  readonly value: FilterValue;
}

export type Filter =
  | Comparison
  | { readonly type: 'not'; readonly term: Filter }
  /** Two terms or more. */
  | { readonly type: 'and' | 'or'; readonly terms: readonly Filter[] };

/** Calls back with every comparison of a filter. */
export function forEachComparison(filter: Filter, visit: (comparison: Comparison) => void): void {
  if (filter.type === 'compare') visit(filter);
  else if (filter.type === 'not') forEachComparison(filter.term, visit);
  else for (const term of filter.terms) forEachComparison(term, visit);
}
