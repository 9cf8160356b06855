/** `npm run bench`: runs the measurements and writes bench/results/latest.json and the tables of docs/performance.md. */
import { parseArgs } from 'node:util';
import { benchCodec } from './codec.ts';
import { benchFilter } from './filter.ts';
import { benchFuzz } from './fuzz.ts';
import { type BenchOptions, machine, options, type Result } from './harness.ts';
import { benchPage } from './page.ts';
import { benchProbe } from './probe.ts';
import { keep, type Measured, markdown, writeDoc } from './report.ts';
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

const results: Measured[] = [];
for (const name of chosen) {
  console.log(`bench ${name} …`);
  const result = await (benches[name] as (o: BenchOptions) => Promise<Result>)(options(values.quick));
  results.push({ at: new Date().toISOString(), machine: machine(), ...result });
  for (const table of result.tables) console.log(`\n${markdown(table)}`);
}
// A quick look is none that others should read.
if (!values.quick && !values['no-docs']) writeDoc(keep(results, Object.keys(benches)));
