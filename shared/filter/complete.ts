/** What can stand at the cursor of a filter that someone types. */
import type { Operator } from './ast.ts';
import { bareField, type Field, fieldOf, fields, operatorsOf } from './fields.ts';
import { type Token, tokensOf } from './lexer.ts';

export interface Suggestion {
  readonly type: 'field' | 'operator' | 'value' | 'word';
  /** Takes the place of from … to - 1 of the text. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** One line, or "". */
  readonly doc: string;
}

type Option = Pick<Suggestion, 'type' | 'text' | 'doc'>;

const operatorDocs: Record<Operator, string> = {
  '=': 'is',
  '!=': 'is another than',
  '<': 'is below',
  '<=': 'is at most',
  '>': 'is above',
  '>=': 'is at least',
};
const operatorOptions = (f: Field): Option[] => operatorsOf(f).map((op) => ({ type: 'operator', text: op, doc: operatorDocs[op] }));

const termOptions: Option[] = [
  ...fields.filter(({ bare }) => bare === undefined).map((f): Option => ({ type: 'field', text: f.name, doc: f.doc })),
  ...fields.flatMap(({ bare, doc }): Option[] => (bare === undefined ? [] : [{ type: 'field', text: bare, doc }])),
  ...(fieldOf('res')?.names ?? []).map(
    ({ name, doc }): Option => ({ type: 'value', text: name, doc: doc === '' ? 'CQEs with this errno' : doc }),
  ),
  { type: 'word', text: 'not', doc: 'the opposite of the next term; also !' },
];
const flagOptions: Option[] = fields
  .filter(({ name }) => name.startsWith('flags.'))
  .map(({ name, doc }) => ({ type: 'field', text: name, doc }));
const joints: Option[] = [
  { type: 'word', text: 'and', doc: 'both terms; may be left out' },
  { type: 'word', text: 'or', doc: 'either term' },
];

const timeUnits = ['us', 'ms', 's', 'ns'] as const;
const timeUnitDocs = { ns: 'nanoseconds', us: 'microseconds', ms: 'milliseconds', s: 'seconds' } as const;

function valueOptions(f: Field, typed: string): Option[] {
  switch (f.type) {
    case 'name':
      return f.names.map(({ name, doc }) => ({ type: 'value', text: name, doc }));
    case 'bit':
      return [
        { type: 'value', text: '1', doc: 'yes' },
        { type: 'value', text: '0', doc: 'no' },
      ];
    case 'time': {
      const digits = /^\d+(\.\d+)?/.exec(typed)?.[0] ?? '1';
      return timeUnits.map((unit) => ({ type: 'value', text: `${digits}${unit}`, doc: timeUnitDocs[unit] }));
    }
    default: {
      // An errno is offered as it was begun: with a minus or without.
      const minus = typed === '' || typed.startsWith('-') ? '-' : '';
      const errnos = f.names.map(({ name, doc }): Option => ({ type: 'value', text: `${minus}${name}`, doc }));
      return f.isErrno === true ? [{ type: 'value', text: '0', doc: 'no bytes and no error' }, ...errnos] : errnos;
    }
  }
}

/** Those that begin with what is typed, then those that have it inside; small and large letters are the same. */
function matching(options: readonly Option[], typed: string): Option[] {
  const wanted = typed.toLowerCase();
  const begin = options.filter(({ text }) => text.toLowerCase().startsWith(wanted));
  if (wanted.length < 2) return begin;
  const inside = options.filter(({ text }) => text.toLowerCase().indexOf(wanted) > 0);
  return [...begin, ...inside];
}

const isWord = (token: Token | undefined): boolean => token?.type === 'word' || token?.type === 'number';
/** `and`, `or` and `not` are words as long as the cursor is at their end. */
const isTyped = ({ type, text }: Token): boolean => type === 'word' || type === 'number' || /^[a-z]/i.test(text);

/** A term can't end with this word: an operator has to follow. */
const wantsOperator = (word: Token): boolean => fieldOf(word.text) !== undefined && bareField(word.text) === undefined;

function optionsAt(before: readonly Token[], typed: string): Option[] {
  const last = before.at(-1);
  const secondLast = before.at(-2);
  if (last?.type === 'op') {
    const word = secondLast?.text ?? '';
    const f = fieldOf(word) ?? bareField(word);
    return f === undefined ? [] : matching(valueOptions(f, typed), typed);
  }
  const isValue = secondLast?.type === 'op';
  if (last?.type === 'word' && !isValue && wantsOperator(last)) {
    const f = fieldOf(last.text) as Field;
    return typed === '' ? operatorOptions(f) : [];
  }
  const behindTerm = isWord(last) || last?.type === 'close';
  const terms = /^flags\./i.test(typed) ? flagOptions : termOptions;
  if (!behindTerm) return matching(terms, typed);
  return matching(typed === '' ? [...terms, ...joints] : [...joints, ...terms], typed);
}

/** Suggestions for the text at the cursor, the likeliest first. Never throws. */
export function completeFilter(text: string, cursor: number): Suggestion[] {
  const tokens = tokensOf(text).slice(0, -1);
  const current = tokens.find((token) => token.from < cursor && cursor <= token.to && isTyped(token));
  const from = current?.from ?? cursor;
  const to = current?.to ?? cursor;
  const typed = text.slice(from, cursor);
  const before = tokens.filter((token) => token.to <= from);
  const found = optionsAt(before, typed).map((option): Suggestion => ({ ...option, from, to }));
  // A word that is there as a whole wants what comes next.
  const [first] = found;
  const isWhole = first !== undefined && first.text === text.slice(from, to) && cursor === to;
  const f = isWhole && first.type === 'field' ? fieldOf(first.text) : undefined;
  const rest = isWhole ? found.slice(1) : found;
  if (f === undefined || f.bare !== undefined) return rest;
  return [...operatorOptions(f).map((option): Suggestion => ({ ...option, from: to, to })), ...rest];
}

/** The text with a suggestion taken, and where the cursor is then. A term that is complete ends with a space. */
export function takeSuggestion(text: string, { type, text: taken, from, to }: Suggestion): { text: string; cursor: number } {
  const f = type === 'field' ? (fieldOf(taken) ?? bareField(taken)) : undefined;
  const isComplete = type === 'value' || type === 'word' || f?.bare !== undefined;
  const space = isComplete && !/^\s/.test(text.slice(to)) ? ' ' : '';
  const cursor = from + taken.length + (isComplete ? 1 : 0);
  return { text: `${text.slice(0, from)}${taken}${space}${text.slice(to)}`, cursor };
}
