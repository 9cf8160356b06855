/** Small trace files for tests: of real blocks, made by the writer itself. */
import { packBlock } from '../codec/block.ts';
import { crc32 } from '../codec/crc32.ts';
import { UserDataDictionary } from '../codec/event-table.ts';
import { presetParams } from '../schema/workload-params.ts';
import type { Deflate, TraceSink } from '../trace-file/bytes.ts';
import { eventSchema, type TraceHeader } from '../trace-file/content.ts';
import { RECORD_HEADER_BYTES } from '../trace-file/record.ts';
import { TraceWriter } from '../trace-file/writer.ts';
import { traceFromText } from './trace-from-text.ts';

export const START_NS = 5_000_000_000n;
export const EVENTS_A_PART = 20;

export const testHeader: TraceHeader = {
  ringlens: '0.0.0',
  clock: 'CLOCK_MONOTONIC',
  session: {
    id: 'abc',
    source: 'live',
    kernel: 'Linux 6.18',
    pid: 1,
    target: null,
    listen: '',
    startNs: String(START_NS),
    startWallMs: 1_700_000_000_000,
    capabilities: { probe: true, kernel: false, kernelBackend: '', kernelScope: 'off', kernelMissing: '', kernelNotes: [] },
    features: null,
  },
  params: presetParams('steady'),
  schema: eventSchema(),
};

export const concat = (...pieces: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(pieces.reduce((n, piece) => n + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
};

export class MemorySink implements TraceSink {
  constructor(public bytes: Uint8Array = new Uint8Array()) {}
  async write(more: Uint8Array): Promise<void> {
    this.bytes = concat(this.bytes, more);
  }
}

/** The block of part `p`: EVENTS_A_PART reaps, 10 µs apart from `p` ms on. */
export function blockOf(p: number): Uint8Array {
  const lines = Array.from({ length: EVENTS_A_PART }, (_, i) => `${p * 1000 + i * 10} reap c${i % 3} 64 bid=${i % 8} MORE`);
  return packBlock(traceFromText(lines.join('\n'), new UserDataDictionary()), { seq: BigInt(p * EVENTS_A_PART), startNs: START_NS });
}

/** Parts of one block each, then information, a note, a keyframe, a view, index and tail. */
export async function traceBytes(deflate: Deflate, parts = 3): Promise<{ bytes: Uint8Array; blocks: Uint8Array[] }> {
  const sink = new MemorySink();
  const writer = await TraceWriter.create(sink, deflate, testHeader);
  const blocks = Array.from({ length: parts }, (_, p) => blockOf(p));
  for (const block of blocks) await writer.blocks([block]);
  await writer.info({ ended: { code: 'ok', message: 'It was told to end.' }, leftOut: 0 });
  await writer.notes([{ id: 'a', t: 5000, kind: 'note', text: 'here' }]);
  await writer.keyframe(32, 700, Uint8Array.of(1, 2, 3));
  await writer.view(new Uint8Array(500).fill(7));
  await writer.close();
  return { bytes: sink.bytes, blocks };
}

/** A record that says of itself what it is told to, with CRCs that fit. */
export function rawRecord(type: string, stored: Uint8Array, says: { encoding?: number; stored?: number; raw?: number } = {}): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_BYTES + stored.length);
  const view = new DataView(record.buffer);
  for (let i = 0; i < 4; i++) record[i] = type.charCodeAt(i);
  record[4] = says.encoding ?? 0;
  view.setUint32(8, says.stored ?? stored.length, true);
  view.setUint32(12, says.raw ?? stored.length, true);
  view.setUint32(16, crc32(stored), true);
  view.setUint32(20, crc32(record, 0, 20), true);
  record.set(stored, RECORD_HEADER_BYTES);
  return record;
}

/** Index and tail, to be put behind `before` bytes. */
export function endOf(before: number, index: Uint8Array, says: { encoding?: number; raw?: number } = {}): Uint8Array {
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setBigUint64(0, BigInt(before), true);
  return concat(rawRecord('indx', index, says), rawRecord('tail', tail));
}
