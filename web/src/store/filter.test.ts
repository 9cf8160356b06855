import { describe, expect, it } from 'vitest';
import type { FilterHits } from '../feed/feed.ts';
import { observable } from '../feed/observable.ts';
import { createFilterStore, followFilter, writeFilter } from './filter.ts';

const hitsOf = (text: string): FilterHits => ({
  text,
  count: 3,
  reachable: 3,
  missed: 0,
  done: true,
  progress: 1,
  bins: { t: new Float64Array(), n: new Uint32Array(), width: 1 },
});

function made() {
  const store = createFilterStore();
  const asked: (string | null)[] = [];
  const hits = observable<FilterHits | null>(null);
  const end = followFilter(store, { find: (query) => void asked.push(query?.text ?? null), hits });
  return { store, asked, hits, end };
}

describe('the filter of the page', () => {
  it('is read as it is written', () => {
    const { store } = made();
    writeFilter(store, 'res<0');
    expect(store.getState().filter).toEqual({ type: 'compare', field: 'res', op: '<', value: 0 });
    writeFilter(store, 'conn=1 resl<0');
    expect(store.getState()).toMatchObject({
      filter: null,
      problem: { message: 'There is no field "resl"; did you mean res?', from: 7, to: 11 },
    });
    writeFilter(store, '');
    expect(store.getState()).toMatchObject({ filter: null, problem: null });
  });

  it('is searched for when it can be read, once for two texts of one filter, and no more when it can not', () => {
    const { store, asked } = made();
    for (const text of ['res', 'res<0', 'res < 0', 'res<0 and', '']) writeFilter(store, text);
    expect(asked).toEqual(['res<0', null]);
  });

  it('has the hits of the feed until it is left', () => {
    const { store, hits, asked, end } = made();
    hits.set(hitsOf('res<0'));
    expect(store.getState().hits?.count).toBe(3);
    hits.set(null);
    expect(store.getState().hits).toBeNull();
    end();
    hits.set(hitsOf('res<0'));
    writeFilter(store, 'res<0');
    expect(store.getState().hits).toBeNull();
    expect(asked).toEqual([]);
  });
});
