/** What is done by hand, as the model takes it in: buffers given back twice, taken out, second recvs on one socket. */
import { describe, expect, it } from 'vitest';
import { UserDataDictionary } from '../codec/event-table.ts';
import { BidState, Kind } from '../schema/events.ts';
import { traceFromText } from '../testing/trace-from-text.ts';
import { BufferGroup } from './buffer-group.ts';
import { keyframeOf, recordOf } from './keyframe-record.ts';
import { laneName } from './lane-name.ts';
import { RingModel } from './ring-model.ts';

function run(text: string) {
  const table = traceFromText(text);
  const model = new RingModel(table.dictionary);
  for (let i = 0; i < table.length; i++) model.apply(table, i);
  return { table, model, group: model.group as BufferGroup };
}
const start = `
  ring sq=8 cq=64
  group buffers=4 size=16
  connect c0
  arm c0
`;
const { absent, available, filled, held } = BidState;
const states = (group: BufferGroup): number[] => [...group.state];

/** Held by the application, and given back twice. */
const twice = `${start}
  100 reap c0 16 bid=0 MORE
  200 back 0 c0
  210 back 0 c0 again`;

describe('a buffer that was given back twice', () => {
  it('is there twice, and says so', () => {
    const { group } = run(twice);
    expect(group.pickOrder()).toEqual([1, 2, 3, 0, 0]);
    expect(group.twice()).toEqual([0]);
    expect(group).toMatchObject({ doubleReplenish: 1, doubleUse: 0, free: 4, held: 0 });
    expect(run(`${start} 100 reap c0 16 bid=0 MORE\n 200 back 0 c0`).group.twice()).toEqual([]);
  });

  it('is consumed by two CQEs, the second of which fills what the application holds', () => {
    const once = run(`${twice}
      300 reap c0 16 bid=1 MORE
          reap c0 16 bid=2 MORE
          reap c0 16 bid=3 MORE
          reap c0 16 bid=0 MORE`);
    expect(once.group.pickOrder()).toEqual([0]);
    expect(once.group.twice()).toEqual([0]);
    expect(once.group).toMatchObject({ free: 0, held: 4, doubleUse: 0, outOfOrder: 0 });
    const again = run(`${twice}
      connect c1
      arm c1
      300 reap c0 16 bid=1 MORE
          reap c0 16 bid=2 MORE
          reap c0 16 bid=3 MORE
          reap c0 16 bid=0 MORE
          reap c1 7 bid=0 MORE`);
    expect(again.group).toMatchObject({ free: 0, held: 4, doubleUse: 1, outOfOrder: 0, nextPick: -1 });
    expect([again.group.bytes[0], again.group.owner[0]]).toEqual([7, 1]);
    expect(again.group.twice()).toEqual([]);
  });

  it('is not taken for filled while the application holds it where events are missing', () => {
    const events = `
      300 reap c0 16 bid=1 MORE
          reap c0 16 bid=2 MORE
          reap c0 16 bid=3 MORE
          reap c0 16 bid=0 MORE`;
    const again = '400 reap c0 16 bid=0 MORE';
    expect(run(`${twice}${events}\n${again}`).group.doubleUse).toBe(1);
    expect(run(`${twice}${events}\n350 dropped 1\n${again}`).group.doubleUse).toBe(0);
  });

  it('counts double use only where there was a double give-back', () => {
    const { group } = run(`${start}
      100 reap c0 16 bid=0 MORE
      200 reap c0 16 bid=0 MORE`);
    expect(group).toMatchObject({ doubleReplenish: 0, doubleUse: 0 });
  });

  it('is given back once more while its other entry is still there', () => {
    const { group } = run(`${twice}
      300 reap c0 16 bid=1 MORE
          reap c0 16 bid=2 MORE
          reap c0 16 bid=3 MORE
          reap c0 16 bid=0 MORE
      400 back 0 c0 again`);
    expect(group.pickOrder()).toEqual([0, 0]);
    expect(group).toMatchObject({ free: 1, held: 3, doubleReplenish: 2 });
  });

  it('is restated twice, and no snapshot contradicts it: available, held and available, held', () => {
    const texts = [
      `${twice}
        220 snapshot bids=1,2,3,0,0 armed=c0`,
      `${twice}
        300 reap c0 16 bid=1 MORE
            reap c0 16 bid=2 MORE
            reap c0 16 bid=3 MORE
            reap c0 16 bid=0 MORE
        310 snapshot bids=0 held=0:c0:16,1:c0:16,2:c0:16,3:c0:16 armed=c0`,
      `${twice}
        300 reap c0 16 bid=1 MORE
            reap c0 16 bid=2 MORE
            reap c0 16 bid=3 MORE
            reap c0 16 bid=0 MORE
            reap c0 16 bid=0 MORE
        310 snapshot held=0:c0:16,1:c0:16,2:c0:16,3:c0:16 armed=c0`,
    ];
    for (const text of texts) expect(run(text).model.snapshotConflicts).toBe(0);
    // Told once only, it is a contradiction: the test can fail.
    expect(run(`${twice}\n 220 snapshot bids=1,2,3,0 armed=c0`).model.snapshotConflicts).toBe(1);
  });

  /** In the order of the CQ: bids 1, 2, 3, then 0 twice. `c` = posted, `r` = reaped, `s` = snapshot as the application knows it. */
  const unreaped = (...steps: string[]) =>
    run(`${twice}
      300 complete c0 16 bid=1 MORE
          complete c0 16 bid=2 MORE
          complete c0 16 bid=3 MORE
          complete c0 16 bid=0 MORE
          complete c0 16 bid=0 MORE
      ${steps.join('\n')}`);
  const before = '310 snapshot bids=1,2,3,0,0 armed=c0';
  const reaps = ['400 reap c0 16 bid=1 MORE', 'reap c0 16 bid=2 MORE', 'reap c0 16 bid=3 MORE', 'reap c0 16 bid=0 MORE'];
  const between = '410 snapshot bids=0 held=0:c0:16,1:c0:16,2:c0:16,3:c0:16 armed=c0';
  const after = '510 snapshot held=0:c0:16,1:c0:16,2:c0:16,3:c0:16 armed=c0';

  it('can be filled twice before anybody reaps, and the application, which does not know, tells it as available twice', () => {
    const none = unreaped(before);
    expect(none.model.snapshotConflicts).toBe(0);
    expect([none.group.pickOrder(), states(none.group)]).toEqual([[], [filled, filled, filled, filled]]);
    const one = unreaped(before, ...reaps, between);
    expect(one.model.snapshotConflicts).toBe(0);
    expect([one.group.pickOrder(), states(one.group)]).toEqual([[], [filled, held, held, held]]);
    const both = unreaped(before, ...reaps, between, '500 reap c0 16 bid=0 MORE', after);
    expect(both.model.snapshotConflicts).toBe(0);
    expect([both.group.pickOrder(), states(both.group)]).toEqual([[], [held, held, held, held]]);
    expect(both.group).toMatchObject({ doubleUse: 1, filled: 0, held: 4, free: 0 });
  });

  it('is the same from any keyframe on, also from one inside a snapshot, and from a stored one', () => {
    const { table, group } = unreaped(before, ...reaps, between, '500 reap c0 16 bid=0 MORE', '505 back 0 c0', '510 back 0 c0 again');
    for (let cut = 0; cut <= table.length; cut++) {
      const first = new RingModel(table.dictionary);
      for (let i = 0; i < cut; i++) first.apply(table, i);
      const key = first.keyframe();
      const stored = keyframeOf(recordOf(key, table.dictionary), table.dictionary);
      for (const from of [key, stored]) {
        const second = new RingModel(table.dictionary);
        second.restore(from);
        for (let i = cut; i < table.length; i++) second.apply(table, i);
        expect(second.group?.pickOrder()).toEqual(group.pickOrder());
        expect(states(second.group as BufferGroup)).toEqual(states(group));
        expect(second.snapshotConflicts).toBe(0);
        expect(second.group?.doubleUse).toBe(group.doubleUse);
      }
    }
  });

  it('is forgotten where events were lost: what the snapshot says is taken over', () => {
    const { group, model } = unreaped('dropped 3', before);
    expect(model.uncertain).toBe(false);
    expect([group.pickOrder(), states(group)]).toEqual([
      [1, 2, 3, 0, 0],
      [available, available, available, available],
    ]);
  });
});

