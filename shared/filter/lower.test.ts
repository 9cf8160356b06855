/** Programs of breakpoints against the predicates of the find bar: what both know, they judge alike. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventRecord, tableOf } from '../codec/event-table.ts';
import { RingModel } from '../model/ring-model.ts';
import { BREAK_STEP_NUMBERS, type BreakField, BreakOp, breakFields, MOST_BREAK_STEPS } from '../schema/debug.ts';
import { Kind, NO_GROUP, Provenance } from '../schema/events.ts';
import { CqeFlag, Errno, Opcode, RecvIoprio, SqeFlag } from '../schema/uapi.ts';
import { type Comparison, type Filter, type Operator, operators } from './ast.ts';
import { compileFilter } from './compile.ts';
import { FilterError } from './errors.ts';
import { type Field, fieldOf, fields, operatorsOf } from './fields.ts';
import { formatFilter } from './format.ts';
import { compileBreakpoint, isBreakField } from './lower.ts';
import { MOST_LETTERS, parseFilter } from './parser.ts';

type Values = ReadonlyMap<BreakField, number>;

const comparisons: Record<number, (x: number, y: number) => boolean> = {
  [BreakOp.eq]: (x, y) => x === y,
  [BreakOp.ne]: (x, y) => x !== y,
  [BreakOp.lt]: (x, y) => x < y,
  [BreakOp.le]: (x, y) => x <= y,
  [BreakOp.gt]: (x, y) => x > y,
  [BreakOp.ge]: (x, y) => x >= y,
};

/** The stack machine of native/src/workload/break_program.cc, with how deep its stack was. */
function run(program: Float64Array, values: Values): { answer: boolean; depth: number } {
  const stack: boolean[] = [];
  let depth = 0;
  expect(program.length % BREAK_STEP_NUMBERS).toBe(0);
  for (let i = 0; i < program.length; i += BREAK_STEP_NUMBERS) {
    const [op, field, value] = program.subarray(i, i + BREAK_STEP_NUMBERS) as unknown as [number, number, number];
    if (op === BreakOp.and || op === BreakOp.or) {
      const [right, left] = [stack.pop(), stack.pop()];
      if (left === undefined || right === undefined) throw new Error('a step has nothing to join');
      stack.push(op === BreakOp.and ? left && right : left || right);
      continue;
    }
    const has = values.get(breakFields[field] as BreakField);
    stack.push(has !== undefined && (comparisons[op] as (x: number, y: number) => boolean)(has, value));
    depth = Math.max(depth, stack.length);
  }
  expect(stack).toHaveLength(1);
  return { answer: stack[0] as boolean, depth };
}
const judge = (text: string, values: Values): boolean => run(compileBreakpoint(text), values).answer;
const of = (values: Partial<Record<BreakField, number>>): Values => new Map(Object.entries(values) as [BreakField, number][]);

/** Fields that a program asks for. */
const asked = (program: Float64Array): Set<string | undefined> => {
  const names = new Set<string | undefined>();
  for (let i = 0; i < program.length; i += BREAK_STEP_NUMBERS)
    if ((program[i] as number) < BreakOp.and) names.add(breakFields[program[i + 1] as number]);
  return names;
};

function refusal(text: string): FilterError {
  try {
    compileBreakpoint(text);
  } catch (e) {
    if (e instanceof FilterError) return e;
    throw e;
  }
  throw new Error(`"${text}" was taken for a breakpoint`);
}

describe('the fields of a breakpoint', () => {
  it('are those of the filter language, with user_data in two words', () => {
    const known = fields.filter((f) => isBreakField(f.name)).map((f) => f.name);
    expect([...known, 'user_data.high'].sort()).toEqual([...breakFields].sort());
    expect(isBreakField('user_data.high')).toBe(false);
  });

  it.each(breakFields.filter((name) => name !== 'user_data.high'))('%s', (name) => {
    const f = fieldOf(name) as Field;
    const [first] = f.names;
    const text = first === undefined || f.type !== 'name' ? `${name}=1${f.type === 'time' ? 'ns' : ''}` : `${name}=${first.name}`;
    expect(asked(compileBreakpoint(text))).toEqual(new Set(name === 'user_data' ? ['user_data', 'user_data.high'] : [name]));
    expect(asked(compileBreakpoint(f.example))).toContain(name);
  });

  it.each(fields.filter((f) => !isBreakField(f.name)).map((f) => [f.name, f.example] as const))(
    '%s is known to readers of the whole trace only',
    (name, example) => {
      const text = `conn=3 or !(${example})`;
      const { code, message, from, to } = refusal(text);
      expect({ code, part: text.slice(from, to) }).toEqual({ code: 'EFIELD', part: text });
      expect(message).toBe(`The reactor does not know ${name} at its own events: the find bar can ask for it, a breakpoint can't.`);
    },
  );
});

