/** docs/debugger.md tells every step, action and field as the tables in debug.ts have them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileBreakpoint } from '../filter/lower.ts';
import { breakFields, handActionNames, handActionSpec, MOST_BREAKPOINTS, refusals, stepUnits } from './debug.ts';

const text = readFileSync(new URL('../../docs/debugger.md', import.meta.url), 'utf8');
/** The rows below a table's head, which has these columns. */
function tableOf(...columns: string[]): string[] {
  const head = `| ${columns.join(' | ')} |\n`;
  expect(text.split(head)).toHaveLength(2);
  const below = (text.split(head)[1] as string).split('\n');
  return below.slice(1, below.indexOf(''));
}
const cells = (row: string): string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const firstWords = (rows: readonly string[]): string[] => rows.map((row) => (cells(row)[0] as string).replaceAll('`', ''));

describe('docs/debugger.md', () => {
  it('has a row for each step', () => {
    expect(tableOf('unit', 'up to')).toEqual(Object.entries(stepUnits).map(([name, { doc }]) => `| \`${name}\` | ${doc} |`));
  });

  it('has a row for each thing that can be done by hand, and says which CQEs follow', () => {
    const rows = handActionNames.map((name) => {
      const { title, by, target, value, doc } = handActionSpec(name);
      return [`\`${name}\``, title, by, target ?? '', value === undefined ? '' : `${value.name}, ${value.min} … ${value.max}`, doc];
    });
    expect(tableOf('name', 'title', 'done by', 'to', 'value', 'what it does').map(cells)).toEqual(rows);
    const after = text.slice(text.indexOf('### The CQEs that follow'));
    for (const name of handActionNames) expect(after).toContain(`**${name}**`);
  });

  it('has a row for each request that is refused', () => {
    expect(tableOf('refused', 'value', 'a recv that is multishot and selects a buffer, but')).toEqual(
      Object.entries(refusals).map(([name, { code, doc }]) => `| \`${name}\` | ${code} | ${doc} |`),
    );
  });

  const asked = firstWords(tableOf('event', 'when'));
  it('has a row for each field of a breakpoint, with events at which it is asked', () => {
    const rows = tableOf('field', 'events that have it');
    expect(firstWords(rows)).toEqual(breakFields.filter((name) => name !== 'user_data.high'));
    for (const row of rows) {
      const events = cells(row)[1] as string;
      expect(events.startsWith('all') || asked.some((event) => events.startsWith(event)), row).toBe(true);
    }
  });

  it('shows breakpoints that can be used, and as many as there can be', () => {
    const typed = [...text.matchAll(/--break (?:'([^']+)'|([^\s`]+))/g)].map((m) => m[1] ?? (m[2] as string));
    const shown = typed.filter((expression) => expression !== 'EXPR');
    const inWords = ['!MORE', 'ENOBUFS', 'free<=2', 'conn=3 (res<0 or bytes<16)', 'hold>5ms'];
    expect(shown.length).toBeGreaterThan(3);
    for (const expression of inWords) expect(text).toContain(`\`${expression}\``);
    for (const expression of [...shown, ...inWords]) expect(() => compileBreakpoint(expression)).not.toThrow();
    expect(text).toContain(`There can\nbe ${MOST_BREAKPOINTS} at a time`);
  });
});
