/** Files that somebody made to do harm, or that a disk has mangled: bounded memory, bounded work, a sentence. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, endOf, MemorySink, rawRecord, traceBytes } from '../testing/trace-file.ts';
import { type ByteSource, bytesSource, type Deflate, type Inflate } from './bytes.ts';
import { jsonBytes, type Part } from './content.ts';
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES } from './record.ts';
import { TraceFile } from './trace-file.ts';
import { TraceWriter } from './writer.ts';

const deflate: Deflate = async (raw) => deflateRawSync(raw);

/** Counts what is read and inflated. */
class Meter {
  mostRead = 0;
  read = 0;
  inflated = 0;
  readonly inflate: Inflate = async (stored, size) => {
    this.inflated += size;
    return new Uint8Array(inflateRawSync(stored, { maxOutputLength: Math.max(1, size) }));
  };
  source(bytes: Uint8Array, size = bytes.length): ByteSource {
    const plain = bytesSource(bytes);
    return {
      size,
      read: (offset, length) => {
        this.mostRead = Math.max(this.mostRead, length);
        this.read += Math.min(length, Math.max(0, size - offset));
        return plain.read(offset, length);
      },
    };
  }
  open(bytes: Uint8Array): Promise<TraceFile> {
    return TraceFile.open(this.source(bytes), this.inflate);
  }
}

let file: { bytes: Uint8Array; blocks: Uint8Array[] };
let parts: readonly Part[];
/** The records of the file up to its index, without index and tail. */
let body: Uint8Array;
beforeAll(async () => {
  file = await traceBytes(deflate);
  const trace = await new Meter().open(file.bytes);
  ({ parts } = trace);
  const tail = new DataView(file.bytes.buffer, file.bytes.length - 8);
  body = file.bytes.subarray(0, Number(tail.getBigUint64(0, true)));
});

const indexWith = (changed: object): Uint8Array =>
  jsonBytes({ parts, keys: [], view: null, info: [], note: null, complete: true, ...changed });
const withIndex = (index: Uint8Array, says?: { encoding: number; raw: number }): Uint8Array =>
  concat(body, endOf(body.length, index, says));
const seqs = (trace: TraceFile): bigint[] => trace.parts.map(({ seq }) => seq);
const partAt = (i: number): Part => parts[i] as Part;

describe('an index that lies', () => {
  it('about the length of a part makes nobody read more than a record holds', async () => {
    const meter = new Meter();
    const trace = await meter.open(withIndex(indexWith({ parts: parts.map((part) => ({ ...part, stored: 2 ** 50 })) })));
    for (let part = 0; part < trace.parts.length; part++) expect(await trace.blocks(part)).toEqual([file.blocks[part]]);
    expect(meter.mostRead).toBeLessThanOrEqual(RECORD_HEADER_BYTES + MAX_RECORD_BYTES);
  });

  it.each([
    ['behind itself', (all: readonly Part[]) => all.map((part) => ({ ...part, offset: part.offset + 1_000_000 }))],
    ['twice', (all: readonly Part[]) => [...all, ...all]],
    ['backwards', (all: readonly Part[]) => [...all].reverse()],
  ])('and names parts %s is not believed: the parts are looked for', async (_, change) => {
    const trace = await new Meter().open(withIndex(indexWith({ parts: change(parts) })));
    expect(seqs(trace)).toEqual([0n, 20n, 40n]);
    for (let part = 0; part < 3; part++) expect(await trace.blocks(part)).toEqual([file.blocks[part]]);
  });

  it('about where a part is gets a sentence for that part', async () => {
    const moved = parts.map((part) => ({ ...part, offset: part.offset + 1 }));
    const trace = await new Meter().open(withIndex(indexWith({ parts: moved, info: [3], note: 2 ** 52 })));
    expect(trace.trouble).toEqual([expect.stringContaining('told later of its session'), expect.stringContaining('notes')]);
    await expect(trace.blocks(0)).rejects.toMatchObject({ code: 'EDAMAGED', message: expect.stringContaining('no record of type BLKS') });
  });

  it('and names one big information record ten thousand times has it read once', async () => {
    const big = deflateRawSync(jsonBytes({ leftOut: 1, padding: 'x'.repeat(4 * 1024 * 1024) }));
    const raw = jsonBytes({ leftOut: 1, padding: 'x'.repeat(4 * 1024 * 1024) }).length;
    const before = concat(body, rawRecord('info', big, { encoding: 1, raw }));
    const meter = new Meter();
    const trace = await meter.open(concat(before, endOf(before.length, indexWith({ info: Array(10_000).fill(body.length) }))));
    expect(trace.parts.length).toBe(3);
    expect(meter.inflated).toBeLessThanOrEqual(2 * raw);
  });
  it('and names a hundred big information records is read up to a bound, and says so', async () => {
    const raw = jsonBytes({ leftOut: 1, padding: 'x'.repeat(4 * 1024 * 1024) });
    const record = rawRecord('info', deflateRawSync(raw), { encoding: 1, raw: raw.length });
    const info = Array.from({ length: 100 }, (_, i) => body.length + i * record.length);
    const before = concat(body, ...info.map(() => record));
    const meter = new Meter();
    const trace = await meter.open(concat(before, endOf(before.length, indexWith({ info }))));
    expect(meter.inflated).toBeLessThan(100 * 1024 * 1024);
    expect(trace.trouble.join(' ')).toContain('information');
  });
});

