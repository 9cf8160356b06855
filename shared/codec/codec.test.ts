import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kind, OwnOp } from '../schema/events.ts';
import { anyEvent } from '../testing/any-event.ts';
import {
  BLOCK_HEADER_BYTES,
  BlockError,
  BlockFlag,
  packBlock,
  readHeader,
  readSummary,
  splitBlocks,
  summaryOnly,
  unpackBlock,
} from './block.ts';
import { crc32 } from './crc32.ts';
import { type EventRecord, eventAt, tableOf, UserDataDictionary } from './event-table.ts';

const inOrder = (rs: EventRecord[]) => rs.sort((x, y) => x.t - y.t);
const startNs = 123_456_789_012_345n;
const pack = (rs: Partial<EventRecord>[], seq = 7n) => packBlock(tableOf(rs), { seq, startNs });

describe('block', () => {
  it('gives back every record exactly', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 400 }), (rs) => {
        const { header, table } = unpackBlock(pack(inOrder(rs)), new UserDataDictionary(), startNs);
        expect(header.count).toBe(rs.length);
        expect(header.seq).toBe(7n);
        expect(rs.map((_, i) => eventAt(table, i))).toEqual(rs);
      }),
    );
  });

  it('keeps more than 256 different user_data values', () => {
    const rs = Array.from({ length: 300 }, (_, i) => ({ kind: 10, userData: BigInt(i) * 0x1_0000_0001n }));
    const { table } = unpackBlock(pack(rs), new UserDataDictionary(), startNs);
    expect(rs.map((_, i) => eventAt(table, i).userData)).toEqual(rs.map((r) => r.userData));
  });

  it('says what is wrong with a block that was cut anywhere, and never reads outside', () => {
    const block = pack([
      { kind: Kind.reap, userData: 0x1000n, res: 64, flags: 0x30003 },
      { kind: Kind.replenish, a: 3, t: 5 },
    ]);
    for (let n = 0; n < block.length; n++) {
      expect(() => unpackBlock(block.slice(0, n), new UserDataDictionary(), startNs)).toThrow(BlockError);
    }
  });

  it('finds every flipped byte behind the CRC', () => {
    const block = pack([{ kind: Kind.reap, userData: 0x1000n, res: 64, flags: 0x30003 }]);
    for (let i = 16; i < block.length; i++) {
      const bad = block.slice();
      bad[i] = (bad[i] as number) ^ 0x10;
      expect(() => unpackBlock(bad, new UserDataDictionary(), startNs)).toThrow(BlockError);
    }
  });

  it('answers bytes that make no sense with a BlockError, whatever they are', () => {
    const block = pack(Array.from({ length: 50 }, (_, i) => ({ kind: Kind.reap, t: i, userData: BigInt(i % 5), res: i, flags: i << 16 })));
    fc.assert(
      fc.property(
        fc.integer({ min: BLOCK_HEADER_BYTES, max: block.length - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        (at, noise) => {
          const bad = block.slice();
          bad.set(noise.subarray(0, bad.length - at), at);
          new DataView(bad.buffer).setUint32(12, crc32(bad, 16), true); // so that the columns themselves are read
          try {
            unpackBlock(bad, new UserDataDictionary(), startNs);
          } catch (e) {
            expect(e).toBeInstanceOf(BlockError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses a newer version, and bytes that are something else', () => {
    const newer = pack([]);
    newer[4] = 2;
    expect(() => readHeader(newer)).toThrow(/version 2/);
    expect(() => readHeader(new Uint8Array(100))).toThrow(/not a ringlens block/);
  });

  it('summarises recv CQEs, and keeps the summary when the columns are cut', () => {
    const recv = BigInt(OwnOp.recv) << 12n;
    const block = pack([
      { kind: Kind.snapshot, a: 0 },
      { kind: Kind.snapshot_end },
      { kind: Kind.reap, userData: recv, res: 64, flags: 0x0007 },
      { kind: Kind.reap, userData: recv, res: 10, flags: 0x10003 },
      { kind: Kind.reap, userData: recv, res: -105 },
      { kind: Kind.reap, userData: recv | 1n, res: 0, flags: 4 },
      { kind: Kind.reap, userData: BigInt(OwnOp.send) << 12n, res: 999 },
      { kind: Kind.dropped, a: 12 },
    ]);
    const small = summaryOnly(block);
    for (const b of [block, small]) {
      const h = readHeader(b);
      expect(h).toMatchObject({ count: 8, dropped: 12, snapshotIndex: 0 });
      expect(readSummary(b)).toMatchObject({ bytesReceived: 74, cqes: 4, more: 2, nonEmpty: 2, enobufs: 1, otherErrors: 0, eof: 1 });
    }
    expect(readHeader(small).flags & BlockFlag.summaryOnly).toBe(BlockFlag.summaryOnly);
    expect(unpackBlock(small, new UserDataDictionary(), startNs).table.length).toBe(0);
    const joined = new Uint8Array([...block, ...small]);
    expect([...splitBlocks(joined)].map((b) => b.length)).toEqual([block.length, small.length]);
  });
});

describe('crc32', () => {
  it('is zlib’s', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });
});

describe('UserDataDictionary', () => {
  it('stays bounded: the oldest ids are used again', () => {
    const dictionary = new UserDataDictionary(3);
    const idOf = (ud: bigint): number => dictionary.idOf(Number(ud & 0xffffffffn), Number(ud >> 32n));
    expect([1n, 2n << 32n, 3n, 1n].map(idOf)).toEqual([0, 1, 2, 0]);
    expect([4n, 5n, 4n].map(idOf)).toEqual([0, 1, 0]);
    expect([dictionary.size, dictionary.valueOf(0), dictionary.valueOf(1), idOf(1n)]).toEqual([3, 4n, 5n, 2]);
  });
});
