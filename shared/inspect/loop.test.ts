/** The kernel's loop, lit by the measured cases of MULTISHOT-CASES.md. */
import { describe, expect, it } from 'vitest';
import { type EventRecord, eventAt } from '../codec/event-table.ts';
import { CQES_A_TURN } from '../model/cqes.ts';
import { Kind } from '../schema/events.ts';
import { RecvIoprio } from '../schema/uapi.ts';
import { traceFromText } from '../testing/trace-from-text.ts';
import {
  afterEvent,
  type Lit,
  type LoopOptions,
  type LoopState,
  litAfter,
  litBy,
  loopEdgeIds,
  loopEdges,
  loopNodeIds,
  loopStart,
  visits,
} from './loop.ts';

const eventsOf = (text: string): EventRecord[] => {
  const table = traceFromText(text);
  return Array.from({ length: table.length }, (_, i) => eventAt(table, i));
};
/** What the last event lights, and the state before it. */
function last(text: string, options: LoopOptions = {}): { lit: Lit; before: LoopState } {
  const events = eventsOf(text);
  const before = events.slice(0, -1).reduce(afterEvent, loopStart);
  return { lit: litBy(events.at(-1) as EventRecord, before, options), before };
}
const plain = <T>(lit: ReadonlyMap<string, T>): Record<string, T> => Object.fromEntries(lit);
const counts = (text: string, options: LoopOptions = {}): Record<string, number> => plain(visits(eventsOf(text), options).edges);

describe('the graph', () => {
  it('has edges between its nodes, each named by its ends, with a sentence and its source', () => {
    for (const id of loopEdgeIds) {
      const { from, to, words, sources } = loopEdges[id];
      expect(id).toBe(`${from}-${to}`);
      expect(words).toMatch(/\.$/);
      expect(sources.length).toBeGreaterThan(0);
    }
  });

  it('can be gone through: every node but the submit is reached, every one but the last CQE is left', () => {
    for (const id of loopNodeIds) {
      if (id !== 'submit')
        expect(
          loopEdgeIds.some((e) => loopEdges[e].to === id),
          id,
        ).toBe(true);
      if (id !== 'final')
        expect(
          loopEdgeIds.some((e) => loopEdges[e].from === id),
          id,
        ).toBe(true);
    }
  });
});

