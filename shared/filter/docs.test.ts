/** docs/filter.md tells every field as the table in fields.ts has it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Field, fields } from './fields.ts';
import { formatFilter } from './format.ts';
import { parseFilter } from './parser.ts';

const text = readFileSync(new URL('../../docs/filter.md', import.meta.url), 'utf8');
const types: Record<Field['type'], string> = { name: 'name', number: 'number', time: 'time', bit: 'yes or no', user_data: 'user_data' };
const row = (f: Field): string => `| \`${f.name}\` | ${types[f.type]} | ${f.doc} | \`${f.example}\` |`;

describe('docs/filter.md', () => {
  it('has a row for each field, in the order of the table, and no other', () => {
    const [begin, end] = ['<!-- fields: begin -->\n', '<!-- fields: end -->'];
    const table = text
      .slice(text.indexOf(begin) + begin.length, text.indexOf(end))
      .trim()
      .split('\n')
      .slice(2);
    expect(table).toEqual(fields.map(row));
  });
  it('shows filters that can be read', () => {
    const filters = [...text.matchAll(/^ {4}(\S[^#\n]*?) +#/gm)].map((m) => m[1] as string);
    expect(filters.length).toBeGreaterThan(5);
    for (const filter of [...filters, ...fields.map((f) => f.example)]) expect(parseFilter(filter)).not.toBeNull();
  });
  it('every example uses its field', () => {
    for (const f of fields) {
      const filter = parseFilter(f.example);
      expect(filter === null ? '' : formatFilter(filter)).toContain(f.bare ?? f.name);
    }
  });
});
