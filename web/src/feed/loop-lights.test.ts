/** What pictures tell of the kernel's loop, against shared/inspect/loop.ts over the same events. */
import { describe, expect, it } from 'vitest';
import { eventAt } from '../../../shared/codec/event-table.ts';
import { afterEvent, litBy, loopEdgeIds, loopNodeIds, loopStart, visits } from '../../../shared/inspect/loop.ts';
import { CQES_A_TURN } from '../../../shared/model/cqes.ts';
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import { LOOP_EVENTS } from './loop-lights.ts';
import { type LoopLights, LoopMark, type ViewRequest } from './picture.ts';
import { transferablesOf } from './picture-builder.ts';
import { pictureAt, storeOf } from './testing.ts';

const begin = 'ring\ngroup buffers=64 size=64\nconnect c0\nconnect c1 udp';
/** Two turns of one request, seen in the kernel, then its end. */
const traced = `${begin}
10 arm c0
11 poll c0
20 wake c0
21 complete c0 64 bid=0 MORE NONEMPTY
22 complete c0 16 bid=1 MORE
23 reap c0 64 bid=0 MORE NONEMPTY
23 reap c0 16 bid=1 MORE
40 wake c0
41 complete c0 ENOBUFS
42 reap c0 ENOBUFS`;

const lights = (text: string, us: number, part: Partial<ViewRequest> = {}): LoopLights =>
  pictureAt(storeOf(text), us, { loop: true, ...part }).loop as LoopLights;
const named = <Id extends string>(ids: readonly Id[], column: ArrayLike<number>): Record<string, number> =>
  Object.fromEntries(ids.map((id, i) => [id, column[i] as number]).filter(([, n]) => n !== 0));
const newestOf = ({ newest }: LoopLights) =>
  newest && {
    at: newest.t / 1e3,
    nodes: named(loopNodeIds, newest.nodes),
    path: Array.from(newest.path, (place) => loopEdgeIds[place]),
  };