describe('a scan', () => {
  it('finds the parts behind one that lacks a piece', async () => {
    for (const at of [0, 1, 2]) {
      const { offset } = partAt(at);
      const hole = offset + RECORD_HEADER_BYTES + 20;
      const trace = await new Meter().open(concat(file.bytes.subarray(0, hole), file.bytes.subarray(hole + 30)));
      expect(seqs(trace), `part ${at}`).toEqual([0n, 20n, 40n].filter((_, i) => i !== at));
      expect(trace.trouble.join(' ')).toContain("1 part of the trace can't be read");
      expect(trace.notes).toHaveLength(1);
      expect(trace.infos).toHaveLength(1);
      expect(trace.isCut).toBe(false);
    }
  });

  it('finds what was added behind a part that was cut off', async () => {
    const cut = file.bytes.subarray(0, partAt(2).offset + RECORD_HEADER_BYTES + 10);
    const sink = new MemorySink(cut);
    const writer = TraceWriter.append(await new Meter().open(cut), sink, deflate);
    await writer.notes([{ id: 'late', t: 1, kind: 'note', text: 'x'.repeat(20) }]);
    await writer.close(false);
    const whole = await new Meter().open(sink.bytes);
    expect([seqs(whole), whole.notes[0]?.id, whole.isCut]).toEqual([[0n, 20n], 'late', true]);
    // The same where the end is lost again.
    const scanned = await new Meter().open(sink.bytes.subarray(0, sink.bytes.length - 5));
    expect([seqs(scanned), scanned.notes[0]?.id, scanned.isCut]).toEqual([[0n, 20n], 'late', true]);
  });

  it('takes a part that stands there twice once', async () => {
    const end = partAt(1).offset + RECORD_HEADER_BYTES + partAt(1).stored;
    const again = file.bytes.subarray(partAt(1).offset, end);
    const trace = await new Meter().open(concat(file.bytes.subarray(0, end), again, file.bytes.subarray(end)));
    expect(seqs(trace)).toEqual([0n, 20n, 40n]);
    expect(trace.trouble.join(' ')).toContain('twice');
  });

  it('does not call a recording cut off whose index alone is damaged', async () => {
    const bytes = file.bytes.slice();
    bytes[body.length + RECORD_HEADER_BYTES + 5] = (bytes[body.length + RECORD_HEADER_BYTES + 5] as number) ^ 0xff;
    const trace = await new Meter().open(bytes);
    expect(seqs(trace)).toEqual([0n, 20n, 40n]);
    expect(trace.isCut).toBe(false);
    expect(trace.trouble).toEqual([expect.stringContaining('index')]);
    expect(trace.notes).toHaveLength(1);
  });

  it('is begun where the tail points nowhere, or stands there again', async () => {
    for (const to of [0n, 17n, BigInt(body.length + 1), 2n ** 63n]) {
      const tail = new Uint8Array(8);
      new DataView(tail.buffer).setBigUint64(0, to, true);
      const trace = await new Meter().open(concat(body, rawRecord('tail', tail)));
      expect(seqs(trace)).toEqual([0n, 20n, 40n]);
    }
    const twice = await new Meter().open(concat(file.bytes, file.bytes.subarray(file.bytes.length - RECORD_HEADER_BYTES - 8)));
    expect([seqs(twice), twice.isCut, twice.trouble]).toEqual([[0n, 20n, 40n], false, []]);
  });

  it('inflates the newest index and not each of a hundred', async () => {
    const raw = concat(indexWith({}), new Uint8Array(8 * 1024 * 1024).fill(0x20));
    const bomb = rawRecord('indx', deflateRawSync(raw), { encoding: 1, raw: raw.length });
    const meter = new Meter();
    const trace = await meter.open(concat(body, ...Array.from({ length: 100 }, () => bomb)));
    expect(seqs(trace)).toEqual([0n, 20n, 40n]);
    expect(meter.inflated).toBeLessThan(5 * raw.length);
  });

  it('reads a file of nothing but headers that promise megabytes a few times at most', async () => {
    const lie = rawRecord('BLKS', new Uint8Array(), { stored: 500_000, raw: 500_000 });
    const bytes = concat(body, ...Array.from({ length: 40_000 }, () => lie));
    const meter = new Meter();
    const trace = await meter.open(bytes);
    expect(seqs(trace)).toEqual([0n, 20n, 40n]);
    expect(meter.read).toBeLessThan(8 * bytes.length + 2 * MAX_RECORD_BYTES);
  });

  it('reads in pieces of 1 MiB where it looks for a header', async () => {
    const junk = new Uint8Array(6 * 1024 * 1024).fill(0x41);
    const meter = new Meter();
    const trace = await meter.open(
      concat(body, junk, rawRecord('note', jsonBytes({ notes: [{ id: 'z', t: 1, kind: 'note', text: '' }] }))),
    );
    expect(trace.notes).toMatchObject([{ id: 'z' }]);
    expect(meter.mostRead).toBeLessThan(1024 * 1024 + 100);
  });

  it('keeps the many keyframes of a long trace', async () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => ({ offset: 16 + (i % 100), number: i + 1, t: i }));
    const trace = await new Meter().open(concat(withIndex(indexWith({ keys })), Uint8Array.of(0)));
    expect(trace.keys).toHaveLength(200_000);
    expect(trace.isCut).toBe(false);
  });
});

describe('a newer minor version', () => {
  it('names in its index what a reader must know, which is told and kept', async () => {
    const bytes = withIndex(indexWith({ needs: ['NEWS'], later: { some: 'thing' } }));
    const trace = await new Meter().open(bytes);
    expect(trace.trouble.join(' ')).toContain('type NEWS, which a newer ringlens reads');
    const sink = new MemorySink(bytes);
    const writer = TraceWriter.append(trace, sink, deflate);
    await writer.notes([]);
    await writer.close();
    const again = await new Meter().open(sink.bytes);
    expect(again.index).toMatchObject({ needs: ['NEWS'], later: { some: 'thing' } });
    expect(again.trouble.join(' ')).toContain('NEWS');
  });
});
