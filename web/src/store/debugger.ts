/** Lifetime: one trace. The debugger of the own workload: commands to the agent, and what the page does when the reactor stops. */
import { createStore } from 'zustand/vanilla';
import { compileBreakpoint } from '../../../shared/filter/lower.ts';
import { FilterError } from '../../../shared/filter/errors.ts';
import type { BreakpointSpec, DebugCommand, DebugInfo, StopInfo } from '../../../shared/protocol/debug.ts';
import { Kind } from '../../../shared/schema/events.ts';
import type { Feed } from '../feed/feed.ts';
import type { EventLooks } from '../feed/inspection.ts';

export interface DebuggerState {
  /** Why the last command was refused, in a sentence; empty = it was not. */
  refusal: string;
  /** Connection and bid that something by hand is done to. */
  conn: number;
  bid: number;
  /** The last thing that was done by hand, in words. */
  done: string;
}

export const createDebuggerStore = () => createStore<DebuggerState>()(() => ({ refusal: '', conn: 0, bid: 0, done: '' }));
export type DebuggerStore = ReturnType<typeof createDebuggerStore>;
export const debuggerStore = createDebuggerStore();

/** Why a text is no condition of a breakpoint; empty = it is one. */
export function problemOf(text: string): string {
  try {
    compileBreakpoint(text);
    return '';
  } catch (e) {
    if (e instanceof FilterError) return e.message;
    throw e;
  }
}

export interface DebugHand {
  send(command: DebugCommand, done?: string): void;
  toggle(): void;
  add(text: string): void;
  change(id: number, part: Partial<Omit<BreakpointSpec, 'id'>>): void;
  remove(id: number): void;
}

const specOf = ({ id, text, enabled, ignore }: BreakpointSpec): BreakpointSpec => ({ id, text, enabled, ignore });

export function createDebugHand(store: DebuggerStore, feed: Pick<Feed, 'send' | 'status'>): DebugHand {
  const list = (): BreakpointSpec[] => (feed.status.get().debug?.breakpoints ?? []).map(specOf);
  const send = (command: DebugCommand, done = ''): void => {
    feed.send(command).then(
      () => store.setState({ refusal: '', done }),
      (e: unknown) => store.setState({ refusal: e instanceof Error ? e.message : String(e), done: '' }),
    );
  };
  const set = (breakpoints: BreakpointSpec[]): void => send({ type: 'breakpoints', list: breakpoints });
  return {
    send,
    toggle: () => send({ type: feed.status.get().debug?.stopped ? 'resume' : 'pause' }),
    add(text) {
      const before = list();
      const known = before.find((b) => b.text === text);
      if (known !== undefined) set(before.map((b) => (b === known ? { ...b, enabled: true } : b)));
      else set([...before, { id: 1 + before.reduce((most, { id }) => Math.max(most, id), 0), text, enabled: true, ignore: 0 }]);
    },
    change: (id, part) => set(list().map((b) => (b.id === id ? { ...b, ...part } : b))),
    remove: (id) => set(list().filter((b) => b.id !== id)),
  };
}

/** The event that it stopped at, as the worker finds it; null = at none. */
export function looksOfStop({ event }: StopInfo): EventLooks | null {
  if (event === null) return null;
  const { t, kind, userData, res, flags } = event;
  return { t, kinds: [Kind[kind]], userData: BigInt(userData), ...(kind === 'reap' ? { res, flags } : {}) };
}

/** Calls back at each stop of the reactor; returns the function that ends it. */
export function onStop(status: Feed['status'], stopped: (stop: StopInfo) => void): () => void {
  let before: DebugInfo | null = status.get().debug;
  return status.subscribe(() => {
    const now = status.get().debug;
    const isNew = now?.stopped === true && now.stop !== null && (before?.stopped !== true || before.stop?.cqes !== now.stop.cqes);
    before = now;
    if (isNew && now?.stop != null) stopped(now.stop);
  });
}
