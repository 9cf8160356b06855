/** Lifetime: one trace. The debugger of the own workload: commands to the agent, and what the page does when the reactor stops. */
import { createStore } from 'zustand/vanilla';
import type { EventRecord } from '../../../shared/codec/event-table.ts';
import { FilterError } from '../../../shared/filter/errors.ts';
import { compileBreakpoint } from '../../../shared/filter/lower.ts';
import { isCqe } from '../../../shared/inspect/cqe.ts';
import { isOwnRecv, slotOf } from '../../../shared/model/requests.ts';
import type { BreakpointSpec, DebugCommand, DebugInfo, StopInfo } from '../../../shared/protocol/debug.ts';
import { Kind } from '../../../shared/schema/events.ts';
import { CqeFlag, errnoName } from '../../../shared/schema/uapi.ts';
import type { Feed } from '../feed/feed.ts';
import type { EventLooks } from '../feed/inspection.ts';
import { sentenceOf } from '../feed/sentence-of.ts';

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
  /** A breakpoint at the next event like this; says so where the reactor sees none of that kind. */
  breakLike(event: EventRecord): void;
}

const isLike: Partial<Record<number, string>> = {
  [Kind.replenish]: 'kind=replenish',
  [Kind.submit]: 'kind=submit',
  [Kind.connect]: 'kind=connect',
  [Kind.close]: 'kind=close',
  [Kind.error]: 'kind=error',
};

/** The condition of events like this; null = the reactor sees no such event. */
export function likeText(e: EventRecord): string | null {
  const lo = Number(e.userData & 0xffffffffn);
  const conn = isOwnRecv(lo) ? ` conn=${slotOf(lo)}` : '';
  if (isCqe(e)) {
    if (e.res < 0) return `res=-${errnoName(e.res)}${conn}`;
    const more = (e.flags & CqeFlag.F_MORE) !== 0 ? 'MORE' : '!MORE';
    return e.res === 0 ? `res=0 ${more}${conn}` : `cqe ${more} bytes>0${conn}`;
  }
  if (e.kind === Kind.cqe_overflow) return 'kind=cqe_overflow';
  const kind = isLike[e.kind];
  if (kind === undefined) return null;
  return e.kind === Kind.replenish ? `${kind} bid=${e.a}` : `${kind}${conn}`;
}

const specOf = ({ id, text, enabled, ignore }: BreakpointSpec): BreakpointSpec => ({ id, text, enabled, ignore });

export function createDebugHand(store: DebuggerStore, feed: Pick<Feed, 'send' | 'status'>): DebugHand {
  const list = (): BreakpointSpec[] => (feed.status.get().debug?.breakpoints ?? []).map(specOf);
  const send = (command: DebugCommand, done = ''): void => {
    feed.send(command).then(
      () => store.setState({ refusal: '', done }),
      (e: unknown) => store.setState({ refusal: sentenceOf(e), done: '' }),
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
    breakLike(event) {
      const text = likeText(event);
      if (text === null)
        store.setState({ refusal: 'The reactor sees no events of this kind: choose a CQE, a submit or a give-back.', done: '' });
      else this.add(text);
    },
    remove: (id) => set(list().filter((b) => b.id !== id)),
  };
}

/** The event that it stopped at, as the worker finds it; null = at none. */
export function looksOfStop({ event }: StopInfo): EventLooks | null {
  if (event === null) return null;
  const { t, kind, userData, res, flags, a } = event;
  // Of one turn and one connection there may be several at the same time.
  const told = kind === 'reap' ? { res, flags, a } : kind === 'replenish' ? { a } : {};
  return { t, kinds: [Kind[kind]], userData: BigInt(userData), ...told };
}

/** Between two events that no recv CQE lies between, the count alone is the same. */
export const isSameStop = (a: StopInfo | null, b: StopInfo | null): boolean =>
  a === b || (a !== null && b !== null && a.cqes === b.cqes && a.reason === b.reason && a.event?.t === b.event?.t);

/** Calls back at each stop of the reactor; `isOld`: it stood already when the page heard of it first. Returns the function that ends it. */
export function onStop(status: Feed['status'], stopped: (stop: StopInfo, isOld: boolean) => void): () => void {
  let before: DebugInfo | null = status.get().debug;
  return status.subscribe(() => {
    const now = status.get().debug;
    const isNew = now?.stopped === true && now.stop !== null && (before?.stopped !== true || !isSameStop(before.stop, now.stop));
    const isOld = before === null;
    before = now;
    if (isNew && now?.stop != null) stopped(now.stop, isOld);
  });
}
