import { describe, expect, it } from 'vitest';
import { type Inspection, type InspectQuery, inspect } from '../feed/inspection.ts';
import { liveSource } from '../feed/picture-source.ts';
import { storeOf } from '../feed/testing.ts';
import { addressOf, clearSelection, createSelectionStore, looksOf, select } from './selection.ts';

const source = liveSource(storeOf('ring\ngroup buffers=4\nconnect c0\n10 arm c0\n20 reap c0 64 bid=0 MORE\n20 reap c0 16 bid=1 MORE'));
/** A worker that answers when it is told to. */
function slowFeed() {
  const answers: (() => void)[] = [];
  const feed = {
    inspect: (query: InspectQuery) => new Promise<Inspection | null>((resolve) => answers.push(() => resolve(inspect(source, query, {})))),
  };
  return { feed, answers };
}
const feed = { inspect: async (query: InspectQuery) => inspect(source, query, {}) };

describe('the selection', () => {
  it('keeps what was shown until the next one is found', async () => {
    const store = createSelectionStore();
    const { feed: slow, answers } = slowFeed();
    const first = select(store, slow, { t: 20e3, nth: 0 });
    expect(store.getState()).toMatchObject({ query: { t: 20e3, nth: 0 }, inspection: null, problem: '' });
    answers.shift()?.();
    const shown = await first;
    expect(shown?.event.res).toBe(64);
    const second = select(store, slow, { t: 20e3, nth: 1 });
    expect(store.getState().inspection).toBe(shown);
    answers.shift()?.();
    expect((await second)?.event.res).toBe(16);
    expect(store.getState().inspection?.event.res).toBe(16);
  });

  it('is of the one that was asked for last, whichever answer comes first', async () => {
    const store = createSelectionStore();
    const { feed: slow, answers } = slowFeed();
    const older = select(store, slow, { t: 20e3, nth: 0 });
    const newer = select(store, slow, { t: 20e3, nth: 1 });
    answers[1]?.();
    expect((await newer)?.event.res).toBe(16);
    answers[0]?.();
    expect(await older).toBeNull();
    expect(store.getState().inspection?.event.res).toBe(16);
  });

  it('stays cleared where the answer comes after', async () => {
    const store = createSelectionStore();
    const { feed: slow, answers } = slowFeed();
    const asked = select(store, slow, { seq: 7 });
    clearSelection(store);
    answers[0]?.();
    expect(await asked).toBeNull();
    expect(store.getState()).toEqual({ query: null, inspection: null, problem: '' });
  });

  it('says that an event is not kept, and forgets it with the next one', async () => {
    const store = createSelectionStore();
    expect(await select(store, feed, { seq: 1e6 })).toBeNull();
    expect(store.getState()).toMatchObject({ inspection: null, problem: 'This event is not among those that are kept.' });
    await select(store, feed, { t: 10e3 });
    expect(store.getState().problem).toBe('');
  });
});

describe('the address of an event', () => {
  it('leads back to it, also where several share its time', async () => {
    const store = createSelectionStore();
    expect(addressOf(store.getState())).toBeUndefined();
    for (const nth of [0, 1]) {
      const found = await select(store, feed, { t: 20e3, nth });
      const address = addressOf(store.getState()) as string;
      expect(address).toBe(`20000.${nth}`);
      const again = await select(store, feed, looksOf(address) as InspectQuery);
      expect(again?.seq).toBe(found?.seq);
    }
  });

  it('of another form names none', () => {
    for (const text of ['', '12', '12.', '.1', '-1.0', '1.2.3', '1e3.0', '12345678901234567.0', '1.1234567', ' 1.0'])
      expect(looksOf(text), text).toBeNull();
  });
});
