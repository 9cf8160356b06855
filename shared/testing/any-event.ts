/** For property tests: any event that a record can hold. */
import fc from 'fast-check';
import type { EventRecord } from '../codec/event-table.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });

export const anyEvent: fc.Arbitrary<EventRecord> = fc.record({
  t: fc.integer({ min: 0, max: 2 ** 44 }),
  kind: fc.integer({ min: 1, max: 255 }),
  provenance: fc.integer({ min: 0, max: 3 }),
  userData: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 0x1000n, 2n ** 64n - 1n)),
  res: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  flags: u32,
  a: u32,
  b: u32,
  request: u32,
  thread: fc.integer({ min: 0, max: 0xffff }),
  ring: fc.integer({ min: 0, max: 0xffff }),
});