describe('an event lights', () => {
  it('a submit: itself, and nothing that has not happened yet', () => {
    expect(plain(last('arm c0').lit.nodes)).toEqual({ submit: 'observed' });
    expect(last('arm c0').lit.edges.size).toBe(0);
  });

  it('a poll arm: armed (observed); the try that found nothing is inferred (case a)', () => {
    const { lit } = last('arm c0\npoll c0');
    expect(plain(lit.nodes)).toEqual({ submit: 'inferred', select: 'inferred', receive: 'inferred', armed: 'observed' });
    expect(plain(lit.edges)).toEqual({ 'submit-select': 'inferred', 'select-receive': 'inferred', 'receive-armed': 'inferred' });
  });

  it('a wake: the way from waiting is seen, since its poll was armed', () => {
    expect(plain(last('arm c0\npoll c0\nwake c0').lit.edges)).toEqual({ 'armed-wake': 'observed' });
  });

  it('a post with F_MORE: the CQE is observed, buffer and receive follow from it', () => {
    const { lit } = last('arm c0\npoll c0\nwake c0\ncomplete c0 10 bid=0 MORE');
    expect(plain(lit.nodes)).toEqual({ wake: 'inferred', select: 'inferred', receive: 'inferred', post: 'observed' });
    expect(plain(lit.edges)).toEqual({ 'wake-select': 'inferred', 'select-receive': 'inferred', 'receive-post': 'inferred' });
  });

  it('the next post of the same wake: by way of the one before (case c_batch)', () => {
    const { lit } = last('arm c0\nwake c0\ncomplete c0 16 bid=0 MORE NONEMPTY\ncomplete c0 16 bid=1 MORE');
    expect([...lit.edges.keys()]).toEqual(['post-select', 'select-receive', 'receive-post']);
  });

  it('ENOBUFS: no buffer, the last CQE (case d_enobufs)', () => {
    const { lit } = last('arm c0\nwake c0\ncomplete c0 16 bid=3 MORE NONEMPTY\ncomplete c0 ENOBUFS');
    expect(lit.nodes.get('nobufs')).toBe('observed');
    expect(lit.nodes.get('final')).toBe('observed');
    expect(lit.nodes.has('receive')).toBe(false);
    expect([...lit.edges.keys()]).toEqual(['post-select', 'select-nobufs', 'nobufs-final']);
  });

  it('an end by the peer: receive, the last CQE (case e_close)', () => {
    const { lit } = last('arm c0\npoll c0\nwake c0 mask=0\ncomplete c0 0 NONEMPTY');
    expect([...lit.edges.keys()]).toEqual(['wake-select', 'select-receive', 'receive-final']);
    expect(lit.nodes.get('final')).toBe('observed');
  });

  it('a cancel: straight from the wake to the last CQE (case e_cancel)', () => {
    const { lit } = last('arm c0\npoll c0\nwake c0 mask=0\ncomplete c0 ECANCELED');
    expect([...lit.edges.keys()]).toEqual(['wake-final']);
  });

  it('an overflow: CQ full, the last CQE on the list (case f_overflow)', () => {
    const { lit } = last('arm c0\nwake c0\ncomplete c0 8 bid=3 MORE NONEMPTY\noverflowed c0 8 bid=4 NONEMPTY');
    expect(lit.nodes.get('overflow')).toBe('observed');
    expect(lit.nodes.get('final')).toBe('observed');
    expect(lit.nodes.has('post')).toBe(true);
    expect([...lit.edges.keys()]).toEqual(['post-select', 'select-receive', 'receive-overflow', 'overflow-final']);
  });

  it('a refusal, and its CQE (case g)', () => {
    expect(plain(last('arm c0\nrefused c0 EINVAL').lit.nodes)).toEqual({ submit: 'inferred', refused: 'observed' });
    expect([...last('arm c0\nrefused c0 EINVAL\ncomplete c0 EINVAL').lit.edges.keys()]).toEqual(['refused-final']);
  });

  it('a wake after a full turn: the turn is inferred from the count, not seen (case k)', () => {
    const posts = Array.from({ length: CQES_A_TURN }, (_, k) => `complete c0 8 bid=${k} MORE NONEMPTY`).join('\n');
    const { lit } = last(`arm c0\npoll c0\nwake c0\n${posts}\nwake c0 mask=0`);
    expect(plain(lit.edges)).toEqual({ 'post-turn': 'inferred', 'turn-wake': 'inferred' });
    expect(lit.nodes.get('wake')).toBe('observed');
    const fewer = last(`arm c0\npoll c0\nwake c0\n${posts.slice(posts.indexOf('\n') + 1)}\nwake c0 mask=0`);
    expect(fewer.lit.edges.has('turn-wake')).toBe(false);
  });

  it('POLL_FIRST with data there: armed without a try, the wake told first (case i_poll_first)', () => {
    const [submit, wake, arm, post] = eventsOf('arm c0\nwake c0 mask=41\npoll c0\ncomplete c0 10 bid=0 MORE') as [
      EventRecord,
      EventRecord,
      EventRecord,
      EventRecord,
    ];
    const first = { ...submit, a: submit.a | (RecvIoprio.RECVSEND_POLL_FIRST << 16) };
    const submitted = afterEvent(loopStart, first);
    const lit = litBy(wake, submitted);
    expect(plain(lit.edges)).toEqual({ 'submit-armed': 'inferred', 'armed-wake': 'inferred' });
    const woken = afterEvent(submitted, wake);
    expect(plain(litBy(arm, woken).nodes)).toEqual({ armed: 'observed' });
    expect([...litBy(post, afterEvent(woken, arm)).edges.keys()]).toEqual(['wake-select', 'select-receive', 'receive-post']);
  });

  it('a reap where the kernel is traced: nothing new; where it is not: all of it inferred', () => {
    expect(last('arm c0\nwake c0\ncomplete c0 9 bid=0 MORE\nreap c0 9 bid=0 MORE').lit.nodes.size).toBe(0);
    const { lit } = last('arm c0\nreap c0 9 bid=0 MORE');
    expect(plain(lit.nodes)).toEqual({ select: 'inferred', receive: 'inferred', post: 'inferred' });
  });

  it('what is of no request: nothing', () => {
    for (const text of ['ring', 'work', 'overflow', 'connect c0']) expect(last(text).lit.nodes.size).toBe(0);
  });
});

