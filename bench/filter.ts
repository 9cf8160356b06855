/** Filters over a real run: events a second, beside the model that every reader pays for, and bytes that an event allocates. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { unpackBlock } from '../shared/codec/block.ts';
import { type EventTable, UserDataDictionary } from '../shared/codec/event-table.ts';
import { compileFilter, type FilterPredicate } from '../shared/filter/compile.ts';
import { parseFilter } from '../shared/filter/parser.ts';
import { RingModel } from '../shared/model/ring-model.ts';
import { record } from './codec.ts';
import { type BenchOptions, median, type Result, short } from './harness.ts';

const filters = ['res<0', '!MORE', 'conn=3 (res<0 or bytes<16)', 'hold>5ms', 'free<=2 cqe', 'user_data=0x1003 t>1s', '!(bid=7) bytes>0'];

const compiled = (text: string): FilterPredicate => {
  const filter = parseFilter(text);
  if (filter === null) throw new Error(`"${text}" is no filter`);
  return compileFilter(filter);
};

const eventsOf = (tables: readonly EventTable[]): number => tables.reduce((n, table) => n + table.length, 0);

/** Events a second, and hits, of one pass. */
function pass(
  tables: readonly EventTable[],
  dictionary: UserDataDictionary,
  matches: FilterPredicate | null,
): { rate: number; hits: number } {
  const model = new RingModel(dictionary);
  let hits = 0;
  const t0 = performance.now();
  for (const table of tables)
    for (let i = 0; i < table.length; i++) {
      model.apply(table, i);
      if (matches?.(table, i, model)) hits++;
    }
  return { rate: eventsOf(tables) / ((performance.now() - t0) / 1000), hits };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const CALLS = 20_000;
const SAMPLES = 200;

/** Bytes that one call of the predicate allocates, asked again and again of the same events. */
function bytesOf(tables: readonly EventTable[], dictionary: UserDataDictionary, matches: FilterPredicate): number {
  const model = new RingModel(dictionary);
  const every = Math.max(1, Math.floor(eventsOf(tables) / SAMPLES));
  let n = 0;
  let calls = 0;
  let bytes = 0;
  let hits = 0;
  collect();
  for (const table of tables)
    for (let i = 0; i < table.length; i++) {
      model.apply(table, i);
      if (n++ % every !== 0) continue;
      const before = process.memoryUsage().heapUsed;
      for (let k = 0; k < CALLS; k++) if (matches(table, i, model)) hits++;
      // Where a collection fell in between, the sample tells nothing.
      const grown = process.memoryUsage().heapUsed - before;
      if (grown < 0) continue;
      bytes += grown;
      calls += CALLS;
    }
  if (hits > n * CALLS) throw new Error('more hits than calls');
  return bytes / calls;
}

export async function benchFilter({ rounds, runMs }: BenchOptions): Promise<Result> {
  const { blocks, startNs } = await record('firehose', runMs);
  const dictionary = new UserDataDictionary();
  const tables = blocks.map((b) => unpackBlock(b, dictionary, startNs).table);
  const rows: (string | number)[][] = [];
  const data: Record<string, unknown> = {};
  // Compiled once before anything is measured, so that no filter is the first that V8 sees.
  for (const text of filters) pass(tables, dictionary, compiled(text));
  for (const text of filters) {
    const matches = compiled(text);
    const model: number[] = [];
    const filtered: number[] = [];
    let hits = 0;
    for (let round = 0; round < rounds; round++) {
      model.push(pass(tables, dictionary, null).rate);
      const one = pass(tables, dictionary, matches);
      filtered.push(one.rate);
      hits = one.hits;
    }
    const bytes = bytesOf(tables, dictionary, matches);
    data[text] = { events: eventsOf(tables), hits, model, filtered, bytes };
    rows.push([`\`${text}\``, short(hits), `${short(median(model))}/s`, `${short(median(filtered))}/s`, bytes.toFixed(2)]);
  }
  return {
    name: 'filter',
    data,
    tables: [
      {
        title: 'Filters',
        note: `${short(eventsOf(tables))} events of a ${runMs} ms run of the firehose preset: what the model alone applies, and the model with a filter asked after each event, a second on one core; bytes that a call of the filter allocates.`,
        columns: ['filter', 'hits', 'model', 'model and filter', 'bytes a call'],
        rows,
      },
    ],
  };
}
