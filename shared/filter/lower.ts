/**
 * Filter → program of a breakpoint, which the reactor runs at its own events (native/src/workload/break_program.h). The same
 * language as the find bar, less the fields that only a reader of the whole trace knows.
 *
 *     conn=3 (res<0 or !MORE)     res lt 0, flags.MORE ne 1, or, conn eq 3, and
 */
import { BREAK_STEP_NUMBERS, type BreakField, BreakOp, breakFields, MOST_BREAK_STEPS } from '../schema/debug.ts';
import { type Comparison, type Filter, type Operator, opposite } from './ast.ts';
import { FilterError } from './errors.ts';
import { fieldOf, namedValue } from './fields.ts';
import { parseFilter } from './parser.ts';

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

/** Part of a program: it leaves one answer on the stack, and `depth` are there at the most meanwhile. */
interface Part {
  readonly steps: readonly number[];
  readonly depth: number;
}

const compare = (field: BreakField, op: Operator, value: number): Part => ({
  steps: [ops[op], indices.get(field) as number, value],
  depth: 1,
});

/**
 * The deepest part first: while a part is run, the answers of those before it wait as one. So the reactor's small stack holds
 * whatever can be written, however it is nested.
 */
function join(op: 'and' | 'or', parts: readonly Part[]): Part {
  const [first, ...others] = parts.toSorted((a, b) => b.depth - a.depth) as [Part, ...Part[]];
  return {
    steps: [...first.steps, ...others.flatMap(({ steps }) => [...steps, BreakOp[op], 0, 0])],
    depth: Math.max(first.depth, ...others.map(({ depth }) => depth + 1)),
  };
}

function userData(op: Operator, value: bigint): Part {
  const lo = Number(value & 0xffffffffn);
  const hi = Number(value >> 32n);
  if (op === '=' || op === '!=') return join(op === '=' ? 'and' : 'or', [compare('user_data', op, lo), compare('user_data.high', op, hi)]);
  // The high words decide, and the low ones where those are the same.
  const strictly = op === '<=' ? '<' : op === '>=' ? '>' : op;
  const low = join('and', [compare('user_data.high', '=', hi), compare('user_data', op, lo)]);
  return join('or', [compare('user_data.high', strictly, hi), low]);
}

function comparison({ field, op, value }: Comparison, negated: boolean, length: number): Part {
  const f = fieldOf(field);
  if (f === undefined || !isBreakField(f.name))
    throw new FilterError(
      'EFIELD',
      `The reactor does not know ${field} at its own events: the find bar can ask for it, a breakpoint can't.`,
      0,
      length,
    );
  const asked = negated ? opposite[op] : op;
  if (typeof value === 'bigint') return userData(asked, value);
  const codes = typeof value === 'string' ? (namedValue(f, value)?.codes ?? []) : [value];
  return join(
    asked === '!=' ? 'and' : 'or',
    codes.map((code) => compare(f.name as BreakField, asked, code)),
  );
}

/** `length` is that of the text, for errors. */
function lower(filter: Filter, negated: boolean, length: number): Part {
  if (filter.type === 'compare') return comparison(filter, negated, length);
  if (filter.type === 'not') return lower(filter.term, !negated, length);
  const isAnd = (filter.type === 'and') !== negated;
  return join(
    isAnd ? 'and' : 'or',
    filter.terms.map((term) => lower(term, negated, length)),
  );
}

/** Throws FilterError for a text that is no filter, is empty, or asks for what the reactor does not know. */
export function compileBreakpoint(text: string): Float64Array<ArrayBuffer> {
  const filter = parseFilter(text);
  if (filter === null) throw new FilterError('ESYNTAX', 'A breakpoint needs a condition, such as !MORE or res=-ENOBUFS.', 0, 0);
  const { steps } = lower(filter, false, text.length);
  if (steps.length / BREAK_STEP_NUMBERS > MOST_BREAK_STEPS)
    throw new FilterError('ELENGTH', 'The condition is too long for a breakpoint; use fewer comparisons.', 0, text.length);
  return Float64Array.from(steps);
}
