/** The model of the page follows a real ring: what each snapshot says is what the events before it gave. */
import { expect, test } from 'vitest';
import { tableOf, UserDataDictionary } from '../../shared/codec/event-table.ts';
import { RingModel } from '../../shared/model/ring-model.ts';
import { presetParams, type WorkloadParams } from '../../shared/schema/workload-params.ts';
import { addon, Run } from './harness.ts';

const features = addon.features();
const bursts = presetParams('bursts');
const cases: [string, WorkloadParams, boolean][] = [
  ['multishot', bursts, true],
  ['single-shot, legacy buffers', { ...bursts, mode: 'single', bufferKind: 'legacy' }, true],
  ['bundles', { ...bursts, bundle: true }, features.bundle],
  ['incremental', { ...bursts, incremental: true, buffers: 8, bufferSize: 512 }, features.incremental],
];

for (const [name, params, has] of cases) {
  test.skipIf(!has)(`${name}: no snapshot contradicts the model`, async () => {
    const run = new Run(params);
    await run.seen('snapshot', () => true, 3);
    await run.finish();
    const dictionary = new UserDataDictionary();
    const table = tableOf(run.events, dictionary);
    const model = new RingModel(dictionary);
    for (let i = 0; i < table.length; i++) model.apply(table, i);
    expect(model.snapshotConflicts).toBe(0);
    expect(model.uncertain).toBe(false);
  });
}