describe('a program', () => {
  it('compares, and joins what it compared', () => {
    const index = (name: BreakField) => breakFields.indexOf(name);
    expect([...compileBreakpoint('conn=3 (res<0 or !MORE)')]).toEqual([
      ...[BreakOp.lt, index('res'), 0],
      ...[BreakOp.ne, index('flags.MORE'), 1],
      ...[BreakOp.or, 0, 0],
      ...[BreakOp.eq, index('conn'), 3],
      ...[BreakOp.and, 0, 0],
    ]);
  });

  it.each([
    ['ENOBUFS', { res: -Errno.ENOBUFS }, true],
    ['ENOBUFS', { res: Errno.ENOBUFS }, false],
    ['cause=ENOBUFS', { cause: Errno.ENOBUFS }, true],
    ['cause=eof', { cause: 0 }, true],
    ['cause=overflow', { cause: -1 }, true],
    ['cause!=data', { cause: -2 }, false],
    ['cause!=data', {}, false],
    ['opcode=RECVMSG', { opcode: Opcode.RECVMSG }, true],
    ['hold>5ms', { hold: 5_000_001 }, true],
    ['hold>5ms', { hold: 5_000_000 }, false],
    ['conn=c3', { conn: 3 }, true],
    ['rearm', { rearm: 0 }, false],
  ] as const)('of %s, on %j, says %s', (text, values, answer) => {
    expect(judge(text, of(values))).toBe(answer);
    expect(judge(`!!(${text})`, of(values))).toBe(answer);
  });

  it.each([Provenance.probe, Provenance.tracepoint, Provenance.fdinfo, Provenance.inferred])(
    'takes any code of a name, and for != none of them: provenance %i',
    (provenance) => {
      const observed = provenance !== Provenance.inferred;
      const values = of({ provenance });
      expect(judge('provenance=observed', values)).toBe(observed);
      expect(judge('provenance!=observed', values)).toBe(!observed);
      expect(judge('!(provenance=observed)', values)).toBe(!observed);
      expect(judge('provenance=observed', of({}))).toBe(false);
      expect(judge('provenance!=observed', of({}))).toBe(false);
    },
  );
});

describe('what is refused', () => {
  it('nothing at all, and what is no filter', () => {
    for (const text of ['', '  '])
      expect(refusal(text)).toMatchObject({ code: 'ESYNTAX', message: expect.stringMatching(/needs a condition/) });
    expect(refusal('res<')).toMatchObject({ code: 'ESYNTAX' });
    expect(refusal('bid=ENOBUFS')).toMatchObject({ code: 'ETYPE' });
    expect(refusal(`cqe ${' '.repeat(MOST_LETTERS)}`)).toMatchObject({ code: 'ELENGTH' });
  });

  it('no filter that is not too long to be read: the most comparisons in so many letters still fit', () => {
    for (const term of ['cqe ', 'EIO ', 'user_data>1 ', 'provenance!=observed ', 'bid=1 or ']) {
      const text = term.repeat(Math.floor(MOST_LETTERS / term.length)).replace(/ or $/, '');
      expect(compileBreakpoint(text).length / BREAK_STEP_NUMBERS).toBeLessThanOrEqual(MOST_BREAK_STEPS);
    }
  });
});

const word = fc.integer({ min: 0, max: 0xffffffff });
/** Few different words, so that equal ones, and those with one half in common, are usual. */
const userData = fc
  .tuple(fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0xffffffff), word), fc.oneof(fc.constantFrom(0, 1, 0x1003, 0xffffffff), word))
  .map(([hi, lo]) => (BigInt(hi) << 32n) | BigInt(lo))
  .filter((value) => value !== 0n);

