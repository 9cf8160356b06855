import { describe, expect, it, vi } from 'vitest';
import { eventAt } from '../../../shared/codec/event-table.ts';
import type { Breakpoint, DebugInfo, StopInfo } from '../../../shared/protocol/debug.ts';
import { Kind } from '../../../shared/schema/events.ts';
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import { type FeedCommand, FeedError, type FeedStatus, initialStatus } from '../feed/feed.ts';
import { observable } from '../feed/observable.ts';
import { createDebuggerStore, createDebugHand, likeText, looksOfStop, onStop, problemOf } from './debugger.ts';

const info = (part: Partial<DebugInfo> = {}): DebugInfo => ({
  stopped: false,
  cqes: 0,
  waiting: -1,
  overflowed: false,
  stop: null,
  breakpoints: [],
  ...part,
});
const stop = (cqes: number, event: StopInfo['event'] = null): StopInfo => ({ reason: 'step', breakpoint: null, event, cqes });
const breakpoint = (id: number, text: string, part: Partial<Breakpoint> = {}): Breakpoint => ({
  id,
  text,
  enabled: true,
  ignore: 0,
  hits: 5,
  ...part,
});

function made(debug: DebugInfo | null = info()) {
  const store = createDebuggerStore();
  const status = observable<FeedStatus>({ ...initialStatus, debug });
  const sent: FeedCommand[] = [];
  let refuse: Error | null = null;
  const send = async (command: FeedCommand): Promise<void> => {
    sent.push(command);
    if (refuse !== null) throw refuse;
  };
  const hand = createDebugHand(store, { send, status });
  const change = (now: DebugInfo | null) => status.set({ ...status.get(), debug: now });
  return {
    store,
    status,
    sent,
    hand,
    change,
    refuseWith: (e: Error | null) => {
      refuse = e;
    },
  };
}
const eventsOf = (text: string) => {
  const table = traceFromText(text);
  return Array.from({ length: table.length }, (_, i) => eventAt(table, i));
};
const lastOf = (text: string) => eventsOf(text).at(-1) as ReturnType<typeof eventAt>;

describe('the hand of the debugger', () => {
  it('stops a reactor that runs, and lets one go on that stands', () => {
    const { hand, sent, change } = made();
    hand.toggle();
    change(info({ stopped: true }));
    hand.toggle();
    expect(sent).toEqual([{ type: 'pause' }, { type: 'resume' }]);
  });

  it('sends the whole list of breakpoints, each with a number of its own, and no count of hits', () => {
    const { hand, sent, change } = made();
    hand.add('res<0');
    change(info({ breakpoints: [breakpoint(1, 'res<0'), breakpoint(7, '!MORE')] }));
    hand.add('bid=3');
    const kept = [
      { id: 1, text: 'res<0', enabled: true, ignore: 0 },
      { id: 7, text: '!MORE', enabled: true, ignore: 0 },
    ];
    expect(sent).toEqual([
      { type: 'breakpoints', list: [{ id: 1, text: 'res<0', enabled: true, ignore: 0 }] },
      { type: 'breakpoints', list: [...kept, { id: 8, text: 'bid=3', enabled: true, ignore: 0 }] },
    ]);
  });

  it('enables a breakpoint that is there already instead of another one', () => {
    const { hand, sent } = made(info({ breakpoints: [breakpoint(1, 'res<0', { enabled: false, ignore: 2 })] }));
    hand.add('res<0');
    expect(sent).toEqual([{ type: 'breakpoints', list: [{ id: 1, text: 'res<0', enabled: true, ignore: 2 }] }]);
  });

  it('changes and removes the one that is meant', () => {
    const { hand, sent } = made(info({ breakpoints: [breakpoint(1, 'res<0'), breakpoint(2, '!MORE')] }));
    hand.change(2, { ignore: 9 });
    hand.remove(1);
    expect(sent).toMatchObject([
      { list: [{ id: 1 }, { id: 2, ignore: 9, enabled: true }] },
      { list: [{ id: 2, text: '!MORE', ignore: 0 }] },
    ]);
  });

  it('tells why a command was refused, until the next one is done', async () => {
    const { hand, store, refuseWith } = made();
    refuseWith(new FeedError('not_held', 'Buffer 3 is not held.'));
    hand.send({ type: 'act', name: 'back', target: 3, value: 0 } as never, 'gave buffer 3 back');
    await vi.waitFor(() => expect(store.getState()).toMatchObject({ refusal: 'Buffer 3 is not held.', done: '' }));
    refuseWith(null);
    hand.send({ type: 'pause' }, 'stopped');
    await vi.waitFor(() => expect(store.getState()).toMatchObject({ refusal: '', done: 'stopped' }));
  });

  it('breaks at the next event like one, and says so where the reactor sees none like it', () => {
    const { hand, sent, store } = made();
    hand.breakLike(lastOf('connect c2\narm c2\nreap c2 ENOBUFS'));
    expect(sent).toMatchObject([{ list: [{ text: 'res=-ENOBUFS conn=2' }] }]);
    hand.breakLike(lastOf('connect c2\narm c2\nwake c2'));
    expect(sent).toHaveLength(1);
    expect(store.getState().refusal).toMatch(/^The reactor sees no events of this kind/);
  });
});

