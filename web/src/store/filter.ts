/** Lifetime: one page. The filter as it is written, what is wrong with it, and what it has found. */
import { createStore } from 'zustand/vanilla';
import type { Filter } from '../../../shared/filter/ast.ts';
import { FilterError } from '../../../shared/filter/errors.ts';
import { formatFilter } from '../../../shared/filter/format.ts';
import { parseFilter } from '../../../shared/filter/parser.ts';
import type { Feed, FilterHits } from '../feed/feed.ts';

/** What is wrong with the text: a sentence, and the part that it speaks of (from … to - 1). */
export interface FilterProblem {
  message: string;
  from: number;
  to: number;
}

export interface FilterState {
  /** As it is written; empty = no filter. */
  text: string;
  /** null = there is none, or it can't be read. */
  filter: Filter | null;
  /** null = it can be read, or there is none. */
  problem: FilterProblem | null;
  /** null = nothing is searched for. */
  hits: FilterHits | null;
  /** Counts how often the field was called for: it takes the focus with each. */
  wanted: number;
}

export const createFilterStore = () => createStore<FilterState>()(() => ({ text: '', filter: null, problem: null, hits: null, wanted: 0 }));
export type FilterStore = ReturnType<typeof createFilterStore>;
export const filterStore = createFilterStore();

function read(text: string): Pick<FilterState, 'filter' | 'problem'> {
  try {
    return { filter: parseFilter(text), problem: null };
  } catch (e) {
    if (!(e instanceof FilterError)) throw e;
    const { message, from, to } = e;
    return { filter: null, problem: { message, from, to } };
  }
}

export function writeFilter(store: FilterStore, text: string): void {
  if (text !== store.getState().text) store.setState({ text, ...read(text) });
}

/** Has the feed search for the filter, and takes over what it finds; returns the function that ends it. */
export function followFilter(store: FilterStore, feed: Pick<Feed, 'find' | 'hits'>): () => void {
  let asked: string | null = null;
  const ask = (): void => {
    const { filter, text } = store.getState();
    // Two texts of one filter are one search.
    const canonical = filter === null ? null : formatFilter(filter);
    if (canonical === asked) return;
    asked = canonical;
    feed.find(canonical === null ? null : { text });
  };
  ask();
  const ends = [store.subscribe(ask), feed.hits.subscribe(() => store.setState({ hits: feed.hits.get() }))];
  return () => {
    for (const end of ends) end();
  };
}
