/** Text → tokens with their places. Never throws: what is no token becomes one of type `other`. */
import type { Operator } from './ast.ts';

export type TokenType = 'word' | 'number' | 'op' | 'and' | 'or' | 'not' | 'open' | 'close' | 'other' | 'end';

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** The token is from … to - 1 of the text. */
  readonly from: number;
  readonly to: number;
}

/** A word may have dots (flags.MORE) and a minus before an errno (-ENOBUFS); a number may have a unit (5ms). */
const patterns: readonly (readonly [TokenType, RegExp])[] = [
  ['op', /==|!=|<=|>=|=|<|>/y],
  ['and', /&&/y],
  ['or', /\|\|/y],
  ['not', /!/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['number', /-?(?:0[xX][0-9a-zA-Z_]*|\d[\dA-Za-z_.µμ]*)/y],
  ['word', /-?[A-Za-z_][A-Za-z0-9_.]*/y],
];
const space = /\s+/y;
const names: Readonly<Record<string, TokenType>> = { and: 'and', or: 'or', not: 'not' };

/** Of an `op` token. */
export const operatorOf = (token: Token): Operator => (token.text === '==' ? '=' : token.text) as Operator;

const match = (pattern: RegExp, text: string, at: number): string | null => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
};

/** All tokens, the last of them `end`. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ; ) {
    at += match(space, text, at)?.length ?? 0;
    if (at >= text.length) break;
    const from = at;
    let type: TokenType = 'other';
    let found = String.fromCodePoint(text.codePointAt(at) as number);
    for (const [candidate, pattern] of patterns) {
      const matched = match(pattern, text, at);
      if (matched === null) continue;
      type = candidate === 'word' ? (names[matched.toLowerCase()] ?? candidate) : candidate;
      found = matched;
      break;
    }
    at += found.length;
    tokens.push({ type, text: found, from, to: at });
  }
  tokens.push({ type: 'end', text: '', from: text.length, to: text.length });
  return tokens;
}
