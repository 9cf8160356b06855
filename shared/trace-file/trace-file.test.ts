import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { unpackBlock } from '../codec/block.ts';
import { UserDataDictionary } from '../codec/event-table.ts';
import { MemorySink, rawRecord, START_NS, testHeader, traceBytes } from '../testing/trace-file.ts';
import { type ByteSource, bytesSource, type Deflate, type Inflate, paged } from './bytes.ts';
import { TraceFileError } from './errors.ts';
import { MAX_RECORD_BYTES, makeRecord, RECORD_HEADER_BYTES, readRecordHeader } from './record.ts';
import { TraceFile } from './trace-file.ts';
import { TraceWriter } from './writer.ts';

const deflate: Deflate = async (raw) => deflateRawSync(raw);
/** The largest size that anybody asked for. */
let mostInflated = 0;
const inflate: Inflate = async (stored, size) => {
  mostInflated = Math.max(mostInflated, size);
  return new Uint8Array(inflateRawSync(stored, { maxOutputLength: Math.max(1, size) }));
};

let file: { bytes: Uint8Array; blocks: Uint8Array[] };
beforeAll(async () => {
  file = await traceBytes(deflate);
});

const opened = (bytes: Uint8Array): Promise<TraceFile> => TraceFile.open(bytesSource(bytes), inflate);

/** Opens whatever it is, and reads all that can be read; the sentence where nothing can. */
async function readAll(bytes: Uint8Array): Promise<{ events: number; trouble: number } | string> {
  let trace: TraceFile;
  try {
    trace = await opened(bytes);
  } catch (e) {
    expect(e).toBeInstanceOf(TraceFileError);
    return (e as Error).message;
  }
  let events = 0;
  let trouble = trace.trouble.length;
  for (let part = 0; part < trace.parts.length; part++) {
    try {
      for (const block of await trace.blocks(part)) events += unpackBlock(block, new UserDataDictionary(), START_NS).table.length;
    } catch (e) {
      expect(e).toBeInstanceOf(Error);
      trouble++;
    }
  }
  for (let key = 0; key < trace.keys.length; key++)
    await trace.keyframe(key).catch((e: unknown) => expect(e).toBeInstanceOf(TraceFileError));
  await trace.view().catch((e: unknown) => expect(e).toBeInstanceOf(TraceFileError));
  return { events, trouble };
}

