/** Results as JSON and as the tables of docs/performance.md. What was not measured anew stays as it was, with its own date. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { machine, Result, Table } from './harness.ts';

/** When and where it was measured. */
interface Origin {
  at: string;
  machine: ReturnType<typeof machine>;
}
export type Measured = Result & Origin;

const folder = new URL('results/', import.meta.url);
const latest = new URL('latest.json', folder);
const doc = new URL('../docs/performance.md', import.meta.url);
const [BEGIN, END] = ['<!-- bench: begin -->', '<!-- bench: end -->'];

export const markdown = ({ title, note, columns, rows }: Table): string =>
  [
    `### ${title}`,
    '',
    note,
    '',
    `| ${columns.join(' | ')} |`,
    `|${columns.map(() => '---|').join('')}`,
    ...rows.map((r) => `| ${r.join(' | ')} |`),
    '',
  ].join('\n');

function earlier(): Measured[] {
  try {
    return (JSON.parse(readFileSync(latest, 'utf8')) as { results: Measured[] }).results;
  } catch {
    return [];
  }
}

/** New results in the place of earlier ones of the same name, in the order of `names`. */
export function keep(news: readonly Measured[], names: readonly string[]): Measured[] {
  const old = earlier();
  const results = names.flatMap((name) => (news.find((r) => r.name === name) ?? old.find((r) => r.name === name)) || []);
  mkdirSync(folder, { recursive: true });
  writeFileSync(latest, `${JSON.stringify({ results }, null, 1)}\n`);
  return results;
}

const originOf = ({ at, machine: { cores, cpu, memoryGiB, kernel, node } }: Origin): string =>
  `Measured ${at.slice(0, 10)} by \`npm run bench\` on ${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}, Node ${node}.\n`;

export function writeDoc(results: readonly Measured[]): void {
  const text = readFileSync(doc, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its markers ${BEGIN} and ${END}; put them back.`);
  let before = '';
  const body = results.flatMap((result) => {
    const origin = originOf(result);
    const head = origin === before ? [] : [origin];
    before = origin;
    return [...head, ...result.tables.map(markdown)];
  });
  writeFileSync(doc, `${text.slice(0, from + BEGIN.length)}\n${body.join('\n')}\n${text.slice(to)}`);
}
