import { describe, expect, it } from 'vitest';
import type { FilterHits } from '../feed/feed.ts';
import { filterParts, hitTitle, hitWords } from './filter-marks.ts';

/** Terms in brackets, what is wrong in braces. */
const drawn = (text: string, wrong: [number, number] | null = null): string =>
  filterParts(text, wrong === null ? null : { message: '', from: wrong[0], to: wrong[1] })
    .map(({ text: part, isTerm, isWrong }) => {
      const term = isTerm ? `[${part}]` : part;
      return isWrong ? `{${term}}` : term;
    })
    .join('');

describe('parts of a filter', () => {
  it('are its comparisons, with the spaces inside, and the rest', () => {
    expect(drawn('res<0 or !MORE')).toBe('[res<0] or ![MORE]');
    expect(drawn('(hold > 5ms) conn=3')).toBe('([hold > 5ms]) [conn=3]');
    expect(drawn('res<')).toBe('[res<]');
  });
  it('show what is wrong', () => {
    expect(drawn('conn=1 resl<0', [7, 11])).toBe('[conn=1] {[resl]}[<0]');
    expect(drawn('(res<0', [0, 1])).toBe('{(}[res<0]');
  });
  it('give the whole text', () => {
    for (const text of ['', ' a  b ', '€ = 1', 'res<0 &&'])
      expect(
        filterParts(text, null)
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
  });
});

describe('the count of hits', () => {
  const hits = (part: Partial<FilterHits>): FilterHits => ({
    text: 'res<0',
    count: 1340,
    reachable: 1340,
    missed: 0,
    done: true,
    progress: 1,
    bins: { t: new Float64Array(), n: new Uint32Array(), width: 1 },
    ...part,
  });
  it.each([
    [{}, 0, '1,340 hits'],
    [{}, 12, '12 of 1,340'],
    [{ count: 0 }, 0, 'No hits'],
    [{ count: 1 }, 0, '1 hit'],
    [{ missed: 9 }, 0, '≥ 1,340 hits'],
    [{ done: false, progress: 0.126 }, 0, '1,340 hits, 12 %'],
  ] as const)('%o at %d', (part, rank, words) => {
    expect(hitWords(hits(part), rank)).toBe(words);
  });
  it('tells what can not be gone to', () => {
    expect(hitTitle(hits({ reachable: 1000, missed: 7 }))).toMatch(/the newest 1,000 can be gone to; 7 events were gone/);
    expect(hitTitle(hits({}))).not.toContain(';');
  });
});