describe('a trace file', () => {
  it('gives back what was written', async () => {
    const trace = await opened(file.bytes);
    expect(trace.header).toEqual(testHeader);
    expect(trace.isCut).toBe(false);
    expect(trace.trouble).toEqual([]);
    expect(trace.parts.map(({ seq, count, tFirst, tLast }) => [seq, count, tFirst, tLast])).toEqual([
      [0n, 20, 0, 190_000],
      [20n, 20, 1_000_000, 1_190_000],
      [40n, 20, 2_000_000, 2_190_000],
    ]);
    for (const [part, block] of file.blocks.entries()) expect(await trace.blocks(part)).toEqual([block]);
    expect(trace.notes).toEqual([{ id: 'a', t: 5000, kind: 'note', text: 'here' }]);
    expect(trace.infos).toEqual([{ ended: { code: 'ok', message: 'It was told to end.' }, leftOut: 0 }]);
    expect(trace.keys).toMatchObject([{ number: 32, t: 700 }]);
    expect(await trace.keyframe(0)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await trace.view()).toEqual(new Uint8Array(500).fill(7));
  });

  it('takes new notes behind its end, and keeps all else', async () => {
    const sink = new MemorySink();
    sink.bytes = file.bytes;
    const writer = TraceWriter.append(await opened(file.bytes), sink, deflate);
    await writer.notes([{ id: 'b', t: 1, kind: 'bookmark', text: '' }]);
    await writer.close();
    const trace = await opened(sink.bytes);
    expect(trace.notes).toMatchObject([{ id: 'b' }]);
    expect(trace.parts.length).toBe(3);
    expect(await trace.view()).not.toBeNull();
    // Cut off in what was added: the recording itself was whole.
    const cut = await opened(sink.bytes.subarray(0, file.bytes.length + 30));
    expect(cut.isCut).toBe(false);
    expect(cut.notes).toMatchObject([{ id: 'a' }]);
    expect(cut.parts.length).toBe(3);
    expect(await cut.view()).not.toBeNull();
  });

  it('opens at every length that it was cut off at, with all parts that are whole', async () => {
    const ends: number[] = [];
    const trace = await opened(file.bytes);
    for (const { offset, stored } of trace.parts) ends.push(offset + RECORD_HEADER_BYTES + stored);
    for (let length = 0; length <= file.bytes.length; length++) {
      const read = await readAll(file.bytes.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      if (typeof read === 'string') expect(whole, `${length} bytes: ${read}`).toBe(0);
      else expect(read.events, `${length} bytes`).toBe(20 * whole);
    }
  });

  it('reads what can be read where bytes are damaged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(file.bytes.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 5 }),
        async (flips) => {
          const bytes = file.bytes.slice();
          for (const [at, by] of flips) bytes[at] = (bytes[at] as number) ^ by;
          const read = await readAll(bytes);
          if (typeof read !== 'string') expect(read.events).toBeLessThanOrEqual(60);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says of any bytes what they are, or reads them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (tail, isOurs) => {
        const bytes = isOurs ? Uint8Array.from([...file.bytes.subarray(0, 16), ...tail]) : tail;
        expect(typeof (await readAll(bytes))).toBe('string');
      }),
    );
  });

  it('loses one damaged part and says so', async () => {
    const bytes = file.bytes.slice();
    const [, second] = (await opened(bytes)).parts;
    const at = (second?.offset ?? 0) + RECORD_HEADER_BYTES + 3;
    bytes[at] = (bytes[at] as number) ^ 0xff;
    const trace = await opened(bytes);
    await expect(trace.blocks(1)).rejects.toMatchObject({ code: 'EDAMAGED' });
    expect(await trace.blocks(2)).toEqual([file.blocks[2]]);
    // Without the index at its end the damage is found when it is opened.
    const scanned = await opened(bytes.subarray(0, bytes.length - 1));
    expect(scanned.parts.map(({ seq }) => seq)).toEqual([0n, 40n]);
    expect(scanned.trouble.join(' ')).toContain("1 part of the trace can't be read");
  });

  it('passes over bytes that belong to nothing', async () => {
    const { offset } = (await opened(file.bytes)).parts[1] as { offset: number };
    const junk = new Uint8Array(5000).fill(0x41);
    const bytes = Uint8Array.from([...file.bytes.subarray(0, offset), ...junk, ...file.bytes.subarray(offset, file.bytes.length - 40)]);
    const trace = await opened(bytes);
    expect(trace.parts.length).toBe(3);
    expect(trace.trouble.join(' ')).toContain('5000 bytes of the file belong to no part');
  });

  it('refuses what is empty, something else, newer or without its header, in a sentence', async () => {
    const major = file.bytes.slice();
    major[8] = 2;
    const minor = file.bytes.slice();
    minor[10] = 9;
    expect(await opened(minor)).toBeInstanceOf(TraceFile);
    for (const [bytes, code] of [
      [new Uint8Array(), 'EEMPTY'],
      [new TextEncoder().encode('# tracer: nop\n'), 'ENOTTRACE'],
      [major, 'ENEWER'],
      [file.bytes.subarray(0, 12), 'EDAMAGED'],
      [file.bytes.subarray(0, 60), 'EDAMAGED'],
    ] as const) {
      await expect(opened(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(/^[A-Z].*\.$|".$/) });
    }
  });

  it('inflates no more than a record may hold, whatever it says', async () => {
    const record = await makeRecord('BLKS', new Uint8Array(1000), deflate);
    const view = new DataView(record.buffer);
    for (const raw of [0xffffffff, MAX_RECORD_BYTES + 1]) {
      view.setUint32(12, raw, true);
      const { crc32 } = await import('../codec/crc32.ts');
      view.setUint32(20, crc32(record, 0, 20), true);
      expect(readRecordHeader(record)).toBeNull();
    }
    // A bomb: its 20 MiB are said to be 1000 bytes.
    const bomb = deflateRawSync(new Uint8Array(20 * 1024 * 1024));
    const source: ByteSource = bytesSource(
      Uint8Array.from([...file.bytes.subarray(0, file.bytes.length - 40), ...rawRecord('BLKS', bomb, { encoding: 1, raw: 1000 })]),
    );
    mostInflated = 0;
    const trace = await TraceFile.open(source, inflate);
    expect(trace.parts.length).toBe(3);
    expect(mostInflated).toBeLessThan(100_000);
  });

  it('keeps and skips records of types that it does not know, and names those that a reader must know', async () => {
    const head = file.bytes.subarray(0, (await opened(file.bytes)).parts[0]?.offset);
    const tail = file.bytes.subarray(head.length, file.bytes.length - 40);
    const optional = await makeRecord('xtra', Uint8Array.of(1));
    const needed = await makeRecord('NEWS', Uint8Array.of(1));
    const trace = await opened(Uint8Array.from([...head, ...optional, ...needed, ...tail]));
    expect(trace.parts.length).toBe(3);
    expect(trace.trouble.join(' ')).toContain('type NEWS, which a newer ringlens reads');
    expect(trace.trouble.join(' ')).not.toContain('xtra');
  });
});

describe('pages', () => {
  it('give the bytes that the source has, and read each page once', async () => {
    const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 31) & 0xff);
    let reads = 0;
    const plain = bytesSource(bytes);
    const read: ByteSource['read'] = (offset, length) => {
      reads++;
      return plain.read(offset, length);
    };
    const source = paged({ size: plain.size, read });
    await fc.assert(
      fc.asyncProperty(fc.nat(720_000), fc.nat(300_000), async (offset, length) => {
        expect(Buffer.compare(await source.read(offset, length), await plain.read(offset, length))).toBe(0);
      }),
      { numRuns: 60 },
    );
    const before = reads;
    await source.read(10, 100);
    await source.read(262_100, 200);
    expect(reads).toBe(before);
  });
});