describe('a buffer that left its group', () => {
  it('taken out: it is absent, and the others keep their order', () => {
    const { group, model } = run(`${start}
      100 remove 1
      110 snapshot bids=0,2,3 armed=c0`);
    expect([group.pickOrder(), states(group)]).toEqual([
      [0, 2, 3],
      [available, absent, available, available],
    ]);
    expect([group.free, model.snapshotConflicts]).toEqual([3, 0]);
  });
  it('kept when it would be given back: it is held by nobody', () => {
    const { group, model } = run(`${start}
      100 reap c0 16 bid=0 MORE
      200 remove 0
      210 snapshot bids=1,2,3 armed=c0`);
    expect(group).toMatchObject({ free: 3, held: 0 });
    expect([group.state[0], group.owner[0], model.snapshotConflicts]).toEqual([absent, -1, 0]);
  });
  it('given to the group again: the last pick, and not counted as given back', () => {
    const { group } = run(`${start}
      100 remove 1
      200 back 1 c0`);
    expect(group.pickOrder()).toEqual([0, 2, 3, 1]);
    expect(group).toMatchObject({ free: 4, replenished: 0, doubleReplenish: 0 });
  });
  it('written over: another stands in its place in the order', () => {
    const { group, model } = run(`${start}
      100 remove 0 by=2
          back 2 c0 again
      110 snapshot bids=2,1,2,3,2 armed=c0`);
    expect(group.pickOrder()).toEqual([2, 1, 2, 3, 2]);
    expect(group.twice()).toEqual([2]);
    expect(states(group)).toEqual([absent, available, available, available]);
    expect([group.free, model.snapshotConflicts]).toEqual([3, 0]);
  });
  it('one that the order does not have changes nothing of it', () => {
    const { group } = run(`${start} 100 remove 9 by=2\n 110 remove 8`);
    expect(group.pickOrder()).toEqual([0, 1, 2, 3]);
  });
});

