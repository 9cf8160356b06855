/**
 * Filter → program of a breakpoint, which the reactor runs at its own events (native/src/workload/break_program.h). The same
 * language as the find bar, less the fields that only a reader of the whole trace knows.
 *
 *     conn=3 (res<0 or !MORE)     conn eq 3, res lt 0, flags.MORE eq 0, or, and
 */
import { BREAK_STEP_NUMBERS, type BreakField, BreakOp, breakFields, MOST_BREAK_STEPS } from '../schema/debug.ts';
import type { Comparison, Filter, Operator } from './ast.ts';
import { FilterError } from './errors.ts';
import { fieldOf, namedValue } from './fields.ts';
import { parseFilter } from './parser.ts';

const opposite: Record<Operator, Operator> = { '=': '!=', '!=': '=', '<': '>=', '<=': '>', '>': '<=', '>=': '<' };
const ops: Record<Operator, number> = {
  '=': BreakOp.eq,
  '!=': BreakOp.ne,
  '<': BreakOp.lt,
  '<=': BreakOp.le,
  '>': BreakOp.gt,
  '>=': BreakOp.ge,
};
const indices = new Map<string, number>(breakFields.map((name, i) => [name, i]));

/** Names of the filter language that a breakpoint can use, as they are completed. */
export const isBreakField = (name: string): boolean => name !== 'user_data.high' && indices.has(fieldOf(name)?.name ?? '');

class Writer {
  readonly steps: number[] = [];

  constructor(
    /** Of the text. */
    readonly length: number,
  ) {}

  compare(field: BreakField, op: Operator, value: number): void {
    this.steps.push(ops[op], indices.get(field) as number, value);
  }
  join(op: 'and' | 'or'): void {
    this.steps.push(BreakOp[op], 0, 0);
  }
  /** Joins so many answers into one. */
  joinAll(op: 'and' | 'or', count: number): void {
    for (let i = 1; i < count; i++) this.join(op);
  }
}

function userData(w: Writer, op: Operator, value: bigint): void {
  const lo = Number(value & 0xffffffffn);
  const hi = Number(value >> 32n);
  if (op === '=' || op === '!=') {
    w.compare('user_data', op, lo);
    w.compare('user_data.high', op, hi);
    w.join(op === '=' ? 'and' : 'or');
    return;
  }
  // The high words decide, and the low ones where those are the same.
  w.compare('user_data.high', op === '<=' ? '<' : op === '>=' ? '>' : op, hi);
  w.compare('user_data.high', '=', hi);
  w.compare('user_data', op, lo);
  w.join('and');
  w.join('or');
}

function comparison(w: Writer, { field, op, value }: Comparison, negated: boolean): void {
  const f = fieldOf(field);
  if (f === undefined || !isBreakField(f.name))
    throw new FilterError(
      'EFIELD',
      `The reactor does not know ${field} at its own events: the find bar can ask for it, a breakpoint can't.`,
      0,
      w.length,
    );
  const asked = negated ? opposite[op] : op;
  if (typeof value === 'bigint') {
    userData(w, asked, value);
    return;
  }
  const codes = typeof value === 'string' ? (namedValue(f, value)?.codes ?? []) : [value];
  for (const code of codes) w.compare(f.name as BreakField, asked, code);
  w.joinAll(asked === '!=' ? 'and' : 'or', codes.length);
}

function lower(w: Writer, filter: Filter, negated: boolean): void {
  if (filter.type === 'compare') {
    comparison(w, filter, negated);
  } else if (filter.type === 'not') {
    lower(w, filter.term, !negated);
  } else {
    const isAnd = (filter.type === 'and') !== negated;
    filter.terms.forEach((term, i) => {
      lower(w, term, negated);
      if (i > 0) w.join(isAnd ? 'and' : 'or');
    });
  }
}

/** Throws FilterError for a text that is no filter, is empty, or asks for what the reactor does not know. */
export function compileBreakpoint(text: string): Float64Array<ArrayBuffer> {
  const filter = parseFilter(text);
  if (filter === null) throw new FilterError('ESYNTAX', 'A breakpoint needs a condition, such as !MORE or res=-ENOBUFS.', 0, 0);
  const w = new Writer(text.length);
  lower(w, filter, false);
  if (w.steps.length / BREAK_STEP_NUMBERS > MOST_BREAK_STEPS)
    throw new FilterError('ELENGTH', 'The condition is too long for a breakpoint; use fewer comparisons.', 0, text.length);
  return Float64Array.from(w.steps);
}
