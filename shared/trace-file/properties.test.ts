/** What holds of every trace file: generated ones, and what is left of them when a place is damaged. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBlock } from '../codec/block.ts';
import { crc32 } from '../codec/crc32.ts';
import { tableOf } from '../codec/event-table.ts';
import { anyEvent } from '../testing/any-event.ts';
import { concat, MemorySink, START_NS, testHeader } from '../testing/trace-file.ts';
import { type ByteSource, bytesSource, type Deflate, type Inflate } from './bytes.ts';
import type { TraceInfo } from './content.ts';
import { TraceFileError } from './errors.ts';
import { FILE_HEADER_BYTES, MAX_RECORD_BYTES, makeRecord, RECORD_HEADER_BYTES, readRecordHeader } from './record.ts';
import { traceRecords } from './scan.ts';
import { TraceFile } from './trace-file.ts';
import { TraceWriter } from './writer.ts';

const deflate: Deflate = async (raw) => new Uint8Array(deflateRawSync(raw));
const inflate: Inflate = async (stored, size) => new Uint8Array(inflateRawSync(stored, { maxOutputLength: Math.max(1, size) }));

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const note = fc.record({
  id: fc.string({ maxLength: 64 }),
  t: fc.nat(),
  kind: fc.constantFrom('note' as const, 'bookmark' as const),
  text: fc.string({ unit: 'grapheme', maxLength: 40 }),
});
/** Events of a part by block, or what else a recorder writes between parts. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ part: fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ notes: fc.array(note, { maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ leftOut: fc.nat() }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const steps = fc.array(step, { maxLength: 8 });
const severalSteps = fc.array(step, { minLength: 4, maxLength: 8 });

interface Written {
  bytes: Uint8Array;
  parts: { offset: number; end: number; blocks: Uint8Array[] }[];
  infos: TraceInfo[];
  notes: unknown[];
}

async function write(all: readonly Step[], compressed: boolean): Promise<Written> {
  const sink = new MemorySink();
  const writer = await TraceWriter.create(sink, compressed ? deflate : async (raw) => raw, testHeader);
  const out: Written = { bytes: sink.bytes, parts: [], infos: [], notes: [] };
  let seq = 0n;
  for (const one of all) {
    if ('part' in one) {
      const blocks = one.part.map((events) => {
        const block = packBlock(tableOf([...events].sort((x, y) => x.t - y.t)), { seq, startNs: START_NS });
        seq += BigInt(events.length);
        return block;
      });
      const offset = writer.size;
      await writer.blocks(blocks);
      out.parts.push({ offset, end: writer.size, blocks });
    } else if ('notes' in one) {
      await writer.notes(one.notes);
      out.notes = one.notes;
    } else {
      await writer.info({ leftOut: one.leftOut });
      out.infos.push({ leftOut: one.leftOut });
    }
  }
  await writer.close();
  out.bytes = sink.bytes;
  return out;
}

const blocksOf = async (trace: TraceFile): Promise<Uint8Array[]> => {
  const all: Uint8Array[] = [];
  for (let part = 0; part < trace.parts.length; part++) all.push(...(await trace.blocks(part).catch(sentence)));
  return all;
};
/** Nothing but a TraceFileError of one sentence may come. */
const sentence = (e: unknown): [] => {
  expect(e).toBeInstanceOf(TraceFileError);
  expect((e as Error).message).toMatch(/^[A-Z][^\n]*[."]$/);
  return [];
};
const hex = (blocks: readonly Uint8Array[]): string[] => blocks.map((block) => Buffer.from(block).toString('hex'));

/** `at` = 0 … 1 of what lies behind the HEAD record. */
const place = (file: Written, at: number): number => {
  const head = readRecordHeader(file.bytes, FILE_HEADER_BYTES);
  const from = FILE_HEADER_BYTES + RECORD_HEADER_BYTES + (head?.stored ?? 0);
  return from + Math.floor(at * (file.bytes.length - from));
};
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

describe('every trace file', () => {
  it('gives back its blocks, notes and information, by its index and without it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (all, compressed) => {
        const file = await write(all, compressed);
        const byIndex = await TraceFile.open(bytesSource(file.bytes), inflate);
        const byScan = await TraceFile.open(bytesSource(file.bytes.subarray(0, -1)), inflate);
        expect(byScan.parts).toEqual(byIndex.parts);
        for (const trace of [byIndex, byScan]) {
          expect(hex(await blocksOf(trace))).toEqual(hex(file.parts.flatMap(({ blocks }) => blocks)));
          expect([trace.infos, trace.notes, trace.isCut, trace.trouble]).toEqual([file.infos, file.notes, false, []]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('that is cut off gives all parts before the cut', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fraction, async (all, at) => {
        const file = await write(all, true);
        const cut = place(file, at);
        const trace = await TraceFile.open(bytesSource(file.bytes.subarray(0, cut)), inflate);
        const wanted = file.parts.filter(({ end }) => end <= cut).flatMap(({ blocks }) => blocks);
        expect(hex(await blocksOf(trace))).toEqual(hex(wanted));
      }),
      { numRuns: 150 },
    );
  });

  it('gives every part that damage elsewhere did not touch', async () => {
    const damage = fc.constantFrom('overwrite' as const, 'remove' as const, 'insert' as const, 'repeat' as const);
    await fc.assert(
      fc.asyncProperty(severalSteps, damage, fraction, fc.uint8Array({ minLength: 1, maxLength: 300 }), async (all, kind, at, junk) => {
        const file = await write(all, true);
        const from = place(file, at);
        const to = kind === 'insert' ? from : Math.min(file.bytes.length, from + junk.length);
        const between = {
          overwrite: junk.subarray(0, to - from),
          remove: new Uint8Array(),
          insert: junk,
          repeat: file.bytes.subarray(from, to),
        };
        const rest = file.bytes.subarray(kind === 'repeat' ? from : to);
        const trace = await TraceFile.open(bytesSource(concat(file.bytes.subarray(0, from), between[kind], rest)), inflate);
        const touches = (part: { offset: number; end: number }): boolean =>
          kind === 'insert' || kind === 'repeat' ? part.offset < from && part.end > from : part.offset < to && part.end > from;
        const got = new Set(hex(await blocksOf(trace)));
        for (const part of file.parts) if (!touches(part)) for (const block of hex(part.blocks)) expect(got).toContain(block);
      }),
      { numRuns: 400 },
    );
  });

  it('whose records lie about their lengths is read up to a bound', async () => {
    const lie = fc.record({
      at: fc.nat(),
      field: fc.constantFrom(4, 8, 12, 16),
      value: fc.oneof(u32, fc.nat(5000), fc.constant(MAX_RECORD_BYTES)),
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.array(lie, { minLength: 1, maxLength: 4 }), fc.boolean(), async (all, lies, isCut) => {
        const file = await write(all, true);
        const bytes = file.bytes.slice();
        const found: number[] = [];
        for await (const { offset } of traceRecords(bytesSource(bytes))) found.push(offset);
        const view = new DataView(bytes.buffer);
        for (const { at, field, value } of lies) {
          // The header of the trace stays: without it there is nothing to read.
          const offset = found[1 + (at % (found.length - 1))] as number;
          if (field === 4) bytes[offset + 4] = value;
          else view.setUint32(offset + field, value, true);
          view.setUint32(offset + 20, crc32(bytes, offset, offset + 20), true);
        }
        let read = 0;
        const plain = bytesSource(isCut ? bytes.subarray(0, -1) : bytes);
        const source: ByteSource = {
          size: plain.size,
          async read(offset, length) {
            const piece = await plain.read(offset, length);
            read += piece.length;
            return piece;
          },
        };
        let inflated = 0;
        const trace = await TraceFile.open(source, async (stored, size) => {
          const raw = await inflate(stored, size);
          inflated += raw.length;
          return raw;
        });
        expect(read).toBeLessThan(12 * bytes.length + 4096);
        expect(inflated).toBeLessThan(1024 * bytes.length);
        await blocksOf(trace);
        await trace.view().catch(sentence);
      }),
      { numRuns: 200 },
    );
  });

  it('begins with what it is, or is refused with a sentence', async () => {
    const start = fc.constantFrom(0, 8, FILE_HEADER_BYTES);
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 600 }), async (own, rest) => {
        const { bytes } = await write([], true);
        const opened = await TraceFile.open(bytesSource(concat(bytes.subarray(0, own), rest)), inflate).catch(sentence);
        expect(opened).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps records of unknown types where they are when it is appended to', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.stringMatching(/^[a-z][A-Za-z]{3}$/), fc.uint8Array({ maxLength: 50 }), async (all, type, content) => {
        fc.pre(!['info', 'note', 'keys', 'view', 'indx', 'tail'].includes(type));
        const { bytes } = await write(all, true);
        const sink = new MemorySink(concat(bytes, await makeRecord(type, content)));
        const writer = TraceWriter.append(await TraceFile.open(bytesSource(sink.bytes), inflate), sink, deflate);
        await writer.notes([]);
        await writer.close();
        const found: Uint8Array[] = [];
        for await (const { header, stored } of traceRecords(bytesSource(sink.bytes)))
          if (header.type === type && stored !== null) found.push(stored);
        expect(found).toEqual([content]);
        expect((await TraceFile.open(bytesSource(sink.bytes), inflate)).trouble).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
