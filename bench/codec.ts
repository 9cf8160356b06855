/** Blocks of a real run: what C++ packs, how fast TypeScript unpacks and the model applies, bytes an event. */
import { loadAddon } from '../native/index.ts';
import { readHeader, unpackBlock } from '../shared/codec/block.ts';
import { UserDataDictionary } from '../shared/codec/event-table.ts';
import { RingSummary } from '../shared/model/summary.ts';
import { type PresetName, presetParams } from '../shared/schema/workload-params.ts';
import { type BenchOptions, median, pause, type Result, short } from './harness.ts';

export async function record(preset: PresetName, ms: number): Promise<{ blocks: Uint8Array[]; startNs: bigint }> {
  const blocks: Uint8Array[] = [];
  const workload = loadAddon().startWorkload(presetParams(preset), { onBlocks: () => take(), onStopped: () => undefined });
  const take = (): void => {
    for (let some = workload.takeBlocks(); some.length > 0; some = workload.takeBlocks()) blocks.push(...some);
  };
  const { startNs } = workload;
  await pause(ms);
  await workload.close();
  take();
  return { blocks, startNs };
}

export async function benchCodec({ rounds, runMs }: BenchOptions): Promise<Result> {
  const rows: (string | number)[][] = [];
  const data: Record<string, unknown> = {};
  for (const preset of ['bursts', 'firehose'] as const) {
    const { blocks, startNs } = await record(preset, runMs);
    const events = blocks.reduce((n, b) => n + readHeader(b).count, 0);
    const bytes = blocks.reduce((n, b) => n + b.length, 0);
    const unpack: number[] = [];
    const apply: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const dictionary = new UserDataDictionary();
      const t0 = performance.now();
      const tables = blocks.map((b) => unpackBlock(b, dictionary, startNs).table);
      const t1 = performance.now();
      const summary = new RingSummary(dictionary);
      for (const table of tables) summary.add(table);
      unpack.push(events / ((t1 - t0) / 1000));
      apply.push(events / ((performance.now() - t1) / 1000));
    }
    data[preset] = { events, bytes, bytesPerEvent: bytes / events, unpack, apply };
    rows.push([preset, short(events), (bytes / events).toFixed(2), `${short(median(unpack))}/s`, `${short(median(apply))}/s`]);
  }
  return {
    name: 'codec',
    data,
    tables: [
      {
        title: 'Blocks',
        note: `Blocks of a ${runMs} ms run of each preset, as C++ packed them (no compression); events that TypeScript (${process.version}) unpacks, and that the model with its summary applies, a second on one core.`,
        columns: ['preset', 'events', 'bytes an event', 'unpack', 'model'],
        rows,
      },
    ],
  };
}
