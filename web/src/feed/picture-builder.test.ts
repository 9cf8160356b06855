import { describe, expect, it } from 'vitest';
import { tableOf } from '../../../shared/codec/event-table.ts';
import { BidState, Kind, Provenance } from '../../../shared/schema/events.ts';
import { MarkFlag, MarkKind } from '../../../shared/timeline/marks.ts';
import { PictureBuilder, transferablesOf } from './picture-builder.ts';
import { liveSource } from './picture-source.ts';
import { longTrace, markLines, pictureAt, spanLines, start, storeOf } from './testing.ts';

const depletion = `${start}
100 reap c0 64 bid=0 MORE NONEMPTY
100 reap c0 64 bid=1 MORE NONEMPTY
100 reap c1 40 bid=2 MORE
150 reap c0 64 bid=3 MORE NONEMPTY
160 reap c0 ENOBUFS
400 back 0 c0
400 arm c0
450 reap c0 20 bid=0 MORE`;

describe('a picture', () => {
  it('whose window has the end of the group shows it as it was before, and says so', () => {
    const store = storeOf(`${depletion}\n460 close c0\n460 ungroup\n461 dropped 0`);
    const p = pictureAt(store, 500);
    expect(p.group).toMatchObject({ removed: true, buffers: 4, free: 0, held: 4 });
    expect(p.series.length).toBeGreaterThan(3);
    // Of another window nothing is said: there is no group.
    expect(pictureAt(store, 5000).group).toBeNull();
    expect(pictureAt(store, 459).group).toMatchObject({ removed: false });
  });

  it('shows each CQE, end, submit and arm at its time', () => {
    const p = pictureAt(storeOf(depletion), 500);
    expect(markLines(p.lanes.marks)).toEqual([
      'c0 connect 10 @0',
      'c0 submit 1 @10',
      'c0 arm 1 @10',
      'c0 cqe 64 @100',
      'c0 cqe 64 @100',
      'c0 cqe 64 @150',
      'c0 end -105 @160',
      'c0 submit 3 @400',
      'c0 arm 3 @400',
      'c0 cqe 20 @450',
      'c1 connect 11 @0',
      'c1 submit 2 @20',
      'c1 arm 2 @20',
      'c1 cqe 40 @100',
    ]);
    expect(spanLines(p.lanes.spans)).toEqual(['c0 armed 10–160', 'c0 gap 160–400', 'c0 armed 400–…', 'c1 armed 20–…']);
    const { marks } = p.lanes;
    expect(marks.batch[3]).toBe(marks.batch[4]);
    expect((marks.flag[3] as number) & MarkFlag.nonEmpty).toBeTruthy();
    expect([...p.enobufs.t, ...p.enobufs.lane]).toEqual([160_000, 0]);
    expect([...p.reaps.count]).toEqual([3, 1, 1, 1]);
    expect(p.lastEnd).toMatchObject({ t: 160_000, slot: 0, res: -105, cause: 'enobufs' });
    expect(p.group).toMatchObject({ free: 0, held: 4, nextPick: -1 });
    expect([...p.series.freeMin]).toEqual([1, 2, 3, 4, 3, 2, 1, 0, 1, 0]);
    expect(transferablesOf(p).length).toBeGreaterThan(20);
  });

  it('shows the moment of the cursor, not more', () => {
    const store = storeOf(depletion);
    const p = pictureAt(store, 120);
    expect(p.group).toMatchObject({ free: 1, held: 3 });
    expect([...(p.group?.state ?? [])]).toEqual([BidState.held, BidState.held, BidState.held, BidState.available]);
    expect(p.lastEnd).toBeNull();
    expect(spanLines(p.lanes.spans)).toEqual(['c0 armed 10–…', 'c1 armed 20–…']);
    expect([...p.cqes.res]).toEqual([64, 64, 40]);
  });

  it('says an arm is inferred unless the kernel was seen to arm', () => {
    const store = storeOf(`${start}\n100 reap c0 64 bid=0 MORE`);
    const flags = () => {
      const { marks } = pictureAt(store, 200).lanes;
      return [...marks.kind].flatMap((kind, i) => (kind === MarkKind.arm ? [(marks.flag[i] as number) & MarkFlag.inferred] : []));
    };
    expect(flags()).toEqual([MarkFlag.inferred, MarkFlag.inferred]);
    const seen = storeOf(`ring\ngroup buffers=4 size=64\nconnect c0\n10 arm c0`);
    seen.add(
      tableOf(
        [{ t: 12_000, kind: Kind.poll_arm, provenance: Provenance.tracepoint, ring: 1, userData: 0x1000n, request: 1 }],
        seen.dictionary,
      ),
    );
    const { marks, spans } = pictureAt(seen, 200).lanes;
    expect(markLines(marks)).toEqual(['c0 connect 10 @0', 'c0 submit 1 @10', 'c0 arm 1 @12']);
    expect([marks.flag[2], spans.inferred[0]]).toEqual([0, 0]);
  });

  it('invents no arm for a recv that ended at once', () => {
    const p = pictureAt(storeOf(`${start}\n100 reap c0 ENOBUFS\n120 arm c0\n130 reap c0 ENOBUFS`), 200);
    expect(markLines(p.lanes.marks).filter((l) => l.startsWith('c0'))).toEqual([
      'c0 connect 10 @0',
      'c0 submit 1 @10',
      'c0 end -105 @100',
      'c0 submit 3 @120',
      'c0 end -105 @130',
    ]);
  });

  it('keeps every end, arm and gap when CQEs are merged', () => {
    const store = storeOf(longTrace(4000));
    const rounds = 4000;
    for (const width of [600, 60]) {
      // 400 ms in few pixels: 32,000 events.
      const p = pictureAt(store, 100 + rounds * 100, { span: 400e6, width });
      const { marks } = p.lanes;
      let ends = 0;
      let cqes = 0;
      let merged = 0;
      for (let i = 0; i < marks.length; i++) {
        if (marks.kind[i] === MarkKind.end) ends += marks.count[i] as number;
        if (marks.kind[i] === MarkKind.cqe) {
          cqes += marks.count[i] as number;
          if (((marks.flag[i] as number) & MarkFlag.merged) !== 0) merged++;
        }
      }
      expect(ends).toBe(400);
      expect(cqes).toBe(16_000);
      expect(merged).toBeGreaterThan(0);
      expect(marks.length).toBeLessThan(10 * width + 2000);
      expect([...p.enobufs.count].reduce((a, b) => a + b, 0)).toBe(400);
      expect(Math.min(...p.series.freeMin)).toBe(0);
      expect(spanLines(p.lanes.spans).filter((l) => l.includes('gap')).length).toBe(400);
    }
  });

  it('draws a window of many events from bins, with the same sums', () => {
    const store = storeOf(longTrace(20_000));
    const p = pictureAt(store, 100 + 20_000 * 100, { span: 2.1e9, width: 600 });
    const { marks } = p.lanes;
    const sum = (kind: number): number => [...marks.kind].reduce((n, k, i) => n + (k === kind ? (marks.count[i] as number) : 0), 0);
    expect(p.eventsPerPixel * 600).toBeGreaterThan(150_000);
    expect(sum(MarkKind.cqe)).toBe(80_000);
    expect(sum(MarkKind.end)).toBe(2000);
    expect(Math.max(...marks.res.filter((_, i) => marks.kind[i] === MarkKind.cqe))).toBe(64);
    expect([...p.reaps.count].reduce((a, b) => a + b, 0)).toBe(82_000);
  });

  it('lets the last value hold after a pixel of several', () => {
    const { series } = pictureAt(storeOf(longTrace(400)), 60_000, { span: 60e6, width: 100 });
    const last = series.length - 1;
    expect(series.freeMin[last - 1]).toBe(0);
    expect([series.freeMin[last], series.freeMax[last], series.held[last]]).toEqual([4, 4, 0]);
  });

  it('draws single shots without gaps, and their data ends as CQEs', () => {
    const p = pictureAt(
      storeOf(`ring
      group buffers=4 size=64
      connect c0
      10 arm c0 single
      100 reap c0 64 bid=0
      120 arm c0 single
      200 reap c0 ENOBUFS`),
      300,
    );
    expect(markLines(p.lanes.marks)).toEqual([
      'c0 connect 10 @0',
      'c0 submit 1 @10',
      'c0 arm 1 @10',
      'c0 cqe 64 @100',
      'c0 submit 2 @120',
      'c0 arm 2 @120',
      'c0 end -105 @200',
    ]);
    expect(spanLines(p.lanes.spans)).toEqual(['c0 armed 10–100', 'c0 armed 120–200']);
    expect([...p.cqes.multishot]).toEqual([0, 0]);
  });

  it('calls a lane closed after the peer has closed, and lets it go when that is out of sight', () => {
    const store = storeOf(`${start}\n100 reap c1 0\n110 close c1\n2000 reap c0 64 bid=0 MORE`);
    const p = pictureAt(store, 500);
    expect(spanLines(p.lanes.spans)).toEqual(['c0 armed 10–…', 'c1 armed 20–100', 'c1 closed 100–…']);
    expect(pictureAt(store, 2000).lanes.total).toBe(1);
  });

  it('begins at a snapshot: a lane that is armed then was so before', () => {
    const p = pictureAt(storeOf('500 snapshot bids=1,2,3 held=0:c0:16 armed=c0 idle=c1\n600 reap c0 8 bid=1 MORE'), 700);
    expect(spanLines(p.lanes.spans)).toEqual(['c0 armed -…–…']);
    expect(p.lanes.total).toBe(2);
  });

  it('steps through CQEs of one time, batches and ends, forth and back', () => {
    const store = storeOf(depletion);
    const b = new PictureBuilder(liveSource(store));
    const us = (p: ReturnType<typeof b.next>) => p && p.t / 1e3;
    const one = b.next({ t: 50_000, seq: null, what: 'cqe', direction: 1 });
    expect(us(one)).toBe(100);
    const two = b.next({ ...(one as NonNullable<typeof one>), what: 'cqe', direction: 1 });
    expect([us(two), two?.seq]).toEqual([100, (one?.seq ?? 0) + 1]);
    // The picture at the second CQE of three shows two.
    expect(pictureAt(store, 100, { seq: two?.seq ?? null }).cqes.length).toBe(2);
    expect(us(b.next({ t: 50_000, seq: null, what: 'batch', direction: 1 }))).toBe(100);
    expect(pictureAt(store, 100, { seq: b.next({ t: 50_000, seq: null, what: 'batch', direction: 1 })?.seq ?? null }).cqes.length).toBe(3);
    expect(us(b.next({ t: 50_000, seq: null, what: 'end', direction: 1 }))).toBe(160);
    expect(us(b.next({ t: 500_000, seq: null, what: 'cqe', direction: -1 }))).toBe(160);
    expect(us(b.next({ t: 160_000, seq: null, what: 'batch', direction: -1 }))).toBe(150);
    expect(b.next({ ...(one as NonNullable<typeof one>), what: 'cqe', direction: -1 })).toBeNull();
    expect(b.next({ t: 450_000, seq: null, what: 'cqe', direction: 1 })).toBeNull();
  });

  it('steps back to the nearest end, then to the one before it', () => {
    const store = storeOf(`${start}\n100 reap c0 ENOBUFS\n120 arm c0\n200 reap c0 ENOBUFS\n300 reap c1 64 bid=0 MORE`);
    const b = new PictureBuilder(liveSource(store));
    const back = (from: { t: number; seq: number | null } | null) => from && b.next({ ...from, what: 'end', direction: -1 });
    const us = (p: ReturnType<typeof b.next>) => p && p.t / 1e3;
    const nearest = back({ t: 500_000, seq: null });
    expect(us(nearest)).toBe(200);
    // Nothing but quiet since the last event, which is the end itself.
    expect(us(back({ t: 250_000, seq: null }))).toBe(200);
    expect(us(back(nearest))).toBe(100);
    expect(back(back(nearest))).toBeNull();
    expect(us(b.next({ ...(nearest as NonNullable<typeof nearest>), what: 'end', direction: 1 }))).toBeNull();
  });

  it('steps to each event, and to the wakes that the kernel was seen to make', () => {
    const store = storeOf(depletion);
    const b = new PictureBuilder(liveSource(store));
    const { newestTime, end } = store.events;
    expect(b.next({ t: newestTime, seq: null, what: 'event', direction: -1 })?.seq).toBe(end - 2);
    expect(b.next({ t: newestTime, seq: end - 3, what: 'event', direction: 1 })?.seq).toBe(end - 2);
    expect(b.next({ t: newestTime, seq: null, what: 'event', direction: 1 })).toBeNull();
    expect(b.next({ t: 0, seq: null, what: 'wake', direction: 1 })).toBeNull();
    const wake = (t: number) => ({ t, kind: Kind.wake, provenance: Provenance.tracepoint, ring: 1, userData: 0x1000n, request: 3 });
    store.add(tableOf([wake(500_000), wake(600_000)], store.dictionary));
    const first = b.next({ t: 0, seq: null, what: 'wake', direction: 1 });
    expect(first?.t).toBe(500_000);
    expect(b.next({ t: 550_000, seq: null, what: 'wake', direction: -1 })).toEqual(first);
    expect(b.next({ t: 600_000, seq: null, what: 'wake', direction: -1 })).toEqual(first);
    expect(b.next({ ...(first as NonNullable<typeof first>), what: 'wake', direction: -1 })).toBeNull();
  });

  it('counts rates over trace time', () => {
    const store = storeOf(longTrace(20_000));
    const p = pictureAt(store, 2_000_000);
    expect(p.rates.cqes).toBeGreaterThan(39_000);
    expect(p.rates.cqes).toBeLessThan(43_000);
    expect(p.rates.freeMin).toBe(0);
    expect(p.history.cqes.length).toBe(8);
    expect(p.totals.total.enobufs).toBe(2000);
  });
});
