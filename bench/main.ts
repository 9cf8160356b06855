/** `npm run bench`: runs the measurements and writes bench/results/latest.json and the tables of docs/performance.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchCodec } from './codec.ts';
import { benchFilter } from './filter.ts';
import { benchFuzz } from './fuzz.ts';
import { type BenchOptions, machine, options, type Result, type Table } from './harness.ts';
import { benchPage } from './page.ts';
import { benchProbe } from './probe.ts';
import { benchStream } from './stream.ts';
import { benchTrace } from './trace.ts';
import { benchTracers } from './tracers.ts';

const benches: Record<string, (o: BenchOptions) => Promise<Result>> = {
  probe: benchProbe,
  tracers: benchTracers,
  codec: benchCodec,
  filter: benchFilter,
  stream: benchStream,
  page: benchPage,
  trace: benchTrace,
  fuzz: benchFuzz,
};

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, 'no-docs': { type: 'boolean', default: false } },
});
const chosen = values.only?.split(',') ?? Object.keys(benches);
const unknown = chosen.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join(', ')}"; take some of ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}

const markdown = ({ title, note, columns, rows }: Table): string =>
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

const facts = machine();
const results: Result[] = [];
for (const name of chosen) {
  console.log(`bench ${name} …`);
  const result = await (benches[name] as (o: BenchOptions) => Promise<Result>)(options(values.quick));
  results.push(result);
  for (const table of result.tables) console.log(`\n${markdown(table)}`);
}

const at = new Date().toISOString();
const folder = new URL('results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('latest.json', folder), `${JSON.stringify({ at, quick: values.quick, machine: facts, results }, null, 1)}\n`);
if (!values.quick && !values['no-docs'] && values.only === undefined) {
  const doc = new URL('../docs/performance.md', import.meta.url);
  const text = readFileSync(doc, 'utf8');
  const [begin, end] = ['<!-- bench: begin -->', '<!-- bench: end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its markers ${begin} and ${end}; put them back.`);
  const head = `Measured ${at.slice(0, 10)} by \`npm run bench\` on ${facts.cores} cores (${facts.cpu}), ${facts.memoryGiB} GiB, Linux ${facts.kernel}, Node ${facts.node}.\n`;
  const body = [head, ...results.flatMap((r) => r.tables.map(markdown))].join('\n');
  writeFileSync(doc, `${text.slice(0, from + begin.length)}\n${body}\n${text.slice(to)}`);
}
