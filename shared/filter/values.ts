/** Values as text: read for a field, and written. */
import type { FilterValue, Operator } from './ast.ts';
import { FilterError } from './errors.ts';
import { type Field, namedValue, nameOfNumber } from './fields.ts';
import type { Token } from './lexer.ts';
import { withHint } from './nearest.ts';

/** Nanoseconds of each unit; the first of a length is the one that is written. */
const units: readonly (readonly [string, number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ns', 1],
];
const unitNames = 'ns, us, ms and s';
const writtenUnits = units.filter(([name]) => /^[a-z]+$/.test(name));
const MOST_USER_DATA = 0xffffffffffffffffn;

const wrong = (token: Token, message: string): FilterError => new FilterError('EVALUE', message, token.from, token.to);
const otherType = (token: Token, message: string): FilterError => new FilterError('ETYPE', message, token.from, token.to);

const namesOf = (f: Field): string[] => f.names.map(({ name }) => name);

/** What a field is compared with, for sentences. */
function wants(f: Field): string {
  switch (f.type) {
    case 'name':
      return `a name such as ${f.names[0]?.name}`;
    case 'time':
      return 'a time with its unit such as 5ms';
    case 'bit':
      return '1 (yes) or 0 (no)';
    case 'user_data':
      return 'a number such as 0x1003';
    case 'number':
      return f.isErrno === true ? 'a number or an errno such as -ENOBUFS' : 'a whole number';
    default:
      return f.type satisfies never;
  }
}

const integerText = /^(-?)(0[xX][0-9a-fA-F]+|\d+)$/;
const decimalText = /^(-?\d+(?:\.\d+)?)([A-Za-zµμ]*)$/;

function integerOf(token: Token, f: Field): number {
  const text = f.letter !== undefined && token.text.startsWith(f.letter) ? token.text.slice(f.letter.length) : token.text;
  const parts = integerText.exec(text);
  if (parts === null) throw otherType(token, `${f.name} is compared with ${wants(f)}, and "${token.text}" is none.`);
  const size = Number(parts[2]);
  // Without this, -0 would be another value than 0.
  const value = parts[1] === '-' && size !== 0 ? -size : size;
  if (!Number.isSafeInteger(value)) throw wrong(token, `${token.text} is larger than any ${f.name}.`);
  if (value < f.min) throw wrong(token, `${f.name} is never negative.`);
  return value;
}

function numberOf(token: Token, f: Field): number {
  if (f.isErrno !== true || token.type !== 'word') return integerOf(token, f);
  const name = token.text.replace(/^-/, '');
  const value = namedValue(f, name);
  if (value === undefined) throw wrong(token, withHint(`There is no errno "${name}"`, name, namesOf(f)));
  return value.codes[0] as number;
}

function nameOf(token: Token, f: Field): string {
  if (token.type !== 'word') throw otherType(token, `${f.name} is compared with ${wants(f)}, not with the number ${token.text}.`);
  const value = namedValue(f, token.text);
  if (value !== undefined) return value.name;
  if (f.name === 'cause' && /^err(or)?s?$/i.test(token.text))
    throw wrong(token, `There is no cause "${token.text}": write res<0 for every error, or the errno.`);
  throw wrong(token, withHint(`There is no ${f.name} "${token.text}"`, token.text, namesOf(f)));
}

function timeOf(token: Token, f: Field): number {
  const parts = decimalText.exec(token.text);
  if (parts === null) throw otherType(token, `${f.name} is compared with ${wants(f)}, and "${token.text}" is none.`);
  const [, digits = '', unit = ''] = parts;
  if (unit === '' && Number(digits) !== 0) throw wrong(token, `${token.text} needs its unit: ${unitNames}, such as ${digits}ms.`);
  const known = units.find(([name]) => name === unit.toLowerCase());
  if (unit !== '' && known === undefined) throw wrong(token, `There is no unit "${unit}"; there are ${unitNames}.`);
  const ns = Math.round(Number(digits) * (known?.[1] ?? 1));
  if (ns < 0 || Object.is(ns, -0)) throw wrong(token, `${f.name} is never negative.`);
  if (!Number.isSafeInteger(ns)) throw wrong(token, `${token.text} is longer than any trace.`);
  return ns;
}

function bitOf(token: Token, f: Field): number {
  if (token.text !== '0' && token.text !== '1')
    throw otherType(token, `${f.name} is compared with ${wants(f)}, and "${token.text}" is neither.`);
  return Number(token.text);
}

function userDataOf(token: Token, f: Field): bigint {
  const parts = integerText.exec(token.text);
  if (parts === null || parts[1] === '-') {
    const hex = /^[0-9a-fA-F]+$/.test(token.text) ? `; write hex as 0x${token.text}` : '';
    throw otherType(token, `${f.name} is compared with ${wants(f)}, and "${token.text}" is none${hex}.`);
  }
  const value = BigInt(parts[2] as string);
  if (value > MOST_USER_DATA) throw wrong(token, `${token.text} has more than the 64 bits of a user_data.`);
  return value;
}

/** Reads the value of a comparison; FilterError where the field can't have it. */
export function readValue(token: Token, f: Field): FilterValue {
  switch (f.type) {
    case 'name':
      return nameOf(token, f);
    case 'number':
      return numberOf(token, f);
    case 'time':
      return timeOf(token, f);
    case 'bit':
      return bitOf(token, f);
    case 'user_data':
      return userDataOf(token, f);
    default:
      return f.type satisfies never;
  }
}

/** 5000000 → "5ms": in the largest unit that needs no more than three decimals. */
export function writeTime(ns: number): string {
  for (const [name, size] of writtenUnits) {
    const inUnit = ns / size;
    const text = String(inUnit);
    if (inUnit >= 1 && /^\d+(\.\d{1,3})?$/.test(text) && Math.round(Number(text) * size) === ns) return `${text}${name}`;
  }
  return `${ns}ns`;
}

/** A value as readValue reads it. */
export function writeValue(f: Field, op: Operator, value: FilterValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (f.type === 'time') return writeTime(value);
  const errno = f.isErrno === true && (op === '=' || op === '!=') ? nameOfNumber(f, value) : undefined;
  if (errno !== undefined) return `-${errno}`;
  return f.name === 'flags' ? `0x${value.toString(16)}` : String(value);
}
