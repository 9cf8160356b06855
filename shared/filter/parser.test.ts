import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingModel } from '../model/ring-model.ts';
import { traceFromText } from '../testing/trace-from-text.ts';
import type { Comparison, Filter } from './ast.ts';
import { compileFilter } from './compile.ts';
import { completeFilter, takeSuggestion } from './complete.ts';
import { FilterError } from './errors.ts';
import { type Field, fields, operatorsOf } from './fields.ts';
import { formatFilter } from './format.ts';
import { tokensOf } from './lexer.ts';
import { MOST_LETTERS, parseFilter } from './parser.ts';

function failure(text: string): FilterError {
  try {
    parseFilter(text);
  } catch (e) {
    if (e instanceof FilterError) return e;
    throw e;
  }
  throw new Error(`"${text}" was taken for a filter`);
}

describe('an error', () => {
  it.each([
    ['resl<0', 'EFIELD', 'resl', 'There is no field "resl"; did you mean res?'],
    ['conn=3 flags.MOE=0', 'EFIELD', 'flags.MOE', 'There is no flag "flags.MOE"; did you mean flags.MORE?'],
    ['quux', 'EFIELD', 'quux', 'There is no field "quux".'],
    ['MOER', 'EFIELD', 'MOER', 'There is no field "MOER"; did you mean MORE?'],
    ['eof', 'EFIELD', 'eof', '"eof" is a cause: write cause=eof.'],
    ['poll_arm', 'EFIELD', 'poll_arm', '"poll_arm" is a kind: write kind=poll_arm.'],
    ['hold', 'ESYNTAX', 'hold', 'hold alone says nothing; compare it, for example hold>5ms.'],
    ['cause<3', 'ETYPE', '<', 'cause has no order, so "<" can\'t be asked of it; there are = and !=.'],
    ['cause=3', 'ETYPE', '3', 'cause is compared with a name such as eof, not with the number 3.'],
    ['cause=ENOBUF', 'EVALUE', 'ENOBUF', 'There is no cause "ENOBUF"; did you mean ENOBUFS?'],
    ['cause=error', 'EVALUE', 'error', 'There is no cause "error": write res<0 for every error, or the errno.'],
    ['kind=pollarm', 'EVALUE', 'pollarm', 'There is no kind "pollarm"; did you mean poll_arm?'],
    ['res=ENOBUF', 'EVALUE', 'ENOBUF', 'There is no errno "ENOBUF"; did you mean ENOBUFS?'],
    ['res=1.5', 'ETYPE', '1.5', 'res is compared with a number or an errno such as -ENOBUFS, and "1.5" is none.'],
    ['bid=ENOBUFS', 'ETYPE', 'ENOBUFS', 'bid is compared with a whole number, and "ENOBUFS" is none.'],
    ['bid=-1', 'EVALUE', '-1', 'bid is never negative.'],
    ['bid=99999999999999999', 'EVALUE', '99999999999999999', '99999999999999999 is larger than any bid.'],
    ['hold>5', 'EVALUE', '5', '5 needs its unit: ns, us, ms and s, such as 5ms.'],
    ['hold>5 ms', 'EVALUE', '5 ms', 'A time is written without a space: 5ms.'],
    ['hold>5min', 'EVALUE', '5min', 'There is no unit "min"; there are ns, us, ms and s.'],
    ['hold>-5ms', 'EVALUE', '-5ms', 'hold is never negative.'],
    ['MORE=2', 'ETYPE', '2', 'flags.MORE is compared with 1 (yes) or 0 (no), and "2" is neither.'],
    ['user_data=abc', 'ETYPE', 'abc', 'user_data is compared with a number such as 0x1003, and "abc" is none; write hex as 0xabc.'],
    ['user_data=0x10000000000000000', 'EVALUE', '0x10000000000000000', '0x10000000000000000 has more than the 64 bits of a user_data.'],
    ['res:0', 'ESYNTAX', ':', 'A comparison is written with =, not with a colon: res=….'],
    ['res<', 'ESYNTAX', 'res<', 'res is compared with nothing here; write for example res<0.'],
    [
      'cause="eof"',
      'ESYNTAX',
      '"',
      'cause is compared with nothing here; names are written without quotes; write for example cause=ENOBUFS.',
    ],
    ['(res<0', 'ESYNTAX', '(', 'This "(" is never closed; put a ")" behind its terms.'],
    ['res<0)', 'ESYNTAX', ')', 'This ")" closes nothing; leave it out, or put a "(" before.'],
    ['()', 'ESYNTAX', ')', 'There is nothing between these parentheses.'],
    ['res<0 and', 'ESYNTAX', 'and', 'A term is missing behind "and", for example res<0.'],
    ['or res<0', 'ESYNTAX', 'or', 'There is no term before "or"; put one there, or leave the word out.'],
    ['res<0 & bid=1', 'ESYNTAX', '&', '"&" alone is no operator; did you mean &&?'],
    ['<0', 'ESYNTAX', '<', 'A field is missing before "<", for example res<0.'],
    ['7', 'ESYNTAX', '7', 'The number 7 alone says nothing; compare a field with it, for example bid=7.'],
    ['res<0 €', 'ESYNTAX', '€', '"€" has no meaning in a filter; terms look like res<0 or flags.MORE=0.'],
  ])('of %s', (text, code, part, message) => {
    const e = failure(text);
    expect({ code: e.code, part: text.slice(e.from, e.to), message: e.message }).toEqual({ code, part, message });
  });

  it('of a text that is too long tells how long one can be', () => {
    expect(failure('('.repeat(MOST_LETTERS + 1)).code).toBe('ELENGTH');
    expect(failure('('.repeat(MOST_LETTERS)).code).toBe('ESYNTAX');
  });
});