const ofProbe = { t: fc.nat(1000), thread: fc.nat(2), ring: fc.integer({ min: 1, max: 3 }), provenance: fc.constant(Provenance.probe) };
const reap = fc.record<Partial<EventRecord>>({
  ...ofProbe,
  kind: fc.constant(Kind.reap),
  userData,
  res: fc.oneof(fc.constantFrom(-Errno.ENOBUFS, -Errno.ECONNRESET, 0, 1, 64), fc.integer({ min: -200, max: 2 ** 31 - 1 })),
  flags: fc.oneof(
    fc.nat(31),
    fc.tuple(fc.nat(7), fc.nat(30)).map(([bid, bits]) => (bid << 16) | bits | CqeFlag.F_BUFFER),
  ),
  request: fc.nat(3),
});
const submit = fc.record<Partial<EventRecord>>({
  ...ofProbe,
  kind: fc.constant(Kind.submit),
  userData,
  res: fc.integer({ min: -1, max: 9 }),
  a: fc.constantFrom(
    Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | (RecvIoprio.RECV_MULTISHOT << 16),
    Opcode.RECV,
    Opcode.RECVMSG,
    Opcode.ASYNC_CANCEL,
    Opcode.ACCEPT,
  ),
  b: fc.constantFrom(0, 1, NO_GROUP),
  request: fc.integer({ min: 1, max: 3 }),
});
const replenish = fc.record<Partial<EventRecord>>({
  ...ofProbe,
  kind: fc.constant(Kind.replenish),
  userData: fc.oneof(userData, fc.constant(0n)),
  res: fc.constant(64),
  a: fc.nat(7),
  b: fc.nat(1),
});

/** What the reactor says of an event of its own (native/src/workload/debugger.cc), of the fields that are compared here. */
function valuesOf(e: Partial<EventRecord>): Values {
  const { kind = 0, t = 0, ring = 0, thread = 0, provenance = 0, userData: ud = 0n, res = 0, flags = 0, a = 0, b = 0, request = 0 } = e;
  const values = new Map<BreakField, number>(Object.entries({ kind, t, ring, thread, provenance }) as [BreakField, number][]);
  values.set('cqe', kind === Kind.reap ? 1 : 0);
  if (request !== 0) values.set('request', request);
  if (ud !== 0n) values.set('user_data', Number(ud & 0xffffffffn)).set('user_data.high', Number(ud >> 32n));
  if (kind === Kind.reap) {
    values.set('res', res).set('flags', flags);
    for (const [name, bit] of Object.entries(CqeFlag)) values.set(`flags.${name.slice(2)}` as BreakField, (flags & bit) !== 0 ? 1 : 0);
    if ((flags & CqeFlag.F_BUFFER) !== 0) values.set('bid', flags >>> 16);
  } else if (kind === Kind.submit) {
    values.set('opcode', a & 0xff);
    if (b !== NO_GROUP) values.set('bgid', b);
  } else {
    values.set('bid', a).set('bgid', b);
  }
  return values;
}

const ofAnyEvent: readonly BreakField[] = [
  'kind',
  'cqe',
  'res',
  'flags',
  'flags.BUFFER',
  'flags.MORE',
  'flags.SOCK_NONEMPTY',
  'flags.NOTIF',
  'flags.BUF_MORE',
  'bid',
  'user_data',
  'request',
  't',
  'ring',
  'thread',
  'provenance',
];
/** Of a reap the reader takes them from what came before. */
const notOfReaps: readonly BreakField[] = [...ofAnyEvent, 'bgid', 'opcode'];

function valueFor(f: Field): fc.Arbitrary<Comparison['value']> {
  switch (f.name) {
    case 'kind':
      return fc.constantFrom('reap', 'submit', 'replenish', 'connect');
    case 'opcode':
      return fc.constantFrom('RECV', 'RECVMSG', 'ASYNC_CANCEL');
    case 'res':
      return fc.constantFrom(-Errno.ENOBUFS, -Errno.ECONNRESET, -1, 0, 1, 64);
    case 'flags':
      return fc.oneof(fc.nat(31), fc.constantFrom(0x10003, 0x70003));
    case 't':
      return fc.nat(1000);
    default:
      break;
  }
  if (f.type === 'user_data') return userData;
  if (f.type === 'name') return fc.constantFrom(...f.names.map(({ name }) => name));
  return f.type === 'bit' ? fc.constantFrom(0, 1) : fc.nat(4);
}

const filterOf = (names: readonly BreakField[]): fc.Arbitrary<Filter> => {
  const comparison: fc.Arbitrary<Filter> = fc.constantFrom(...names).chain((name) => {
    const f = fieldOf(name) as Field;
    return fc.record({
      type: fc.constant('compare' as const),
      field: fc.constant(name),
      op: fc.constantFrom(...operatorsOf(f)),
      value: valueFor(f),
    });
  });
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      comparison,
      fc.record({ type: fc.constant('not' as const), term: tie('filter') }),
      fc.record({ type: fc.constantFrom('and' as const, 'or' as const), terms: fc.array(tie('filter'), { minLength: 2, maxLength: 4 }) }),
    ),
  })).filter;
};

