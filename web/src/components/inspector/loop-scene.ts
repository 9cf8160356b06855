/** What the loop diagram shows at one moment, and its words: the traffic of a window, one event alone, or the selected event. Pure. */
import { isCqe } from '../../../../shared/inspect/cqe.ts';
import {
  type Certainty,
  type Lit,
  type LoopEdgeId,
  type LoopNodeId,
  loopEdgeIds,
  loopEdges,
  loopNodeIds,
  loopNodes,
  type Visits,
} from '../../../../shared/inspect/loop.ts';
import type { SourceCapabilities } from '../../../../shared/protocol/messages.ts';
import { CqeFlag, errnoName } from '../../../../shared/schema/uapi.ts';
import { isFast, type Speed } from '../../canvas/playback-clock.ts';
import { formatSpan } from '../../canvas/time-text.ts';
import { type LoopLights, LoopMark } from '../../feed/picture.ts';
import { formatCount } from '../format.ts';
import { eventTitle } from './event-title.ts';

export type NewestLit = NonNullable<LoopLights['newest']>;
/** At this speed or slower one event after the other can be followed. */
const SLOW: Speed = 0.01;
export const isSlow = (speed: Speed): boolean => !isFast(speed) && speed <= SLOW;

export const noLights: Lit = { nodes: new Map(), edges: new Map() };

const certaintyOf = (mark: number): Certainty => (mark === LoopMark.observed ? 'observed' : 'inferred');
const lit = <Id>(ids: readonly Id[], marks: Uint8Array): Map<Id, Certainty> =>
  new Map(ids.flatMap((id, i) => (marks[i] === 0 ? [] : [[id, certaintyOf(marks[i] as number)] as const])));

/** What the newest event lights. */
export const litOfNewest = ({ nodes, edges }: NewestLit): Lit => ({ nodes: lit(loopNodeIds, nodes), edges: lit(loopEdgeIds, edges) });
/** The way that it went. */
export const pathOfNewest = ({ path }: NewestLit): LoopEdgeId[] => Array.from(path, (place) => loopEdgeIds[place] as LoopEdgeId);

export interface Traffic extends Pick<Visits, 'nodes' | 'edges'> {
  /** What was never observed within the window. */
  readonly inferred: ReadonlySet<LoopEdgeId | LoopNodeId>;
}
const counted = <Id>(ids: readonly Id[], counts: Uint32Array): Map<Id, number> =>
  new Map(ids.flatMap((id, i) => (counts[i] === 0 ? [] : [[id, counts[i] as number] as const])));
const neverSeen = <Id>(ids: readonly Id[], counts: Uint32Array, observed: Uint32Array): Id[] =>
  ids.filter((_, i) => (counts[i] as number) > 0 && observed[i] === 0);

/** Nobody may have seen how it came to a node that it left: it was there no less often than it left. */
function visitsOf({ nodes, edges }: LoopLights): Uint32Array {
  const left = new Map<LoopNodeId, number>();
  loopEdgeIds.forEach((id, i) => {
    const { from } = loopEdges[id];
    left.set(from, (left.get(from) ?? 0) + (edges[i] as number));
  });
  return nodes.map((count, i) => Math.max(count, left.get(loopNodeIds[i] as LoopNodeId) ?? 0));
}

export function trafficOf(lights: LoopLights): Traffic {
  const { edges, nodesObserved, edgesObserved } = lights;
  const nodes = visitsOf(lights);
  return {
    nodes: counted(loopNodeIds, nodes),
    edges: counted(loopEdgeIds, edges),
    inferred: new Set([...neverSeen(loopNodeIds, nodes, nodesObserved), ...neverSeen(loopEdgeIds, edges, edgesObserved)]),
  };
}

/** Nodes that are the same thing observed. */
const nodeWords: Partial<Record<LoopNodeId, string>> = {
  submit: 'submits',
  post: 'CQEs',
  overflow: 'CQEs',
  nobufs: 'CQEs',
  final: 'CQEs',
  armed: 'poll arms',
  wake: 'wakes',
};

/** How much of the glow a node has that was visited so often, 0 … 1: each tenfold counts the same. */
export const glowOf = (count: number, most: number): number =>
  count <= 0 ? 0 : (1 + Math.log10(count)) / (1 + Math.log10(Math.max(most, count)));

/** "last 48.0 ms", or how far the events that are looked at reach. */
export function windowWords({ since, events }: LoopLights, t0: number, t1: number): string {
  const part = since > t0 && events > 0 ? ` (the last ${formatCount(events)} events)` : '';
  return `last ${formatSpan(Math.max(0, t1 - since))}${part}`;
}

/** "CQE, 64 bytes", "CQE, ENOBUFS, no MORE", "Wake". */
export function litWords(e: Pick<NewestLit, 'kind' | 'provenance' | 'res' | 'flags'>): string {
  if (!isCqe(e)) return eventTitle(e);
  const res = e.res < 0 ? errnoName(e.res) : `${formatCount(e.res)} bytes`;
  return `${eventTitle(e)}, ${res}${(e.flags & CqeFlag.F_MORE) === 0 ? ', no MORE' : ''}`;
}

/** The certainty of what an event lights: its own node, and the way there. */
export function certaintyWords({ nodes, edges }: Lit): string {
  const all = [...nodes.values(), ...edges.values()];
  if (all.length === 0) return '';
  if (all.every((c) => c === 'observed')) return 'observed';
  return all.every((c) => c === 'inferred') ? 'inferred' : 'observed, dashed is inferred';
}

/** The same of the traffic of a window. `isTraced`: wakes and CQEs are seen in the kernel; the ways between them never are. */
export function trafficWords({ nodes, inferred }: Traffic, isTraced: boolean): string {
  const observed = [...nodes.keys()].filter((id) => !inferred.has(id)).map((id) => nodeWords[id] ?? loopNodes[id].label);
  if (nodes.size === 0) return 'nothing was lit';
  if (isTraced) return 'observed; the ways between are inferred';
  return observed.length === 0 ? 'inferred' : `${[...new Set(observed)].join(', ')} observed; the rest is inferred`;
}

/** What is missing where the kernel is not traced whole; empty = nothing. */
export function scopeNote(capabilities: SourceCapabilities | null): string {
  switch (capabilities?.kernelScope) {
    case 'off':
      return 'The kernel is not traced: what is dashed is inferred from submits and reaped CQEs.';
    case 'arms':
      return 'Wakes and posted CQEs are not traced: what is dashed is inferred from submits, poll arms and reaped CQEs.';
    default:
      return '';
  }
}
