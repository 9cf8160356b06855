/** The text of a filter in parts that look different: comparisons as chips, and the part that is wrong. Pure. */
import { tokensOf } from '../../../shared/filter/lexer.ts';
import type { FilterHits } from '../feed/feed.ts';
import type { FilterProblem } from '../store/filter.ts';
import { formatCount } from './format.ts';

export interface FilterPart {
  from: number;
  text: string;
  /** A comparison, or a word that stands for one. */
  isTerm: boolean;
  /** The problem speaks of it. */
  isWrong: boolean;
}

/** Parts that give the whole text, in order. */
export function filterParts(text: string, problem: FilterProblem | null): FilterPart[] {
  const isTerm = new Uint8Array(text.length);
  const tokens = tokensOf(text);
  tokens.forEach((token, i) => {
    if (token.type === 'word' || token.type === 'number') isTerm.fill(1, token.from, token.to);
    // The operator joins what stands at its sides, with the spaces between.
    if (token.type === 'op') isTerm.fill(1, tokens[i - 1]?.to ?? token.from, tokens[i + 1]?.from ?? token.to);
  });
  const isWrong = (i: number): boolean => problem !== null && i >= problem.from && i < problem.to;
  const parts: FilterPart[] = [];
  for (let i = 0; i < text.length; i++) {
    const last = parts.at(-1);
    if (last !== undefined && last.isTerm === (isTerm[i] === 1) && last.isWrong === isWrong(i)) last.text += text[i];
    else parts.push({ from: i, text: text[i] as string, isTerm: isTerm[i] === 1, isWrong: isWrong(i) });
  }
  return parts;
}

/** "12 of 340", "340 hits", "≥ 340 hits", "340 hits, 12 %". `rank` 0 = the picture is at none of them. */
export function hitWords(hits: FilterHits, rank: number): string {
  const { count, missed, done, progress } = hits;
  const all = `${missed > 0 ? '≥ ' : ''}${formatCount(count)}`;
  const found = rank > 0 ? `${formatCount(rank)} of ${all}` : count === 0 ? 'No hits' : `${all} ${count === 1 ? 'hit' : 'hits'}`;
  return done ? found : `${found}, ${Math.floor(progress * 100)} %`;
}

/** What there is to know besides: older hits that are no longer kept. */
export function hitTitle({ count, reachable, missed }: FilterHits): string {
  const parts = ['Events that the filter finds, of those that are kept and all that come'];
  if (reachable < count) parts.push(`the newest ${formatCount(reachable)} can be gone to`);
  if (missed > 0) parts.push(`${formatCount(missed)} events were gone before they could be looked at`);
  return parts.join('; ');
}
