/** Lifetime: one page. The workload's parameters: what the agent runs, and what was asked for and not yet confirmed. */
import { createStore } from 'zustand/vanilla';
import {
  checkParams,
  type ParamName,
  type PresetName,
  paramNames,
  presetNames,
  presetParams,
  type WorkloadParams,
} from '../../../shared/schema/workload-params.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Observable } from '../feed/observable.ts';

export type Problems = Partial<Record<ParamName, string>>;

export interface WorkloadState {
  /** As last told by the agent; null until hello. */
  params: WorkloadParams | null;
  /** Where it listens; empty until hello. */
  listen: string;
  /** Values chosen here and not yet confirmed: shown in place of the agent's. Empty = nothing under way. */
  pending: Partial<WorkloadParams>;
  /** A sentence for each parameter that was refused; cleared by the next change of that parameter. */
  problems: Problems;
  /** A refusal that names no parameter; empty = none. */
  refusal: string;
}

const initial: WorkloadState = { params: null, listen: '', pending: {}, problems: {}, refusal: '' };
export const createWorkloadStore = () => createStore<WorkloadState>()(() => ({ ...initial }));
export type WorkloadStore = ReturnType<typeof createWorkloadStore>;
export const workloadStore = createWorkloadStore();

/** What the controls show: the agent's values with the pending ones over them. */
export const shownParams = (s: WorkloadState): WorkloadParams | null => s.params && { ...s.params, ...s.pending };

const without = <T extends object>(from: T, names: readonly string[]): Partial<T> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name))) as Partial<T>;

/** Shows values at once, before the agent knows them. */
export function propose(store: WorkloadStore, change: Partial<WorkloadParams>): void {
  store.setState((s) => ({ pending: { ...s.pending, ...change }, problems: without(s.problems, Object.keys(change)), refusal: '' }));
}

/** The agent told its values: pending ones that it now has are settled, others stay until their own answer. */
export function told(store: WorkloadStore, params: WorkloadParams, listen: string): void {
  store.setState((s) => {
    const settled = paramNames.filter((name) => name in s.pending && s.pending[name] === params[name]);
    return { params, listen, pending: without(s.pending, settled) };
  });
}

/** The agent did what was asked: nothing of that change is pending any more, even where it chose another value. */
export function accepted(store: WorkloadStore, change: Partial<WorkloadParams>): void {
  store.setState((s) => ({
    pending: without(
      s.pending,
      paramNames.filter((n) => n in change && s.pending[n] === change[n]),
    ),
  }));
}

/** Which parameter a refusal speaks of: sentences of checkParam begin with its name. */
export function paramOfMessage(message: string): ParamName | undefined {
  const name = /^(?:params\.)?(\w+):/.exec(message)?.[1];
  return paramNames.find((n) => n === name);
}

/**
 * The agent (or the check before it) refused: the old values come back, and the sentence stands at the control that was
 * touched. It may speak of another one ("bundle: …" when op was changed); then it keeps that name in front.
 */
export function refused(store: WorkloadStore, change: Partial<WorkloadParams>, message: string): void {
  const names = paramNames.filter((name) => name in change);
  const named = paramOfMessage(message);
  const at = named !== undefined && !names.includes(named) && names.length === 1 ? names[0] : named;
  store.setState((s) => ({
    pending: without(s.pending, names),
    ...(at === undefined ? { refusal: message } : { problems: { ...s.problems, [at]: at === named ? withoutName(message) : message } }),
  }));
}

/** The control stands beside its sentence, so the name in front of it goes: "bundle: bundles need…" → "Bundles need…". */
function withoutName(message: string): string {
  const rest = message.replace(/^[\w.]+:\s*/, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** What is wrong with the values if this change were made; null = nothing. */
export function problemOf(params: WorkloadParams, change: Partial<WorkloadParams>): string | null {
  return checkParams({ ...params, ...change })[0]?.message ?? null;
}

/** The preset whose values these are, or null for values of one's own. */
export function presetOf(params: WorkloadParams): PresetName | null {
  return (
    presetNames.find((name) => {
      const preset = presetParams(name);
      return paramNames.every((p) => preset[p] === params[p]);
    }) ?? null
  );
}

/** Takes the agent's values over as they come; returns the function that ends it. */
export function followParams(store: WorkloadStore, status: Observable<FeedStatus>): () => void {
  const follow = (): void => {
    const { params, listen, session } = status.get();
    const known = store.getState();
    // Another process was attached to meanwhile: nothing of it can be set.
    if (!params && session && known.params) store.setState({ ...initial });
    if (params && (params !== known.params || listen !== known.listen)) told(store, params, listen);
  };
  follow();
  return status.subscribe(follow);
}
