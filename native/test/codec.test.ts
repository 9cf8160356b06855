/** Blocks that C++ packs are what TypeScript unpacks, for any events whatever. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockError, readHeader, readSummary, unpackBlock } from '../../shared/codec/block.ts';
import { type EventRecord, eventAt, UserDataDictionary } from '../../shared/codec/event-table.ts';
import { Kind, kinds, OwnOp, recordLayout } from '../../shared/schema/events.ts';
import { CqeFlag, Errno } from '../../shared/schema/uapi.ts';
import { addon, errorOf, isRecvReap } from './harness.ts';

const startNs = 1_000_000_000n;

function toRecords(events: readonly EventRecord[]): Uint8Array {
  const bytes = new Uint8Array(events.length * recordLayout.size);
  events.forEach((e, i) => {
    const v = new DataView(bytes.buffer, i * recordLayout.size, recordLayout.size);
    v.setBigUint64(0, startNs + BigInt(e.t), true);
    v.setBigUint64(8, e.userData, true);
    v.setInt32(16, e.res, true);
    v.setUint32(20, e.flags, true);
    v.setUint32(24, e.a, true);
    v.setUint32(28, e.b, true);
    v.setUint32(32, e.request, true);
    v.setUint16(36, e.thread, true);
    v.setUint16(38, e.ring, true);
    v.setUint8(40, e.kind);
    v.setUint8(41, e.provenance);
  });
  return bytes;
}

function roundTrip(events: readonly EventRecord[], seq = 0n): { block: Uint8Array; back: EventRecord[] } {
  const block = addon.packBlock(toRecords(events), seq);
  const { table } = unpackBlock(block, new UserDataDictionary(), startNs);
  return { block, back: Array.from({ length: table.length }, (_, i) => eventAt(table, i)) };
}

const u32 = fc.oneof(fc.nat(3), fc.nat(0xffff), fc.integer({ min: 0, max: 0xffffffff }));
const anyEvent: fc.Arbitrary<EventRecord> = fc.record({
  t: fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 50 })),
  kind: fc.constantFrom(...Object.values(kinds).map((k) => k.code)),
  provenance: fc.nat(3),
  userData: fc.oneof(fc.bigInt({ min: 0n, max: 8n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  res: fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  flags: u32,
  a: u32,
  b: u32,
  request: u32,
  thread: fc.nat(0xffff),
  ring: fc.nat(0xffff),
});

test('any events come back as they went in', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (events, seq) => {
      const { block, back } = roundTrip(events, seq);
      expect(back).toEqual(events);
      const header = readHeader(block);
      expect(header.seq).toBe(seq);
      expect(header.count).toBe(events.length);
    }),
    { numRuns: 300 },
  );
});

test('more than 256 values of a field, and a field that never changes, come back too', () => {
  const many: EventRecord[] = Array.from({ length: 3000 }, (_, i) => ({
    t: i * 1000,
    kind: Kind.reap,
    provenance: 0,
    userData: BigInt(i) << 32n,
    res: i - 1500,
    flags: i * 70000,
    a: 3000 - i,
    b: 7,
    request: i * 9,
    thread: 1,
    ring: 1,
  }));
  expect(roundTrip(many).back).toEqual(many);
  const same = many.map((e) => ({ ...e, t: 5, userData: 2n ** 63n, res: -1, flags: 0xffffffff, a: 0xffffffff, request: 1 }));
  expect(roundTrip(same).back).toEqual(same);
});

test('the summary counts what the events say', () => {
  const recv = BigInt(OwnOp.recv) << 12n;
  const reap: EventRecord = {
    t: 0,
    kind: Kind.reap,
    provenance: 0,
    userData: recv,
    res: 0,
    flags: 0,
    a: 0,
    b: 0,
    request: 1,
    thread: 1,
    ring: 1,
  };
  const more = CqeFlag.F_BUFFER | CqeFlag.F_MORE;
  const events = [
    { ...reap, kind: Kind.group_register, userData: 0n, res: 64, b: 2 },
    { ...reap, kind: Kind.replenish, userData: 0n },
    { ...reap, kind: Kind.replenish, userData: 0n, a: 1 },
    { ...reap, res: 64, flags: more | CqeFlag.F_SOCK_NONEMPTY },
    { ...reap, res: 10, flags: more | (1 << 16) },
    { ...reap, res: -Errno.ENOBUFS },
    { ...reap, res: -Errno.ECANCELED },
    reap,
    { ...reap, userData: BigInt(OwnOp.wakeup) << 12n, res: 8 },
    { ...reap, kind: Kind.dropped, userData: 0n, a: 5, b: 0 },
    { ...reap, kind: Kind.snapshot, userData: 0n },
  ];
  const { block } = roundTrip(events);
  const header = readHeader(block);
  expect(header).toMatchObject({ dropped: 5, minFree: 0, snapshotIndex: 10, flags: 2 });
  expect(readSummary(block)).toMatchObject({ bytesReceived: 74, cqes: 5, more: 2, nonEmpty: 1, enobufs: 1, otherErrors: 1, eof: 1 });
  expect(events.filter(isRecvReap).length).toBe(5);
  expect(readSummary(block).counts).toEqual(
    new Map([
      [Kind.group_register, 1],
      [Kind.replenish, 2],
      [Kind.reap, 6],
      [Kind.dropped, 1],
      [Kind.snapshot, 1],
    ]),
  );
});

test('one flipped bit anywhere behind the CRC is found', () => {
  const block = addon.packBlock(addon.sampleRecords(), 3n);
  for (let at = 16; at < block.length; at++) {
    const bad = block.slice();
    bad[at] = (bad[at] as number) ^ 0x10;
    expect(() => unpackBlock(bad, new UserDataDictionary(), 0n)).toThrow(BlockError);
  }
});

test('records that are none are refused', () => {
  expect(errorOf(() => addon.packBlock(new Uint8Array(47), 0n))).toMatchObject({ code: 'EINVALIDPARAM' });
  expect(errorOf(() => addon.packBlock(new Uint8Array(48), -1n))).toMatchObject({ code: 'EINVALIDPARAM' });
  expect(errorOf(() => addon.packBlock('x' as unknown as Uint8Array, 0n))).toMatchObject({ code: 'EINVALIDPARAM' });
});