/** Of each event: what the reader of the trace says, and what the reactor says. */
function bothJudge(text: string, events: readonly Partial<EventRecord>[]): [boolean[], boolean[]] {
  const table = tableOf(events);
  const model = new RingModel(table.dictionary);
  const matches = compileFilter(parseFilter(text) as Filter);
  const program = compileBreakpoint(text);
  const read = events.map((_, i) => {
    model.apply(table, i);
    return matches(table, i, model);
  });
  return [read, events.map((e) => run(program, valuesOf(e)).answer)];
}

describe('the reactor and the reader of its trace judge alike', () => {
  it('any reap, submit and replenish', () => {
    fc.assert(
      fc.property(filterOf(ofAnyEvent), fc.array(fc.oneof(reap, submit, replenish), { minLength: 1, maxLength: 20 }), (filter, events) => {
        const [read, reacted] = bothJudge(formatFilter(filter), events);
        expect(reacted).toEqual(read);
      }),
      { numRuns: 1000 },
    );
  });

  it('submits and replenishes with their group and opcode', () => {
    fc.assert(
      fc.property(filterOf(notOfReaps), fc.array(fc.oneof(submit, replenish), { minLength: 1, maxLength: 20 }), (filter, events) => {
        const [read, reacted] = bothJudge(formatFilter(filter), events);
        expect(reacted).toEqual(read);
      }),
      { numRuns: 500 },
    );
  });

  const holds: Record<Operator, (x: bigint, y: bigint) => boolean> = {
    '=': (x, y) => x === y,
    '!=': (x, y) => x !== y,
    '<': (x, y) => x < y,
    '<=': (x, y) => x <= y,
    '>': (x, y) => x > y,
    '>=': (x, y) => x >= y,
  };
  it.each(operators)('user_data %s, which has 64 bits', (op) => {
    fc.assert(
      fc.property(userData, userData, (has, value) => {
        const event: Partial<EventRecord> = { kind: Kind.reap, userData: has, ring: 1 };
        const expected = holds[op](has, value);
        expect(bothJudge(`user_data${op}${value}`, [event])).toEqual([[expected], [expected]]);
        expect(bothJudge(`!(user_data${op}${value})`, [event])).toEqual([[!expected], [!expected]]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('not', () => {
  const some = fc.array(fc.oneof(reap, submit, replenish), { minLength: 1, maxLength: 10 });
  const texts = filterOf(ofAnyEvent).map((filter) => `(${formatFilter(filter)})`);

  it('of and is or of nots, of or is and of nots, of not is nothing', () => {
    fc.assert(
      fc.property(texts, texts, some, (x, y, events) => {
        for (const values of events.map(valuesOf)) {
          expect(judge(`!(${x} ${y})`, values)).toBe(judge(`!${x} or !${y}`, values));
          expect(judge(`!(${x} or ${y})`, values)).toBe(judge(`!${x} !${y}`, values));
          expect(judge(`!!${x}`, values)).toBe(judge(x, values));
        }
      }),
    );
  });

  it('is the opposite where the event has every field, and no match where it has none', () => {
    const whole = new Map(breakFields.map((name, i) => [name, i % 3] as const));
    fc.assert(
      fc.property(texts, (x) => {
        expect(judge(`!${x}`, whole)).toBe(!judge(x, whole));
        expect([judge(x, new Map()), judge(`!${x}`, new Map())]).toEqual([false, false]);
      }),
    );
  });
});

describe('the stack', () => {
  it('stays small, however deep the terms are nested', () => {
    // To the right, where each level waits for the next, as deep as a filter can be.
    const levels = 140;
    const text = `${'cqe (MORE or '.repeat(levels)}EIO${')'.repeat(levels)}`;
    expect(text.length).toBeLessThanOrEqual(MOST_LETTERS);
    expect(run(compileBreakpoint(text), of({ cqe: 1, 'flags.MORE': 0, res: -Errno.EIO })).answer).toBe(true);
    expect(run(compileBreakpoint(text), of({ cqe: 1, 'flags.MORE': 0, res: 0 })).answer).toBe(false);
    expect(run(compileBreakpoint(text), of({})).depth).toBeLessThanOrEqual(3);
  });

  it('needs one place more for twice the comparisons, and no more', () => {
    const balanced = (depth: number): string =>
      depth === 0 ? 'cqe' : `(${balanced(depth - 1)}${depth % 2 === 0 ? ' ' : ' or '}${balanced(depth - 1)})`;
    const text = balanced(7);
    expect(text.length).toBeLessThanOrEqual(MOST_LETTERS);
    expect(run(compileBreakpoint(text), of({})).depth).toBe(8);
  });
});