describe('a second recv on the socket of a connection', () => {
  const second = `${start}
    connect c3
    arm c3
    100 connect c2048 of=c3
        arm c2048`;
  const names = (model: RingModel): string[] => model.lanes.flatMap((lane) => (lane === undefined ? [] : [laneName(model, lane)]));

  it('is a lane of its own, named by the connection', () => {
    const { model } = run(`${second}
      200 reap c2048 9 bid=0 MORE`);
    expect(names(model)).toEqual(['c0', 'c3', 'c3′']);
    expect(model.lanes.flatMap((lane) => (lane === undefined ? [] : [lane.firstSlot]))).toEqual([-1, -1, 3]);
    expect(model.group?.owner[0]).toBe(2048);
    expect(model.lanes[2048]).toMatchObject({ armed: true, shots: 1, fd: 10 + 2048 });
    expect(model.lanes[3]).toMatchObject({ armed: true, shots: 0 });
  });
  it('of connection 0 is one, too', () => {
    expect(names(run(`${start} 100 connect c2048 of=c0`).model)).toEqual(['c0', 'c0′']);
  });
  it('is restated as such, also to who begins there', () => {
    const { model, table } = run(`${second}
      300 snapshot bids=0,1,2,3 armed=c0,c3,c2048`);
    expect(model.snapshotConflicts).toBe(0);
    const late = new RingModel(table.dictionary);
    for (let i = table.kind.indexOf(Kind.snapshot); i < table.length; i++) late.apply(table, i);
    expect(names(late)).toEqual(['c0', 'c3', 'c3′']);
  });
  it('is no second one any more when a connection takes its slot', () => {
    const { model } = run(`${second}
      300 close c2048
      400 connect c2048`);
    expect(model.lanes[2048]?.firstSlot).toBe(-1);
  });

  it('stands in a stored keyframe; one of an older ringlens has connections only', () => {
    const { model, table } = run(second);
    const record = recordOf(model.keyframe(), table.dictionary);
    const restored = (r: typeof record): RingModel => {
      const m = new RingModel(new UserDataDictionary());
      m.restore(keyframeOf(r, m.dictionary));
      return m;
    };
    expect(names(restored(record))).toEqual(['c0', 'c3', 'c3′']);
    const { firstSlot, ...older } = record.lanes;
    expect([...firstSlot]).toEqual([-1, -1, 3]);
    expect(names(restored({ ...record, lanes: older as typeof record.lanes }))).toEqual(['c0', 'c3', 'c2048']);
  });
});

describe('a group as it is stored', () => {
  it('keeps what was given back twice; one of an older ringlens has no such counts', () => {
    const { group } = run(twice);
    const record = group.toRecord();
    expect(BufferGroup.of(record).pickOrder()).toEqual([1, 2, 3, 0, 0]);
    expect(BufferGroup.of(record)).toMatchObject({ doubleReplenish: 1, doubleUse: 0 });
    const { unreaped: _, unknown: __, ...older } = record;
    const numbers = record.numbers.slice(0, -1);
    expect(BufferGroup.of({ ...older, numbers })).toMatchObject({ doubleReplenish: 1, doubleUse: 0, free: 4 });
  });
});