describe('the condition of events like this', () => {
  it.each([
    ['reap c1 64 bid=3 MORE', 'cqe MORE bytes>0 conn=1'],
    ['complete c1 64 bid=3', 'cqe !MORE bytes>0 conn=1'],
    ['reap c1 0', 'res=0 !MORE conn=1'],
    ['complete c1 ECANCELED', 'res=-ECANCELED conn=1'],
    ['overflowed c1 8 bid=2', 'cqe !MORE bytes>0 conn=1'],
    ['overflow', 'kind=cqe_overflow'],
    ['arm c1', 'kind=submit conn=1'],
    ['close c1', 'kind=close conn=1'],
    ['back 2 c1', 'kind=replenish bid=2'],
  ])('%s', (line, text) => {
    const like = likeText(lastOf(`ring\ngroup buffers=4\nconnect c1\narm c1\n${line}`));
    expect(like).toBe(text);
    expect(problemOf(like as string)).toBe('');
  });

  it('is none for what only the kernel sees', () => {
    for (const line of ['wake c1', 'poll c1', 'work 1']) expect(likeText(lastOf(`connect c1\narm c1\n${line}`)), line).toBeNull();
  });
});

describe('the text of a breakpoint', () => {
  it('is refused in a sentence where it is no filter, or is empty', () => {
    expect(problemOf('res<0 and bid=3')).toBe('');
    for (const text of ['', 'res<', 'nosuch=1', 'complete_to_reap>5ms']) expect(problemOf(text), text).toMatch(/\S/);
  });
});

describe('a stop', () => {
  const event = { t: 5e3, kind: 'reap' as const, userData: '4097', res: 64, flags: 7, a: 0, b: 0, request: 2 };

  it('is found by the looks of its event: a reap by its result, a give-back by its bid', () => {
    expect(looksOfStop(stop(1, event))).toEqual({ t: 5e3, kinds: [Kind.reap], userData: 4097n, res: 64, flags: 7, a: 0 });
    expect(looksOfStop(stop(1, { ...event, kind: 'replenish' }))).toEqual({ t: 5e3, kinds: [Kind.replenish], userData: 4097n, a: 0 });
    expect(looksOfStop(stop(1))).toBeNull();
  });

  it('is told once, however often its status comes, and again after a further step', () => {
    const { status, change } = made();
    const seen: number[] = [];
    const end = onStop(status, ({ cqes }) => seen.push(cqes));
    change(info({ stopped: true, stop: stop(3) }));
    change(info({ stopped: true, stop: stop(3), waiting: 8 }));
    change(info({ stopped: true, stop: stop(4) }));
    change(info({ stopped: false, stop: stop(4) }));
    change(info({ stopped: true, stop: stop(4) }));
    change(null);
    end();
    change(info({ stopped: true, stop: stop(9) }));
    expect(seen).toEqual([3, 4, 4]);
  });

  it('that was there before is none', () => {
    const { status, change } = made(info({ stopped: true, stop: stop(3) }));
    const seen: number[] = [];
    onStop(status, ({ cqes }) => seen.push(cqes));
    change(info({ stopped: true, stop: stop(3), waiting: 2 }));
    expect(seen).toEqual([]);
  });
});
