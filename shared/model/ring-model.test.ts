import { describe, expect, it } from 'vitest';
import { BidState, Kind } from '../schema/events.ts';
import { traceFromText } from '../testing/trace-from-text.ts';
import { RingModel } from './ring-model.ts';
import { RingSummary } from './summary.ts';

function run(text: string) {
  const table = traceFromText(text);
  const summary = new RingSummary(table.dictionary);
  summary.add(table);
  return { table, summary, model: summary.model, json: summary.toJSON() };
}
const start = `
  ring sq=8 cq=64
  group buffers=4 size=16
  connect c0
  arm c0
`;
/** Case d of the measured cases: 100 B into 4 × 16. */
const depletion = `${start}
  100 reap c0 16 bid=0 MORE NONEMPTY
      reap c0 16 bid=1 MORE NONEMPTY
      reap c0 16 bid=2 MORE NONEMPTY
      reap c0 16 bid=3 MORE NONEMPTY
      reap c0 ENOBUFS
`;

describe('RingModel', () => {
  it('hands a bid out and takes it back, in the order in which it was given back', () => {
    const { model } = run(`${start}
      100 reap c0 16 bid=0 MORE
          reap c0 4 bid=1 MORE
      300 back 1 c0
      400 back 0 c0`);
    expect(model.group?.free).toBe(4);
    expect(model.group?.pickOrder()).toEqual([2, 3, 1, 0]);
    expect(model.group?.givenBackAt[1]).toBe(300_000);
    expect(model.group?.outOfOrder).toBe(0);
  });

  it('shows who holds a bid and how much is in it', () => {
    const { model } = run(`${start} connect c1
      arm c1
      100 reap c1 9 bid=0 MORE`);
    expect(model.group).toMatchObject({ free: 3, held: 1, filled: 0, nextPick: 1 });
    expect([model.group?.state[0], model.group?.bytes[0], model.group?.owner[0]]).toEqual([BidState.held, 9, 1]);
  });

  it('keeps filled (kernel) and held (application) apart when both are seen', () => {
    const { model } = run(`${start}
      100 complete c0 16 bid=0 MORE
          complete c0 16 bid=1 MORE
      150 reap c0 16 bid=0 MORE`);
    expect(model.group).toMatchObject({ free: 2, filled: 1, held: 1 });
  });

  it('counts no CQE twice that is seen in the kernel and then reaped: bundles and incremental buffers too', () => {
    const bundle = run(`ring
      group buffers=8 size=16
      connect c0
      arm c0 bundle
      100 complete c0 40 bid=0 MORE`);
    expect(bundle.model.group).toMatchObject({ free: 5, filled: 3, held: 0, nextPick: 3 });
    const reaped = run(`ring
      group buffers=8 size=16
      connect c0
      arm c0 bundle
      100 complete c0 40 bid=0 MORE
      200 reap c0 40 bid=0 MORE`);
    expect(reaped.model.group).toMatchObject({ free: 5, filled: 0, held: 3, nextPick: 3 });
    const slices = run(`ring
      group buffers=2 size=64 inc
      connect c0
      arm c0
      100 complete c0 20 bid=0 MORE BUF_MORE
      200 reap c0 20 bid=0 MORE BUF_MORE`);
    expect(slices.model.group?.bytes[0]).toBe(20);
    expect(slices.json).toMatchObject({ completions: 1, total: { cqes: 1 } });
  });

  it('keeps a filled bid over a snapshot, which the application wrote without knowing of it', () => {
    const { model } = run(`${start}
      100 complete c0 16 bid=0 MORE
          snapshot bids=0,1,2,3 armed=c0
      150 reap c0 16 bid=0 MORE`);
    expect(model.snapshotConflicts).toBe(0);
    expect(model.group).toMatchObject({ free: 3, filled: 0, held: 1, nextPick: 1 });
  });

  it('ends a multishot with ENOBUFS, and the submit after it is a re-arm', () => {
    const { model, json } = run(`${depletion}
      500 back 0 c0
          arm c0`);
    expect(json.multishot).toMatchObject({
      submits: 2,
      cqes: 5,
      fMore: 4,
      sockNonEmpty: 4,
      enobufs: 1,
      rearms: 1,
      bytesReceived: 64,
      errors: { ENOBUFS: 1 },
    });
    expect(json.multishot.terminations).toMatchObject({ enobufs: 1, eof: 0 });
    expect(json.freeBuffersMin).toBe(0);
    expect(model.lanes[0]).toMatchObject({ armed: true, request: 2, since: 500_000 });
  });

  it('names every cause of an end', () => {
    const causes = (line: string, extra = '') => {
      const { json } = run(`${start}${extra}\n 100 ${line}`);
      return Object.entries(json.total.terminations).flatMap(([c, n]) => (n > 0 ? [c] : []));
    };
    expect(causes('reap c0 0 NONEMPTY')).toEqual(['eof']);
    expect(causes('reap c0 ECONNRESET')).toEqual(['reset']);
    expect(causes('reap c0 ECANCELED')).toEqual(['canceled']);
    expect(causes('reap c0 ENOBUFS')).toEqual(['enobufs']);
    expect(causes('reap c0 EFAULT')).toEqual(['error']);
    expect(causes('reap c0 16 bid=0')).toEqual(['data']);
    expect(causes('reap c0 8 bid=0 NONEMPTY', '\n overflow')).toEqual(['overflow']);
    expect(causes('reap c0 16 bid=0', '\n arm c0 recvmsg')).toEqual(['eof']);
  });

  it('takes the end of a single shot for what it is', () => {
    const { json, model } = run(`ring
      group buffers=4 size=16
      connect c0
      arm c0 single
      100 reap c0 16 bid=0
          arm c0 single`);
    expect(json.single).toMatchObject({ submits: 2, cqes: 1, fMore: 0, rearms: 0 });
    expect(json.single.terminations.data).toBe(1);
    expect(model.lanes[0]?.multishot).toBe(false);
  });

  it('splits a bundle over the bids it covers, in ring order', () => {
    const { model } = run(`ring
      group buffers=8 size=16
      connect c0
      arm c0 bundle
      100 reap c0 40 bid=0 MORE`);
    expect(model.group).toMatchObject({ free: 5, held: 3, nextPick: 3 });
    expect([...(model.group?.bytes.subarray(0, 3) ?? [])]).toEqual([16, 16, 8]);
  });

  it('fills an incremental buffer in slices, and consumes it with the last', () => {
    const part = run(`ring
      group buffers=2 size=64 inc
      connect c0
      arm c0
      100 reap c0 20 bid=0 MORE BUF_MORE
      200 reap c0 20 bid=0 MORE BUF_MORE`);
    expect(part.model.group).toMatchObject({ free: 2, held: 0, nextPick: 0 });
    expect(part.model.group?.bytes[0]).toBe(40);
    const full = run(`ring
      group buffers=2 size=64 inc
      connect c0
      arm c0
      100 reap c0 40 bid=0 MORE BUF_MORE
      200 reap c0 24 bid=0 MORE`);
    expect(full.model.group).toMatchObject({ free: 1, held: 1, nextPick: 1 });
    expect(full.model.group?.bytes[0]).toBe(64);
  });

  it('counts a bid that is given back twice as what it is', () => {
    const { model } = run(`${start}
      100 reap c0 16 bid=0 MORE
      200 back 0 c0
      300 back 0 c0 again`);
    expect(model.group?.doubleReplenish).toBe(1);
  });

  it('stays uncertain where the beginning of a snapshot is missing', () => {
    const table = traceFromText(`${start}\n100 dropped 5\n200 snapshot bids=0,1,2,3 armed=c0`);
    const model = new RingModel(table.dictionary);
    for (let i = 0; i < table.length; i++) if (table.kind[i] !== Kind.snapshot) model.apply(table, i);
    expect(model.uncertain).toBe(true);
  });

  it('takes a bid whose CQE was lost for given back once, and one that is restated twice for given back twice', () => {
    const lost = run(`${start}
      100 dropped 1
      200 back 0 c0`);
    expect(lost.model.group).toMatchObject({ doubleReplenish: 0 });
    const restated = run(`${start}
      100 dropped 5
      200 snapshot bids=0,1,2,3,0 armed=c0`);
    expect(restated.model.group).toMatchObject({ doubleReplenish: 1 });
    expect(restated.model.group?.twice()).toEqual([0]);
    const held = run(`${start}
      100 dropped 5
      200 snapshot bids=1,2,3,0 held=0:c0:16 armed=c0`);
    expect(held.model.group).toMatchObject({ doubleReplenish: 1 });
    expect(held.model.group?.twice()).toEqual([0]);
    const sound = run(`${start}
      100 reap c0 16 bid=0 MORE
      200 snapshot bids=1,2,3 held=0:c0:16 armed=c0
      300 snapshot bids=1,2,3 held=0:c0:16 armed=c0`);
    expect(sound.model.group).toMatchObject({ doubleReplenish: 0 });
  });

  it('is uncertain across a loss until a snapshot restates it', () => {
    const lost = `${start}
      100 reap c0 16 bid=0 MORE
          dropped 12`;
    expect(run(lost).model.uncertain).toBe(true);
    const { model, json } = run(`${lost}
      200 snapshot bids=3,1 held=0:c0:16,2:c0:7 armed=c0`);
    expect(model.uncertain).toBe(false);
    expect(model.group?.pickOrder()).toEqual([3, 1]);
    expect(model.group).toMatchObject({ free: 2, held: 2 });
    expect(model.snapshotConflicts).toBe(0);
    expect(json.dropped).toBe(12);
  });

  it('notices a snapshot that contradicts what was seen', () => {
    const good = run(`${start}
      100 reap c0 16 bid=0 MORE
          snapshot bids=1,2,3 held=0:c0:16 armed=c0`);
    expect(good.model.snapshotConflicts).toBe(0);
    const bad = run(`${start}
      100 reap c0 16 bid=0 MORE
          snapshot bids=0,1,2,3 armed=c0`);
    expect(bad.model.snapshotConflicts).toBe(1);
  });

  it('lets a reader begin at a snapshot and see the same state', () => {
    const text = `${depletion}
      500 back 2 c0
          arm c0
      600 snapshot bids=2 held=0:c0:16,1:c0:16,3:c0:16 armed=c0
      700 reap c0 5 bid=2 MORE`;
    const whole = run(text);
    const late = new RingModel(whole.table.dictionary);
    const from = whole.table.kind.indexOf(Kind.snapshot);
    for (let i = from; i < whole.table.length; i++) late.apply(whole.table, i);
    expect(late.group?.pickOrder()).toEqual(whole.model.group?.pickOrder());
    expect([...(late.group?.state ?? [])]).toEqual([...(whole.model.group?.state ?? [])]);
    expect(late.lanes[0]).toMatchObject({ armed: true, request: 2, multishot: true });
  });

  it('comes back to a keyframe and goes on to the same end', () => {
    const { table, model } = run(`${depletion}
      500 back 2 c0
      510 back 0 c0
          arm c0
      600 reap c0 5 bid=2 MORE`);
    for (let cut = 0; cut <= table.length; cut++) {
      const first = new RingModel(table.dictionary);
      for (let i = 0; i < cut; i++) first.apply(table, i);
      const key = first.keyframe();
      for (let i = cut; i < table.length; i++) first.apply(table, i); // the keyframe must not change with it
      const second = new RingModel(table.dictionary);
      second.restore(key);
      for (let i = cut; i < table.length; i++) second.apply(table, i);
      expect(second.keyframe()).toEqual(model.keyframe());
      expect(second.group?.pickOrder()).toEqual([0]);
    }
  });
});
