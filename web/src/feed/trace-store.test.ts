import { describe, expect, it } from 'vitest';
import { packBlock, summaryOnly } from '../../../shared/codec/block.ts';
import { RingModel } from '../../../shared/model/ring-model.ts';
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import { CHUNK_EVENTS, KEYFRAME_CHUNKS } from '../../../shared/timeline/event-store.ts';
import { TraceStore } from '../../../shared/timeline/trace-store.ts';
import { longTrace, pictureAt, start, storeOf } from './testing.ts';

const START = 5_000_000_000n;
const blockOf = (text: string, seq: bigint): Uint8Array => packBlock(traceFromText(text), { seq, startNs: START });

describe('TraceStore', () => {
  it('keeps a bounded number of events and drops the oldest', () => {
    const group = CHUNK_EVENTS * KEYFRAME_CHUNKS;
    const store = storeOf(longTrace(20_000), 2 * group);
    const { events } = store;
    expect(events.end).toBeGreaterThan(4 * group);
    expect(events.length).toBeLessThanOrEqual(2 * group);
    expect(events.first % group).toBe(0);
    const bytes = events.bytes;
    const more = Array.from({ length: 20_000 }, (_, i) => `${3_000_000 + i * 10} reap c0 ${i % 2 === 0 ? '64 bid=0 MORE' : 'ENOBUFS'}`);
    store.add(traceFromText(more.join('\n'), store.dictionary));
    expect(events.bytes).toBe(bytes);
    // The lists beside the events end where the events do.
    for (const track of store.index.tracks) {
      if (track === undefined || track.marks.length === 0) continue;
      expect(track.marks.t[track.marks.start]).toBeGreaterThanOrEqual(events.oldestTime);
    }
    expect(store.index.errors.t[store.index.errors.start + 1]).toBeGreaterThanOrEqual(events.oldestTime);
    expect(pictureAt(store, events.oldestTime / 1e3 + 500).lanes.total).toBe(2);
  });

  it('gives at any event the state that a straight replay gives', () => {
    const text = longTrace(6000);
    const store = storeOf(text);
    const table = traceFromText(text, store.dictionary);
    const straight = new RingModel(store.dictionary);
    const wanted = [3, 500, 33_000, 33_100, 40_000, 12, table.length - 1, 32_768, 32_767].sort((a, b) => a - b);
    const states = new Map<number, unknown>();
    let i = 0;
    for (const n of wanted) {
      for (; i < n; i++) straight.apply(table, i);
      states.set(n, straight.keyframe());
    }
    // Forward, back and forward again.
    for (const n of [...wanted, ...wanted.reverse(), 33_050]) {
      if (states.has(n)) expect(store.cursor.stateBefore(n).keyframe(), `event ${n}`).toEqual(states.get(n));
      else store.cursor.stateBefore(n);
    }
  });

  it('takes blocks from the wire once, and draws what is missing between them as left out', () => {
    const store = new TraceStore(START);
    const first = blockOf(start, 0n);
    store.accept(first);
    const n = store.events.length;
    store.accept(first);
    expect(store.events.length).toBe(n);
    store.accept(blockOf('900 reap c0 64 bid=0 MORE', BigInt(n) + 40n));
    expect(store.index.lost).toEqual([{ t0: 20_000, t1: 900_000, count: 0 }]);
    expect(store.summary.model.uncertain).toBe(true);
    expect(pictureAt(store, 1000)).toMatchObject({ uncertain: true, leftOut: 40 });
  });

  it('knows each event by its number in the stream, over what was left out', () => {
    const store = new TraceStore(START);
    store.accept(blockOf(start, 100n));
    const n = store.events.length;
    store.accept(blockOf('900 reap c0 64 bid=0 MORE\n910 reap c0 64 bid=1 MORE', BigInt(n) + 140n));
    const { first, end } = store.events;
    const numbers = Array.from({ length: end - first }, (_, i) => first + i);
    // The one that says so is none of the stream.
    const own = numbers.filter((number) => number !== n);
    expect(own.map((number) => store.seqOf(number))).toEqual([...Array.from({ length: n }, (_, i) => 100 + i), n + 140, n + 141]);
    expect(own.map((number) => store.numberOf(store.seqOf(number)))).toEqual(own);
    // What was left out is looked for where it would be.
    expect(store.numberOf(n + 120)).toBe(n + 1);
    expect(store.numberOf(7)).toBe(first);
  });

  it('counts what a summary tells, and joins the spans of several', () => {
    const store = new TraceStore(START);
    store.accept(blockOf(start, 0n));
    let seq = BigInt(store.events.length);
    for (const at of [300, 400]) {
      const block = blockOf(`${at} reap c0 64 bid=0 MORE\n${at + 90} reap c1 32 bid=1 MORE NONEMPTY`, seq);
      store.accept(summaryOnly(block));
      seq += 2n;
    }
    expect(store.index.lost).toEqual([{ t0: 300_000, t1: 490_000, count: 0 }]);
    expect(store.summary.multishot).toMatchObject({ cqes: 4, fMore: 4, sockNonEmpty: 2, bytesReceived: 192 });
    const { group, uncertain } = pictureAt(store, 500);
    expect({ free: group?.free, uncertain }).toEqual({ free: 4, uncertain: true });
    store.accept(blockOf(`600 snapshot bids=2,3 held=0:c0:64,1:c1:32 armed=c0,c1`, seq));
    expect(pictureAt(store, 700)).toMatchObject({ uncertain: false, group: { free: 2, held: 2 } });
    // Back in time it is as uncertain as it was.
    expect(pictureAt(store, 500).uncertain).toBe(true);
  });

  it('tells its own losses with their count from the first lost event on', () => {
    const store = storeOf(`${start}\n300 reap c0 64 bid=0 MORE\n420 dropped 1204`);
    expect(store.index.lost).toEqual([{ t0: 420_000, t1: 420_000, count: 1204 }]);
    expect(store.summary.dropped).toBe(1204);
    const recorded = new TraceStore(START);
    const table = traceFromText('420 dropped 7', recorded.dictionary);
    table.ud[0] = recorded.dictionary.idOf(Number(START + 100_000n) % 2 ** 32, Number((START + 100_000n) >> 32n));
    recorded.add(table);
    expect(recorded.index.lost).toEqual([{ t0: 100_000, t1: 420_000, count: 7 }]);
  });
});
