import { describe, expect, it } from 'vitest';
import { completeFilter, takeSuggestion } from './complete.ts';
import { fields } from './fields.ts';

/** Suggestions at the `|` of a text. */
const at = (marked: string): string[] => {
  const cursor = marked.indexOf('|');
  return completeFilter(marked.replace('|', ''), cursor).map(({ text }) => text);
};
/** The first few. */
const first = (marked: string, n: number): string[] => at(marked).slice(0, n);

describe('completion', () => {
  it('offers every field at the start, each with its line', () => {
    const offered = completeFilter('', 0);
    for (const f of fields) expect(offered.find(({ text }) => text === (f.bare ?? f.name))?.doc).toBe(f.doc);
    expect(offered.every(({ type, doc }) => type === 'word' || doc !== '')).toBe(true);
  });
  it.each([
    ['ca|', ['cause']],
    ['fla|', ['flags']],
    ['flags.M|', ['flags.MORE']],
    ['!sock|', ['SOCK_NONEMPTY']],
    ['ENOB|', ['ENOBUFS']],
    ['(conn=1 or cau|)', ['cause']],
    ['ca|use=eof', ['cause']],
  ])('of a word: %s', (text, expected) => {
    expect(first(text, expected.length)).toEqual(expected);
  });
  it('offers operators behind a whole field, by its type', () => {
    expect(first('res|', 6)).toEqual(['=', '!=', '<', '<=', '>', '>=']);
    expect(at('cause |')).toEqual(['=', '!=']);
    expect(at('MORE|')).not.toContain('=');
  });
  it('offers values by the type of the field', () => {
    expect(first('cause=|', 4)).toEqual(['eof', 'overflow', 'data', 'ENOBUFS']);
    expect(first('cause=ENO|', 1)).toEqual(['ENOBUFS']);
    expect(first('res=|', 2)).toEqual(['0', '-ENOBUFS']);
    expect(at('hold>5|')).toEqual(['5us', '5ms', '5s', '5ns']);
    expect(at('hold>2.5m|')).toEqual(['2.5ms']);
    expect(at('MORE=|')).toEqual(['1', '0']);
    expect(at('kind=poll|')).toEqual(['poll_arm']);
    expect(at('bid=|')).toEqual([]);
  });
  it('offers and, or behind a term', () => {
    expect(at('res<0 |')).toEqual(expect.arrayContaining(['and', 'or', 'res']));
    expect(first('res<0 o|', 1)).toEqual(['or']);
    expect(at('|')).not.toContain('or');
  });
  it('leads from nothing to a filter', () => {
    let text = '';
    let cursor = 0;
    const take = (wanted: string): void => {
      const suggestion = completeFilter(text, cursor).find((s) => s.text === wanted);
      if (suggestion === undefined) throw new Error(`"${wanted}" is not offered at ${cursor} of "${text}"`);
      ({ text, cursor } = takeSuggestion(text, suggestion));
    };
    for (const wanted of ['cause', '=', 'ENOBUFS', 'or', 'MORE']) take(wanted);
    expect(text).toBe('cause=ENOBUFS or MORE ');
    expect(cursor).toBe(text.length);
  });
  it('leaves what stands behind the cursor', () => {
    const suggestion = completeFilter('cau conn=1', 3)[0];
    expect(suggestion && takeSuggestion('cau conn=1', suggestion)).toEqual({ text: 'cause conn=1', cursor: 5 });
  });
});
