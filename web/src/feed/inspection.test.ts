/** How an event is found, and what is told of it: of traces drawn as text. */
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../shared/schema/events.ts';
import { CqeFlag, Errno } from '../../../shared/schema/uapi.ts';
import { deadline, type EventLooks, type Inspection, inspect } from './inspection.ts';
import { liveSource } from './picture-source.ts';
import { storeOf } from './testing.ts';

/** Event 0 ring, 1 group, 2 … 5 its buffers, 6 and 7 the connections, 8 and 9 the arms. */
const trace = `ring
group buffers=4 size=64
connect c0
connect c1
10 arm c0
10 arm c1
12 poll c0
20 wake c0
21 complete c0 64 bid=0 MORE NONEMPTY
22 complete c0 16 bid=1 MORE
30 reap c0 64 bid=0 MORE NONEMPTY
30 reap c0 16 bid=1 MORE
30 reap c1 8 bid=2 MORE
40 back 0 c0
50 complete c0 ENOBUFS
51 reap c0 ENOBUFS`;
const store = storeOf(trace);
const find = (looks: EventLooks | { seq: number }): Inspection | null => inspect(liveSource(store), looks, {});
const c0 = 0x1000n;
const c1 = 0x1001n;
const seqOf = (looks: EventLooks): number => find(looks)?.seq ?? -1;

describe('an event by its number', () => {
  it('is that event, where it is kept', () => {
    expect(find({ seq: 11 })).toMatchObject({ seq: 11, event: { kind: Kind.wake, t: 20e3 }, slot: 0, nth: 0 });
    expect(find({ seq: 0 })).toMatchObject({ slot: -1, loop: null, event: { kind: Kind.ring_create } });
  });

  it('is nothing outside of what is kept, and for numbers of the past', () => {
    for (const seq of [-1, -7, store.events.end, 1e9]) expect(find({ seq }), String(seq)).toBeNull();
  });
});

describe('an event by its looks', () => {
  it('is the first of the wanted kind at that time; others of the list are taken where it is missing', () => {
    expect(seqOf({ t: 30e3, kinds: [Kind.reap] })).toBe(14);
    expect(seqOf({ t: 30e3, kinds: [Kind.complete, Kind.reap] })).toBe(14);
    expect(find({ t: 30e3, kinds: [Kind.complete] })).toBeNull();
    // The order of the kinds counts, not that of the events.
    expect(find({ t: 10e3, kinds: [Kind.poll_arm, Kind.submit], within: 5e3 })?.event.kind).toBe(Kind.poll_arm);
  });

  it('is told apart by user_data, result and flags', () => {
    expect(seqOf({ t: 30e3, kinds: [Kind.reap], userData: c1 })).toBe(16);
    expect(seqOf({ t: 30e3, kinds: [Kind.reap], res: 16 })).toBe(15);
    expect(seqOf({ t: 30e3, res: 64, flags: (CqeFlag.F_BUFFER | CqeFlag.F_MORE | CqeFlag.F_SOCK_NONEMPTY) >>> 0 })).toBe(14);
    expect(find({ t: 30e3, userData: c0, res: 8 })).toBeNull();
  });

  it('is the n-th at its time, and the address leads back to it', () => {
    expect([0, 1, 2].map((nth) => seqOf({ t: 30e3, nth }))).toEqual([14, 15, 16]);
    expect(find({ t: 30e3, nth: 3 })).toBeNull();
    for (let seq = 0; seq < store.events.end; seq++) {
      const found = find({ seq }) as Inspection;
      expect(seqOf({ t: found.event.t, nth: found.nth }), `event ${seq}`).toBe(seq);
    }
  });

  it('is no farther than asked for: a nanosecond, or as told', () => {
    expect(seqOf({ t: 20e3 + 0.4 })).toBe(11);
    expect(find({ t: 20.5e3 })).toBeNull();
    expect(seqOf({ t: 20.5e3, within: 600 })).toBe(11);
    expect(seqOf({ t: 25e3, kinds: [Kind.complete], within: 10e3 })).toBe(12);
    expect(find({ t: 45e3, kinds: [Kind.wake], within: 10e3 })).toBeNull();
  });
});

describe('what is told of it', () => {
  it('has the lane and what its request is', () => {
    expect(find({ seq: 12 })).toMatchObject({ slot: 0, context: { name: 'c0', multishot: true } });
    expect(find({ t: 50e3 })?.context.cause).toBe('enobufs');
  });

  it('has its causes, in the order of time', () => {
    const { links } = find({ t: 22e3 })?.causes ?? { links: [] };
    expect(links.some(({ relation, t }) => relation === 'wake' && t === 20e3)).toBe(true);
    expect(links.map(({ t }) => t)).toEqual(links.map(({ t }) => t).sort((a, b) => a - b));
  });

  it('has what it lights of the loop, and the visits of its request so far', () => {
    const { loop } = find({ t: 22e3 }) as Inspection;
    expect(Object.fromEntries(loop?.lit.nodes ?? [])).toMatchObject({ post: 'observed', select: 'inferred' });
    expect(loop?.visits.nodes.get('post')).toBe(2);
    expect(loop?.visits.nodes.get('submit')).toBe(1);
    expect(loop?.posted).toBeNull();
  });

  it('has, of a reap, what its CQE lit where the kernel posted it', () => {
    const first = find({ t: 30e3, nth: 0 })?.loop;
    const second = find({ t: 30e3, nth: 1 })?.loop;
    expect([first?.posted, second?.posted]).toEqual([21e3, 22e3]);
    expect([...(first?.lit.edges.keys() ?? [])]).toEqual(['wake-select', 'select-receive', 'receive-post']);
    expect([...(second?.lit.edges.keys() ?? [])]).toEqual(['post-select', 'select-receive', 'receive-post']);
    const end = find({ t: 51e3 })?.loop;
    expect([end?.posted, end?.lit.nodes.get('nobufs')]).toEqual([50e3, 'observed']);
  });

  it('has, of a reap whose CQE nobody saw, what it lights itself, inferred', () => {
    const loop = find({ t: 30e3, userData: c1, kinds: [Kind.reap] })?.loop;
    expect(loop?.posted).toBeNull();
    expect(loop?.lit.nodes.get('post')).toBe('inferred');
  });

  it('takes the nearest post that looks like it for a reap whose request is older than the trace', () => {
    const older = storeOf(`ring\ngroup buffers=4 size=64\nconnect c0
5 complete c0 64 bid=0 MORE
6 complete c0 64 bid=1 MORE
7 reap c0 ${-Errno.EINTR}
8 reap c0 64 bid=1 MORE`);
    const looked = inspect(liveSource(older), { t: 8e3 }, {});
    expect(looked?.loop?.posted).toBe(6e3);
    expect(inspect(liveSource(older), { t: 7e3 }, {})?.loop?.posted).toBeNull();
  });

  it('says nothing of a loop for what is of no recv', () => {
    expect(find({ t: 40e3 })?.loop).toBeNull();
  });

  it('takes no longer than there is time', () => {
    let now = 0;
    const limits = deadline(() => now);
    expect(limits.isOver?.()).toBe(false);
    now = 1e4;
    expect(limits.isOver?.()).toBe(true);
    const rushed = inspect(liveSource(store), { seq: 12 }, limits);
    expect(rushed?.event.kind).toBe(Kind.complete);
  });
});