describe('waiting', () => {
  it('is inferred after the last CQE of a wake, when no end came', () => {
    const state = (text: string) => eventsOf(text).reduce(afterEvent, loopStart);
    const lit = litAfter(state('arm c0\npoll c0\nwake c0\ncomplete c0 4 bid=6 MORE'));
    expect(plain(lit.edges)).toEqual({ 'post-armed': 'inferred' });
    expect(lit.nodes.get('armed')).toBe('inferred');
    expect(litAfter(state('arm c0\nwake c0\ncomplete c0 ENOBUFS')).nodes.size).toBe(0);
  });

  it('of a datagram socket comes after a further try: EAGAIN, the buffer is recycled (case c_udp_burst)', () => {
    const { lit } = last('arm c0\npoll c0\nwake c0\ncomplete c0 10 bid=0 MORE\nwake c0', { isStream: false });
    expect([...lit.edges.keys()]).toEqual(['post-select', 'select-receive', 'receive-armed', 'armed-wake']);
  });

  it('after F_SOCK_NONEMPTY too: it tried again', () => {
    const { lit } = last('arm c0\npoll c0\nwake c0\ncomplete c0 10 bid=0 MORE NONEMPTY\nwake c0', { isStream: true });
    expect(lit.edges.has('receive-armed')).toBe(true);
  });
});

describe('visits', () => {
  it('count each way of a request (case a_normal)', () => {
    const wake = (bid: number) => `wake c0\ncomplete c0 10 bid=${bid} MORE\nwork\nreap c0 10 bid=${bid} MORE`;
    const text = `arm c0\npoll c0\n${wake(0)}\n${wake(1)}\n${wake(2)}`;
    expect(counts(text)).toEqual({
      'submit-select': 1,
      'select-receive': 4,
      'receive-armed': 1,
      'armed-wake': 3,
      'wake-select': 3,
      'receive-post': 3,
      'post-armed': 2,
    });
    const { nodes, inferred, state } = visits(eventsOf(text));
    expect(plain(nodes)).toEqual({ submit: 1, select: 4, receive: 4, armed: 3, wake: 3, post: 3 });
    expect(inferred.has('armed-wake')).toBe(false);
    expect(inferred.has('receive-post')).toBe(true);
    expect(state.at).toBe('post');
  });

  it('count turns (case k: 100 CQEs of one wake are 33 + 33 + 33 + 1)', () => {
    const turn = (from: number, n: number) => Array.from({ length: n }, (_, k) => `complete c0 8 bid=${from + k} MORE NONEMPTY`).join('\n');
    const text = `arm c0\npoll c0\nwake c0\n${turn(0, 33)}\nwake c0 mask=0\n${turn(33, 33)}\nwake c0 mask=0\n${turn(66, 33)}\nwake c0 mask=0\ncomplete c0 8 bid=99 MORE`;
    const found = counts(text);
    expect(found).toMatchObject({
      'post-turn': 3,
      'turn-wake': 3,
      'receive-post': 100,
      'armed-wake': 1,
      'wake-select': 4,
      'post-select': 96,
    });
  });

  it('of a storm: submit, no buffer, end, and never armed (case d_storm)', () => {
    const text = Array.from({ length: 5 }, () => 'arm c0\ncomplete c0 ENOBUFS\nreap c0 ENOBUFS').join('\n');
    expect(counts(text)).toEqual({ 'submit-select': 5, 'select-nobufs': 5, 'nobufs-final': 5 });
    expect(visits(eventsOf(text)).nodes.get('submit')).toBe(5);
  });

  it('of a request that is older than the events: no submit', () => {
    const { nodes } = visits(eventsOf('wake c0\ncomplete c0 10 bid=0 MORE').filter((e) => e.kind !== Kind.submit));
    expect(nodes.has('submit')).toBe(false);
  });
});