describe('what is lit of the loop', () => {
  it('is not looked at where nobody asks for it', () => {
    expect(pictureAt(storeOf(traced), 50).loop).toBeNull();
  });

  it('counts what the events of one request light, as the inspector does', () => {
    const table = traceFromText(traced);
    const events = Array.from({ length: table.length }, (_, i) => eventAt(table, i)).filter((e) => e.request !== 0);
    const whole = visits(events);
    const { nodes, edges, isTraced } = lights(traced, 50);
    expect(named(loopEdgeIds, edges)).toEqual(Object.fromEntries(whole.edges));
    expect(named(loopNodeIds, nodes)).toEqual(Object.fromEntries(whole.nodes));
    expect(isTraced).toBe(true);
  });

  it('tells what of it was observed', () => {
    const { edges, edgesObserved, nodes, nodesObserved } = lights(traced, 50);
    const armedWake = loopEdgeIds.indexOf('armed-wake');
    expect([edges[armedWake], edgesObserved[armedWake]]).toEqual([2, 2]);
    const select = loopNodeIds.indexOf('select');
    const post = loopNodeIds.indexOf('post');
    expect(nodes[select]).toBeGreaterThan(0);
    expect([nodesObserved[select], nodes[post], nodesObserved[post]]).toEqual([0, 2, 2]);
  });

  it('has the newest event that lights something, at each moment what the inspector lights', () => {
    const table = traceFromText(traced);
    const store = storeOf(traced);
    let state = loopStart;
    let seen = 0;
    for (let i = 0; i < table.length; i++) {
      const e = eventAt(table, i);
      if (e.request === 0) continue;
      const lit = litBy(e, state);
      state = afterEvent(state, e);
      if (lit.nodes.size === 0) continue;
      const picture = pictureAt(store, e.t / 1e3, { loop: true, seq: i });
      const found = newestOf(picture.loop as LoopLights);
      expect(found?.path, `event ${i}`).toEqual([...lit.edges.keys()]);
      const marks = Object.fromEntries([...lit.nodes].map(([id, certainty]) => [id, LoopMark[certainty]]));
      expect(found?.nodes, `event ${i}`).toEqual(marks);
      seen++;
    }
    expect(seen).toBe(7);
  });

  it('leaves out what is behind the cursor, and of the counts what is before the window', () => {
    expect(newestOf(lights(traced, 21))).toMatchObject({ at: 21 });
    const late = lights(traced, 45, { span: 10e3 });
    expect(named(loopEdgeIds, late.edges)).toEqual({
      'post-armed': 1,
      'armed-wake': 1,
      'wake-select': 1,
      'select-nobufs': 1,
      'nobufs-final': 1,
    });
    expect([late.since, late.events]).toEqual([35e3, 3]);
  });

  it('is of one lane where one is chosen', () => {
    const both = `${traced}\n43 arm c1\n44 poll c1\n45 wake c1\n46 complete c1 8 bid=2 MORE\n47 wake c1`;
    const all = lights(both, 50);
    const one = lights(both, 50, { loopSlot: 1 });
    const other = lights(both, 50, { loopSlot: 0 });
    expect(one.newest?.slot).toBe(1);
    expect(other.newest).toMatchObject({ slot: 0, t: 41e3 });
    expect(Array.from(all.edges)).toEqual(Array.from(one.edges, (n, i) => n + (other.edges[i] as number)));
    // A datagram socket does not tell that it holds no more: the kernel tries again.
    expect(newestOf(one)?.path).toEqual(['post-select', 'select-receive', 'receive-armed', 'armed-wake']);
  });

  it('lets no two requests be taken for one', () => {
    const again = `${traced}\n50 arm c0\n51 poll c0\n60 wake c0\n61 complete c0 8 bid=2 MORE`;
    expect(newestOf(lights(again, 70))?.path).toEqual(['wake-select', 'select-receive', 'receive-post']);
    expect(lights(again, 70).nodes[loopNodeIds.indexOf('submit')]).toBe(2);
  });

  it('takes the reaps for the CQEs where the kernel is not traced, as inferred', () => {
    const { newest, isTraced, nodesObserved } = lights(`${begin}\n10 arm c0\n20 reap c0 64 bid=0 MORE`, 30);
    expect(isTraced).toBe(false);
    expect(named(loopNodeIds, newest?.nodes ?? [])).toMatchObject({ post: LoopMark.inferred });
    expect(named(loopNodeIds, nodesObserved)).toEqual({ submit: 1 });
  });

  it('shows a turn that is over as the way back to the wake', () => {
    const turn = Array.from({ length: CQES_A_TURN }, (_, n) => `${21 + n} complete c0 64 bid=${n} MORE NONEMPTY`).join('\n');
    const found = newestOf(lights(`${begin}\n10 arm c0\n11 poll c0\n20 wake c0\n${turn}\n60 wake c0 mask=0`, 70));
    expect(found?.path).toEqual(['post-turn', 'turn-wake']);
  });

  it('goes back a bounded number of events, and says how far', () => {
    const rounds = LOOP_EVENTS;
    const lines = Array.from({ length: rounds }, (_, n) => `${100 + n * 10} wake c0\n${105 + n * 10} complete c0 8 bid=${n % 4} MORE`);
    const store = storeOf(`${begin}\n10 arm c0\n11 poll c0\n${lines.join('\n')}`);
    const end = 105 + (rounds - 1) * 10;
    const loop = pictureAt(store, end, { loop: true, span: end * 1e3 }).loop as LoopLights;
    expect(loop.events).toBe(LOOP_EVENTS);
    expect(loop.nodes[loopNodeIds.indexOf('post')]).toBe(LOOP_EVENTS / 2);
    expect(loop.since).toBe((end - (LOOP_EVENTS / 2 - 1) * 10 - 5) * 1e3);
    // It was armed long before: the own workload is traced from its start.
    const armedWake = loopEdgeIds.indexOf('armed-wake');
    expect(loop.edgesObserved[armedWake]).toBe(LOOP_EVENTS / 2);
  });

  it('gives each picture arrays of its own, which can be moved', () => {
    const store = storeOf(traced);
    const a = pictureAt(store, 50, { loop: true });
    const b = pictureAt(store, 50, { loop: true });
    const moved = structuredClone(a, { transfer: transferablesOf(a) });
    expect(a.loop?.edges.length).toBe(0);
    expect(a.loop?.newest?.path.length).toBe(0);
    expect(moved.loop).toEqual(b.loop);
  });
});
