/** Events that find no room are lost, counted and told; the workload itself never waits for its reader. */
import { expect, test } from 'vitest';
import { NONE, readHeader } from '../../shared/codec/block.ts';
import { BidState } from '../../shared/schema/events.ts';
import { presetParams } from '../../shared/schema/workload-params.ts';
import { addon, type Event, isKind, isRecvReap, Run } from './harness.ts';

const firehose = { ...presetParams('firehose'), connections: 4, buffers: 64 };
const lost = (events: readonly Event[]): number =>
  events.filter((e) => isKind(e, 'dropped')).reduce((sum, e) => sum + e.a + e.b * 2 ** 32, 0);

/** From each snapshot to the next loss, every bid is handed out once until given back. */
function checkBetweenLosses(events: readonly Event[]): number {
  let available: Set<number> | undefined;
  let checked = 0;
  for (const e of events) {
    if (isKind(e, 'dropped')) available = undefined;
    else if (isKind(e, 'snapshot')) available = new Set();
    else if (isKind(e, 'snapshot_bid') && e.flags === BidState.available) available?.add(e.a);
    else if (available !== undefined && isRecvReap(e) && (e.flags & 1) !== 0) {
      if (!available.delete(e.flags >>> 16)) throw new Error(`bid ${e.flags >>> 16} was not available`);
      checked++;
    } else if (available !== undefined && isKind(e, 'replenish')) {
      if (available.has(e.a)) throw new Error(`bid ${e.a} was available already`);
      available.add(e.a);
    }
  }
  return checked;
}

test('a tiny event ring loses events: all are counted, and a snapshot follows each loss', async () => {
  const run = new Run(firehose, { eventRingEvents: 64, flushIntervalUs: 100_000 });
  await run.until((r) => r.kind('dropped').length >= 5);
  const stats = await run.close();
  expect(stats.events + stats.dropped).toBe(run.events.length + lost(run.events));
  expect(stats.dropped).toBe(lost(run.events));
  // What was lost of the reaps is part of what was lost at all.
  const missing = stats.cqes - run.kind('reap').length;
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThanOrEqual(stats.dropped);
  run.events.forEach((e, i) => {
    const next = run.events[i + 1];
    if (!isKind(e, 'dropped') || next === undefined) return;
    expect(isKind(next, 'snapshot')).toBe(true);
    expect(Number(e.userData - run.workload.startNs)).toBeLessThanOrEqual(e.t);
  });
  expect(checkBetweenLosses(run.events)).toBeGreaterThan(100);
  const headers = run.blocks.reduce((sum, b) => sum + b.header.dropped, 0);
  expect(headers).toBe(stats.dropped);
});

test('a reader that takes nothing costs memory up to a limit, then events, never the workload', async () => {
  let stopped = false;
  const workload = addon.startWorkload(firehose, {
    onBlocks: () => {},
    onStopped: () => {
      stopped = true;
    },
  });
  const next = () => new Promise((done) => setImmediate(done));
  for (let before = -1; workload.stats().events > before || workload.stats().dropped === 0; ) {
    const stats = workload.stats();
    before = stats.events;
    while (workload.stats().cqes < stats.cqes + 100_000) await next();
  }
  let bytes = 0;
  await workload.close();
  for (let blocks = workload.takeBlocks(); blocks.length > 0; blocks = workload.takeBlocks())
    bytes += blocks.reduce((sum, b) => sum + b.length, 0);
  expect(stopped).toBe(true);
  expect(bytes).toBeGreaterThan(32 << 20);
  expect(bytes).toBeLessThan(48 << 20); // what the event rings still held comes on top: 2^20 events in all
});

test('in a fast stream a snapshot does not wait for its second: whoever begins to read there knows soon what is true', async () => {
  let [before, at] = [-1, 0n];
  /** Events from a snapshot to the next one that came within its second, and was not called for by a loss. */
  let found: (events: number) => void;
  const between = new Promise<number>((resolve) => {
    found = resolve;
  });
  // Only headers are read: that keeps up with any ring.
  const workload = addon.startWorkload(firehose, {
    onBlocks: () => {
      for (const bytes of workload.takeBlocks()) {
        const { seq, snapshotIndex, dropped, tLast } = readHeader(bytes);
        if (dropped > 0) before = -1;
        if (snapshotIndex === NONE) continue;
        const number = Number(seq) + snapshotIndex;
        if (before >= 0 && tLast - at < 900_000_000n) found(number - before);
        [before, at] = [dropped > 0 ? -1 : number, tLast];
      }
    },
    onStopped: () => {},
  });
  const events = await between;
  await workload.close();
  // The reactor's own; those of the load generator are between them.
  expect(events).toBeGreaterThanOrEqual(131_072);
  expect(events).toBeLessThan(8 * 131_072);
});
