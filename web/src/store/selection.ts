/** Lifetime: one trace. The one event that is selected, and what the worker says of it. */
import { createStore } from 'zustand/vanilla';
import type { Feed } from '../feed/feed.ts';
import type { EventLooks, Inspection, InspectQuery } from '../feed/inspection.ts';

export interface SelectionState {
  /** Something is selected, or being looked for. */
  query: InspectQuery | null;
  /** null: nothing is selected, or it has not been found yet. */
  inspection: Inspection | null;
  /** Why nothing is shown of it; empty = nothing is wrong. */
  problem: string;
}

const nothing: SelectionState = { query: null, inspection: null, problem: '' };
export const createSelectionStore = () => createStore<SelectionState>()(() => nothing);
export type SelectionStore = ReturnType<typeof createSelectionStore>;
export const selectionStore = createSelectionStore();

export const clearSelection = (store: SelectionStore): void => store.setState(nothing);

/** Selects an event; what was shown stays until it is found. Resolves with it, or null where it is not kept. */
export async function select(store: SelectionStore, feed: Pick<Feed, 'inspect'>, query: InspectQuery): Promise<Inspection | null> {
  store.setState({ query, problem: '' });
  const inspection = await feed.inspect(query);
  // Somebody selected another meanwhile, or nothing.
  if (store.getState().query !== query) return null;
  store.setState({ inspection, problem: inspection === null ? 'This event is not among those that are kept.' : '' });
  return inspection;
}

/** How a link names it: its time and which of the events at that time it is, "1250000000.2". */
export function addressOf({ inspection }: SelectionState): string | undefined {
  return inspection === null ? undefined : `${Math.round(inspection.event.t)}.${inspection.nth}`;
}

/** null: it names none. */
export function looksOf(address: string): EventLooks | null {
  const [, t, nth] = /^(\d{1,16})\.(\d{1,6})$/.exec(address) ?? [];
  return t === undefined ? null : { t: Number(t), nth: Number(nth) };
}
