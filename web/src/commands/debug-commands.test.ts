import { describe, expect, it, vi } from 'vitest';
import type { DebugInfo } from '../../../shared/protocol/debug.ts';
import type { SessionInfo } from '../../../shared/protocol/messages.ts';
import { createPlaybackClock } from '../canvas/playback-clock.ts';
import { type Feed, type FeedCommand, type FeedStatus, initialStatus, type Place } from '../feed/feed.ts';
import { type InspectQuery, inspect } from '../feed/inspection.ts';
import { observable } from '../feed/observable.ts';
import { liveSource } from '../feed/picture-source.ts';
import { storeOf } from '../feed/testing.ts';
import { createDebuggerStore, createDebugHand } from '../store/debugger.ts';
import { createFilterStore } from '../store/filter.ts';
import { createSelectionStore, select } from '../store/selection.ts';
import { createViewStore } from '../store/view.ts';
import { debugCommands } from './debug-commands.ts';
import { createRegistry } from './registry.ts';

const store = storeOf(`ring
group buffers=4
connect c0
10 arm c0
12 poll c0
20 wake c0
21 complete c0 64 bid=0 MORE
30 reap c0 64 bid=0 MORE`);
const source = liveSource(store);
const stopped: DebugInfo = { stopped: true, cqes: 1, waiting: 0, overflowed: false, stop: null, breakpoints: [] };
const live: Partial<FeedStatus> = { debug: stopped, running: true, connection: { state: 'open', rttMs: 1 }, session: {} as SessionInfo };

function made(part: Partial<FeedStatus> = live, until: number | null = 40e3) {
  const clock = createPlaybackClock(0.01);
  if (until !== null) clock.observe(0, until);
  const view = createViewStore();
  const selection = createSelectionStore();
  const status = observable<FeedStatus>({ ...initialStatus, ...part });
  const sent: FeedCommand[] = [];
  let place: Place | null = { t: 30e3, seq: store.events.end - 1 };
  const feed = {
    status,
    picture: observable(null),
    inspect: async (query: InspectQuery) => inspect(source, query, {}),
    next: async () => place,
    send: async (command: FeedCommand) => void sent.push(command),
  } as unknown as Feed;
  const hand = createDebugHand(createDebuggerStore(), feed);
  const registry = createRegistry(debugCommands({ feed, clock, view, selection, filter: createFilterStore(), hand }), (reason) =>
    view.setState({ note: reason }),
  );
  const press = (key: string): void => registry.byKey(key)?.run();
  const shown = async (kind: number) => vi.waitFor(() => expect(selection.getState().inspection?.event.kind).toBe(kind));
  return {
    clock,
    view,
    selection,
    status,
    sent,
    feed,
    registry,
    press,
    shown,
    nothingBefore: () => {
      place = null;
    },
  };
}
const kindAt = (us: number): number => inspect(source, { t: us * 1e3 }, {})?.event.kind as number;

describe('the commands of the reactor', () => {
  it('let it go on by a CQE, a wake, a turn or to an end, or altogether', () => {
    const { sent, press } = made();
    for (const key of ['o', 'O', 'u', 'U', 'r']) press(key);
    expect(sent).toEqual([
      { type: 'step', unit: 'cqe' },
      { type: 'step', unit: 'wake' },
      { type: 'step', unit: 'turn' },
      { type: 'step', unit: 'end' },
      { type: 'resume' },
    ]);
  });

  it.each([
    ['without a workload', {}, 'There is no workload yet'],
    ['of another process', { session: {} as SessionInfo }, 'Only the own workload can be stopped, and no recorded one'],
    ['after its end', { ...live, running: false }, 'The workload has ended'],
    ['without an agent', { ...live, connection: { state: 'gone', retryInS: 1, sinceWallMs: 0 } as const }, 'The workload has ended'],
  ])('%s send nothing and say why', (_, part, words) => {
    const { sent, view, press } = made(part);
    for (const key of ['o', 'O', 'u', 'U', 'r', 'x']) {
      view.setState({ note: '' });
      press(key);
      expect(view.getState().note, key).toBe(words);
    }
    expect(sent).toEqual([]);
  });

  it('break at the next event like the selected one', async () => {
    const { sent, selection, feed, press, view } = made();
    press('x');
    expect(view.getState().note).toBe('No event is selected');
    await select(selection, feed, { t: 30e3 });
    press('x');
    expect(sent).toMatchObject([{ type: 'breakpoints', list: [{ text: 'cqe MORE bytes>0 conn=0' }] }]);
  });
});

describe('the commands of the selected event', () => {
  it('i selects the event at the cursor, and the picture stands', async () => {
    const { clock, press, shown } = made();
    press('i');
    await shown(kindAt(30));
    expect(clock.state.get().playing).toBe(false);
    const seq = inspect(source, { t: 20e3 }, {})?.seq as number;
    clock.seekPlace({ t: 20e3, seq });
    press('i');
    await shown(kindAt(20));
  });

  it('i says where there is nothing to select', async () => {
    const none = made(live, null);
    none.press('i');
    expect(none.view.getState().note).toBe('No event has come yet');
    const early = made();
    early.nothingBefore();
    early.press('i');
    await vi.waitFor(() => expect(early.view.getState().note).toBe('No event before this moment'));
    expect(early.selection.getState().query).toBeNull();
  });

  it('c goes to the nearest cause, e to the first effect', async () => {
    const { selection, feed, press, shown } = made();
    await select(selection, feed, { t: 21e3 });
    press('c');
    await shown(kindAt(20));
    press('e');
    await shown(kindAt(21));
    press('e');
    await shown(kindAt(30));
  });

  it('say where there is no cause, and that nothing is selected', async () => {
    const { selection, feed, view, press } = made();
    for (const key of ['c', 'e']) {
      view.setState({ note: '' });
      press(key);
      expect(view.getState().note).toBe('No event is selected');
    }
    await select(selection, feed, { seq: 0 });
    const { inspection } = selection.getState();
    press('c');
    expect(view.getState().note).toBe('This event has no cause that is kept');
    expect(selection.getState().inspection).toBe(inspection);
  });

  it('f fits the window to it, and says why where it can not', async () => {
    const { clock, selection, feed, view, press } = made();
    press('f');
    await vi.waitFor(() => expect(view.getState().note).toMatch(/^No event is selected, and there is no filter/));
    await select(selection, feed, { t: 21e3 });
    press('f');
    await vi.waitFor(() => expect(clock.state.get().playing).toBe(false));
    await vi.waitFor(() => expect(clock.state.get().span).toBeLessThan(100e3));
    expect(view.getState().note).toBe('');
  });
});
