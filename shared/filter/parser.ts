/**
 * Text → filter. From the loosest to the tightest: `or`, `and` (which may be left out), `not`, a comparison.
 *
 *     or    = and  { ("or" | "||") and }
 *     and   = term { ["and" | "&&"] term }
 *     term  = ("not" | "!") term | "(" or ")" | FIELD operator VALUE | short form
 *
 * A short form is a flag (MORE), another yes-or-no field (rearm) or an errno (ENOBUFS).
 */
import type { Filter } from './ast.ts';
import { FilterError, type FilterErrorCode } from './errors.ts';
import { bareField, type Field, fieldOf, fields, namedValue, operatorsOf } from './fields.ts';
import { operatorOf, type Token, tokensOf } from './lexer.ts';
import { withHint } from './nearest.ts';
import { readValue } from './values.ts';

/** Longer text is no filter that someone wrote; it also bounds how deep parentheses go. */
export const MOST_LETTERS = 2000;

const fail = (code: FilterErrorCode, { from, to }: { from: number; to: number }, message: string): FilterError =>
  new FilterError(code, message, from, to);

const resField = fieldOf('res') as Field;
const named = fields.filter(({ type }) => type === 'name');
const shortForms = (): string[] => [...fields.map(({ name }) => name), ...fields.flatMap(({ bare }) => (bare === undefined ? [] : [bare]))];
const quotes = /^["'`]$/;
const units = /^(ns|us|µs|μs|ms|s)$/;

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): Filter | null {
    if (this.#now.type === 'end') return null;
    const filter = this.#or();
    if (this.#now.type === 'close') throw fail('ESYNTAX', this.#now, 'This ")" closes nothing; leave it out, or put a "(" before.');
    return filter;
  }

  get #now(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #take(): Token {
    const token = this.#now;
    if (token.type !== 'end') this.#at++;
    return token;
  }

  #or(): Filter {
    const terms = [this.#and()];
    while (this.#now.type === 'or') {
      this.#take();
      terms.push(this.#and());
    }
    return terms.length === 1 ? (terms[0] as Filter) : { type: 'or', terms };
  }

  #and(): Filter {
    const terms = [this.#term()];
    for (;;) {
      const { type } = this.#now;
      if (type === 'end' || type === 'or' || type === 'close') break;
      if (type === 'and') this.#take();
      terms.push(this.#term());
    }
    return terms.length === 1 ? (terms[0] as Filter) : { type: 'and', terms };
  }

  #term(): Filter {
    const token = this.#take();
    switch (token.type) {
      case 'not':
        return { type: 'not', term: this.#term() };
      case 'open': {
        const inner = this.#or();
        if (this.#now.type !== 'close') throw fail('ESYNTAX', token, 'This "(" is never closed; put a ")" behind its terms.');
        this.#take();
        return inner;
      }
      case 'word':
        return this.#named(token);
      default:
        throw this.#unexpected(token);
    }
  }

  #named(word: Token): Filter {
    const next = this.#now;
    if (next.type === 'op') return this.#comparison(word);
    if (next.type === 'other' && next.text === ':')
      throw fail('ESYNTAX', next, `A comparison is written with =, not with a colon: ${word.text}=….`);
    const bare = bareField(word.text) ?? this.#aloneBit(word);
    if (bare !== undefined) return { type: 'compare', field: bare.name, op: '=', value: 1 };
    const errno = namedValue(resField, word.text.replace(/^-/, ''));
    if (errno !== undefined) return { type: 'compare', field: 'res', op: '=', value: errno.codes[0] as number };
    throw this.#lonely(word);
  }

  /** flags.MORE without an operator. */
  #aloneBit(word: Token): Field | undefined {
    const f = fieldOf(word.text);
    return f?.type === 'bit' ? f : undefined;
  }

  #comparison(word: Token): Filter {
    const f = fieldOf(word.text) ?? bareField(word.text);
    if (f === undefined) throw fail('EFIELD', word, this.#noField(word.text));
    const opToken = this.#take();
    const op = operatorOf(opToken);
    if (!operatorsOf(f).includes(op))
      throw fail('ETYPE', opToken, `${f.name} has no order, so "${opToken.text}" can't be asked of it; there are = and !=.`);
    const value = this.#take();
    if (value.type !== 'word' && value.type !== 'number') {
      const at = value.type === 'end' ? { from: word.from, to: opToken.to } : value;
      const quoted = quotes.test(value.text) ? '; names are written without quotes' : '';
      throw fail('ESYNTAX', at, `${f.name} is compared with nothing here${quoted}; write for example ${f.example}.`);
    }
    const unit = this.#now;
    if (f.type === 'time' && value.type === 'number' && unit.type === 'word' && units.test(unit.text))
      throw fail('EVALUE', { from: value.from, to: unit.to }, `A time is written without a space: ${value.text}${unit.text}.`);
    return { type: 'compare', field: f.name, op, value: readValue(value, f) };
  }

  #noField(name: string): string {
    const flag = /^flags\./i.test(name);
    const known = flag ? fields.filter((f) => f.name.startsWith('flags.')).map((f) => f.name) : fields.map((f) => f.name);
    return withHint(`There is no ${flag ? 'flag' : 'field'} "${name}"`, name, known);
  }

  /** A word without a comparison that is no short form. */
  #lonely(word: Token): FilterError {
    const f = fieldOf(word.text);
    if (f !== undefined) return fail('ESYNTAX', word, `${f.name} alone says nothing; compare it, for example ${f.example}.`);
    const owner = named.find((n) => namedValue(n, word.text) !== undefined);
    if (owner !== undefined) return fail('EFIELD', word, `"${word.text}" is a ${owner.name}: write ${owner.name}=${word.text}.`);
    return fail('EFIELD', word, withHint(`There is no field "${word.text}"`, word.text, shortForms()));
  }

  #unexpected(token: Token): FilterError {
    const before = this.#tokens[this.#at - (token.type === 'end' ? 1 : 2)];
    switch (token.type) {
      case 'end':
        return fail('ESYNTAX', before ?? token, `A term is missing behind "${before?.text ?? ''}", for example res<0.`);
      case 'and':
      case 'or':
        return fail('ESYNTAX', token, `There is no term before "${token.text}"; put one there, or leave the word out.`);
      case 'close':
        return fail(
          'ESYNTAX',
          token,
          before?.type === 'open' ? 'There is nothing between these parentheses.' : 'A term is missing before this ")".',
        );
      case 'op':
        return fail('ESYNTAX', token, `A field is missing before "${token.text}", for example res${token.text}0.`);
      case 'number':
        return fail('ESYNTAX', token, `The number ${token.text} alone says nothing; compare a field with it, for example bid=7.`);
      default:
        if (token.text === '&' || token.text === '|')
          return fail('ESYNTAX', token, `"${token.text}" alone is no operator; did you mean ${token.text}${token.text}?`);
        if (quotes.test(token.text)) return fail('ESYNTAX', token, 'Filters have no quotes; names are written as they are: cause=eof.');
        return fail('ESYNTAX', token, `"${token.text}" has no meaning in a filter; terms look like res<0 or flags.MORE=0.`);
    }
  }
}

/** Reads a filter; null where the text is empty. Throws FilterError, and nothing else. */
export function parseFilter(text: string): Filter | null {
  if (text.length > MOST_LETTERS)
    throw new FilterError(
      'ELENGTH',
      `A filter has no more than ${MOST_LETTERS} letters, and this has ${text.length}.`,
      MOST_LETTERS,
      text.length,
    );
  return new Parser(text).parse();
}