describe('canonical text', () => {
  it.each([
    ['  ', null],
    ['ENOBUFS', 'res=-ENOBUFS'],
    ['res = ENOBUFS && conn==c3', 'res=-ENOBUFS conn=3'],
    ['res<-105', 'res<-105'],
    ['flags.F_MORE = 0', 'flags.MORE=0'],
    ['NOT more', '!MORE'],
    ['a_b or', undefined],
    ['(conn=1 or conn=2) and cqe', '(conn=1 or conn=2) cqe'],
    ['conn=1 or (conn=2 and cqe)', 'conn=1 or conn=2 cqe'],
    ['!(conn=1 cqe)', '!(conn=1 cqe)'],
    ['hold>0.005s', 'hold>5ms'],
    ['hold>1500µs', 'hold>1.5ms'],
    ['hold>1234567ns', 'hold>1234.567us'],
    ['t>0', 't>0ns'],
    ['user_data=4099', 'user_data=0x1003'],
    ['flags=7', 'flags=0x7'],
  ])('of %s', (text, canonical) => {
    if (canonical === undefined) expect(() => parseFilter(text)).toThrow(FilterError);
    else {
      const filter = parseFilter(text);
      expect(filter && formatFilter(filter)).toBe(canonical);
    }
  });
});

const valueFor = (f: Field): fc.Arbitrary<Comparison['value']> => {
  switch (f.type) {
    case 'name':
      return fc.constantFrom(...f.names.map(({ name }) => name));
    case 'bit':
      return fc.constantFrom(0, 1);
    case 'user_data':
      return fc.bigInt({ min: 0n, max: 0xffffffffffffffffn });
    case 'time':
      return fc.oneof(fc.nat(), fc.maxSafeNat());
    default:
      return f.min < 0 ? fc.integer() : fc.oneof(fc.nat(), fc.maxSafeNat());
  }
};
const comparison: fc.Arbitrary<Filter> = fc.constantFrom(...fields).chain((f) =>
  fc.record({
    type: fc.constant('compare' as const),
    field: fc.constant(f.name),
    op: fc.constantFrom(...operatorsOf(f)),
    value: valueFor(f),
  }),
);
const anyFilter = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    comparison,
    fc.record({ type: fc.constant('not' as const), term: tie('filter') }),
    fc.record({ type: fc.constantFrom('and' as const, 'or' as const), terms: fc.array(tie('filter'), { minLength: 2, maxLength: 4 }) }),
  ),
})).filter;

/** Text that looks like a filter at many places. */
const nearlyFilter = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...fields.map(({ name }) => name),
        '<',
        '<=',
        '=',
        '!=',
        '!',
        '(',
        ')',
        'and',
        'or',
        'not',
        ' ',
        '0',
        '-5',
        '5ms',
        '0x7',
        'ENOBUFS',
        'eof',
      ),
      fc.string({ maxLength: 4, unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''));

const trace = traceFromText(`
  ring sq=8 cq=64
  group buffers=4 size=16
  10 connect c0
  20 arm c0
  90 complete c0 16 bid=0 MORE NONEMPTY
  100 reap c0 16 bid=0 MORE NONEMPTY
  110 complete c0 ENOBUFS
  120 reap c0 ENOBUFS
  200 back 0 c0
  300 arm c0
  400 dropped 7
  500 snapshot bids=0,1,2,3 armed=c0
  600 reap c0 0
  700 close c0`);

/** The numbers of the events that a filter finds. */
function found(filter: Filter): number[] {
  const matches = compileFilter(filter);
  const model = new RingModel(trace.dictionary);
  const out: number[] = [];
  for (let i = 0; i < trace.length; i++) {
    model.apply(trace, i);
    if (matches(trace, i, model)) out.push(i);
  }
  return out;
}

describe('of every filter', () => {
  it('the canonical text is read as the same filter', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(parseFilter(formatFilter(filter))).toEqual(filter);
      }),
    );
  });

  it('the predicate never throws, and no event matches both it and its opposite', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        const other = new Set(found({ type: 'not', term: filter }));
        expect(found(filter).filter((i) => other.has(i))).toEqual([]);
        expect(found({ type: 'not', term: { type: 'not', term: filter } })).toEqual(found(filter));
      }),
    );
  });
});

describe('of every text', () => {
  it('the parser reads it or says in one sentence what is wrong and where', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyFilter, fc.string({ unit: 'binary' })), (text) => {
        try {
          const filter = parseFilter(text);
          if (filter !== null) expect(parseFilter(formatFilter(filter))).toEqual(filter);
        } catch (e) {
          if (!(e instanceof FilterError)) throw e;
          expect(e.message).toMatch(/^[^\n]+[.?]$/);
          expect([e.from >= 0, e.from <= e.to, e.to <= text.length]).toEqual([true, true, true]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('tokens have their places', () => {
    fc.assert(
      fc.property(nearlyFilter, (text) => {
        for (const token of tokensOf(text)) expect(text.slice(token.from, token.to)).toBe(token.text);
      }),
    );
  });

  it('what is offered at the cursor can be taken, and goes on from there', () => {
    fc.assert(
      fc.property(nearlyFilter, fc.nat(), (text, at) => {
        const cursor = at % (text.length + 1);
        for (const suggestion of completeFilter(text, cursor).slice(0, 5)) {
          const taken = takeSuggestion(text, suggestion);
          expect(taken.text.slice(0, taken.cursor).trimEnd().endsWith(suggestion.text)).toBe(true);
        }
      }),
    );
  });
});
