/** A filter in its canonical text: parseFilter(formatFilter(f)) is f again. */
import type { Comparison, Filter } from './ast.ts';
import { fieldOf } from './fields.ts';
import { writeValue } from './values.ts';

function comparisonText({ field, op, value }: Comparison): string {
  const f = fieldOf(field);
  if (f === undefined) throw new Error(`There is no field ${field} to write.`);
  if (f.bare !== undefined && op === '=' && value === 1) return f.bare;
  return `${f.name}${op}${writeValue(f, op, value)}`;
}

export function formatFilter(filter: Filter): string {
  switch (filter.type) {
    case 'compare':
      return comparisonText(filter);
    case 'not':
      return `!${inside(filter.term, true)}`;
    case 'and':
      return filter.terms.map((term) => inside(term, true)).join(' ');
    case 'or':
      return filter.terms.map((term) => inside(term, false)).join(' or ');
    default:
      return filter satisfies never;
  }
}

/** In parentheses where its terms would fall apart; an `and` binds tighter than an `or` around it. */
function inside(filter: Filter, tight: boolean): string {
  const text = formatFilter(filter);
  return filter.type === 'or' || (filter.type === 'and' && tight) ? `(${text})` : text;
}
