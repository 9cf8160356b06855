/** Random damage to a trace file for as long as a run takes: it opens or says why not, and never takes more than its time. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflate, inflate } from '../agent/src/trace/zlib.ts';
import { unpackBlock } from '../shared/codec/block.ts';
import { crc32 } from '../shared/codec/crc32.ts';
import { UserDataDictionary } from '../shared/codec/event-table.ts';
import { bytesSource } from '../shared/trace-file/bytes.ts';
import { TraceFileError } from '../shared/trace-file/errors.ts';
import { decodeRecord, FILE_HEADER_BYTES, makeRecord, RECORD_HEADER_BYTES, readRecordHeader } from '../shared/trace-file/record.ts';
import { TraceFile } from '../shared/trace-file/trace-file.ts';
import { openReplay } from '../web/src/feed/replay/replay.ts';
import type { BenchOptions, Result } from './harness.ts';

const examples = ['bursts', 'single-shot', 'bundles', 'recvmsg-udp'];

/** A generator of its own: the same seed gives the same run. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function damaged(bytes: Uint8Array, next: () => number): Uint8Array {
  const at = (n: number): number => Math.floor(next() * n);
  const out = bytes.slice();
  switch (at(5)) {
    case 0:
      return out.subarray(0, at(out.length));
    case 1:
      for (let n = 1 + at(20); n > 0; n--) out[at(out.length)] = at(256);
      return out;
    case 2: {
      const [from, length] = [at(out.length), at(4096)];
      out.fill(at(256), from, from + length);
      return out;
    }
    case 3: {
      // A piece that stands twice.
      const from = at(out.length);
      const piece = out.subarray(from, from + at(20_000));
      return Uint8Array.from([...out.subarray(0, from), ...piece, ...out.subarray(from)]);
    }
    default: {
      const from = at(out.length);
      return Uint8Array.from([...out.subarray(0, from), ...out.subarray(from + at(20_000))]);
    }
  }
}

/** Headers that lie about encoding and lengths, or an index and a tail full of other numbers, with CRCs that fit. */
async function lying(bytes: Uint8Array, next: () => number): Promise<Uint8Array> {
  const out = bytes.slice();
  const view = new DataView(out.buffer);
  const at = (n: number): number => Math.floor(next() * n);
  const any = (): number => [at(256), at(1 << 16), at(bytes.length), at(2 ** 32), 64 * 1024 * 1024][at(5)] as number;
  const offsets: number[] = [];
  for (let offset = FILE_HEADER_BYTES; ; ) {
    const header = readRecordHeader(bytes, offset);
    if (header === null) break;
    offsets.push(offset);
    const body = offset + RECORD_HEADER_BYTES;
    if (header.type === 'indx' && next() < 0.5) {
      const text = new TextDecoder().decode(await decodeRecord(header, bytes.subarray(body, body + header.stored), inflate));
      const changed = text.replace(/\d+/g, (number) => (next() < 0.05 ? String(any()) : number));
      const tail = new Uint8Array(8);
      new DataView(tail.buffer).setBigUint64(0, BigInt(next() < 0.8 ? offset : any()), true);
      const records = [await makeRecord('indx', new TextEncoder().encode(changed), deflate), await makeRecord('tail', tail)];
      return Buffer.concat([bytes.subarray(0, offset), ...records]);
    }
    offset += RECORD_HEADER_BYTES + header.stored;
  }
  for (let n = 1 + at(3); n > 0; n--) {
    const offset = offsets[at(offsets.length)] as number;
    const field = [4, 8, 12, 16][at(4)] as number;
    if (field === 4) out[offset + 4] = any();
    else view.setUint32(offset + field, any(), true);
    view.setUint32(offset + 20, crc32(out, offset, offset + 20), true);
  }
  return out;
}

/** One record with other contents and the CRCs that fit them: what no checksum finds. */
async function forged(bytes: Uint8Array, next: () => number): Promise<Uint8Array> {
  const found: { offset: number; type: string; end: number; raw: Uint8Array }[] = [];
  for (let offset = FILE_HEADER_BYTES; ; ) {
    const header = readRecordHeader(bytes, offset);
    if (header === null) break;
    const body = bytes.subarray(offset + RECORD_HEADER_BYTES, offset + RECORD_HEADER_BYTES + header.stored);
    const end = offset + RECORD_HEADER_BYTES + header.stored;
    found.push({ offset, type: header.type, end, raw: (await decodeRecord(header, body, inflate)).slice() });
    offset = end;
  }
  const chosen = found[Math.floor(next() * found.length)];
  if (chosen === undefined) return bytes;
  const { offset, type, end, raw } = chosen;
  for (let n = 1 + Math.floor(next() * 4); n > 0 && raw.length > 0; n--) raw[Math.floor(next() * raw.length)] = Math.floor(next() * 256);
  const record = await makeRecord(type, raw, deflate);
  return Uint8Array.from([...bytes.subarray(0, offset), ...record, ...bytes.subarray(end)]);
}

export async function benchFuzz({ runMs }: BenchOptions): Promise<Result> {
  const seed = Date.now() >>> 0;
  const next = random(seed);
  const files = examples.map(
    (name) => new Uint8Array(readFileSync(fileURLToPath(new URL(`../examples/${name}.ringlens`, import.meta.url)))),
  );
  const counts = { opened: 0, refused: 0, blocksLost: 0, failures: 0 };
  let slowest = 0;
  const end = performance.now() + runMs * 10;
  while (performance.now() < end) {
    const file = files[Math.floor(next() * files.length)] as Uint8Array;
    const kind = Math.floor(next() * 3);
    const bytes = kind === 0 ? damaged(file, next) : await (kind === 1 ? forged : lying)(file, next);
    const t0 = performance.now();
    try {
      const trace = await TraceFile.open(bytesSource(bytes), inflate);
      counts.opened++;
      const startNs = BigInt(trace.header.session.startNs);
      for (let part = 0; part < trace.parts.length; part++) {
        try {
          for (const block of await trace.blocks(part)) unpackBlock(block, new UserDataDictionary(), startNs);
        } catch {
          counts.blocksLost++;
        }
      }
      const replay = await openReplay(trace, startNs, () => undefined);
      await replay.prepare({
        cursor: replay.end,
        seq: null,
        span: 1e8,
        width: 500,
        firstLane: 0,
        laneCount: 8,
        cqeRows: 20,
        ring: null,
        group: null,
        loop: false,
        loopSlot: null,
      });
    } catch (e) {
      if (e instanceof TraceFileError) counts.refused++;
      else {
        counts.failures++;
        console.error(`seed ${seed}:`, e);
      }
    }
    slowest = Math.max(slowest, performance.now() - t0);
  }
  return {
    name: 'fuzz',
    data: { seed, ...counts, slowest },
    tables: [
      {
        title: 'Damaged trace files',
        note: `The example recordings with random damage (cut, bytes changed, pieces taken out or doubled; or contents, lengths or index changed, with checksums that fit), for ${((runMs * 10) / 1000).toFixed(0)} s, seed ${seed}: opened, read to the end and shown. A failure is anything but a sentence.`,
        columns: ['files', 'opened', 'refused with a sentence', 'parts that could not be read', 'failures', 'slowest'],
        rows: [
          [
            counts.opened + counts.refused + counts.failures,
            counts.opened,
            counts.refused,
            counts.blocksLost,
            counts.failures,
            `${slowest.toFixed(0)} ms`,
          ],
        ],
      },
    ],
  };
}
