/**
 * Where a multishot recv is in the kernel's loop (loop-graph.ts), told by its events. Each event lights what it shows itself
 * (observed) and what must have come before it (inferred). Pure.
 */
import type { EventRecord } from '../codec/event-table.ts';
import { CQES_A_TURN } from '../model/cqes.ts';
import { Kind, Provenance } from '../schema/events.ts';
import { bidOf, CqeFlag, Errno, RecvIoprio } from '../schema/uapi.ts';
import { isCqeOfKernel } from './cqe.ts';
import { type LoopEdgeId, type LoopNodeId, loopEdges } from './loop-graph.ts';

export type { LoopEdge, LoopEdgeId, LoopNodeId, LoopSource } from './loop-graph.ts';
export { loopEdgeIds, loopEdges, loopNodeIds, loopNodes } from './loop-graph.ts';

export type Certainty = 'observed' | 'inferred';

/** What of the graph is lit. */
export interface Lit {
  readonly nodes: ReadonlyMap<LoopNodeId, Certainty>;
  readonly edges: ReadonlyMap<LoopEdgeId, Certainty>;
}

/** What of an event the loop is told by. */
export type LoopEvent = Pick<EventRecord, 'kind' | 'provenance' | 'res' | 'flags' | 'a'>;

/** Takes what an event lights, in the order in which it is gone through. An edge lights its ends too, at least as inferred. */
export interface LoopSink {
  node(id: LoopNodeId, certainty: Certainty): LoopSink;
  /** Inferred, if no certainty is given. */
  edge(id: LoopEdgeId, certainty?: Certainty): LoopSink;
}

/** What is known of the request before an event. */
export interface LoopState {
  /** The last thing that is known of it; `none`: nothing is. */
  readonly at: 'none' | 'submit' | 'refused' | 'armed' | 'wake' | 'post' | 'ended';
  /** RECVSEND_POLL_FIRST. */
  readonly pollFirst: boolean;
  /** Its poll has been armed. */
  readonly armed: boolean;
  /** CQEs since the last wake (or the submit). */
  readonly run: number;
  /** Flags of the last CQE. */
  readonly flags: number;
  /** CQEs are seen where the kernel posts them: then their reaps say nothing new. */
  readonly traced: boolean;
}

export const loopStart: LoopState = { at: 'none', pollFirst: false, armed: false, run: 0, flags: 0, traced: false };

export interface LoopOptions {
  /** False: a datagram socket, which never says that it holds more, so the kernel tries again after each CQE. */
  readonly isStream?: boolean;
}

class Lights implements Lit, LoopSink {
  readonly nodes = new Map<LoopNodeId, Certainty>();
  readonly edges = new Map<LoopEdgeId, Certainty>();

  node(id: LoopNodeId, certainty: Certainty): this {
    if (this.nodes.get(id) !== 'observed') this.nodes.set(id, certainty);
    return this;
  }

  edge(id: LoopEdgeId, certainty: Certainty = 'inferred'): this {
    if (this.edges.get(id) !== 'observed') this.edges.set(id, certainty);
    return this.node(loopEdges[id].from, 'inferred').node(loopEdges[id].to, 'inferred');
  }
}

const isMore = (e: LoopEvent): boolean => (e.flags & CqeFlag.F_MORE) !== 0;

/** Makes the state that after an event of the request; an event that says nothing of the loop leaves it. Allocates nothing. */
export function advance(state: { -readonly [K in keyof LoopState]: LoopState[K] }, e: LoopEvent): void {
  switch (e.kind) {
    case Kind.submit:
    case Kind.request_found:
      state.at = e.kind === Kind.submit ? 'submit' : 'none';
      state.pollFirst = ((e.a >>> 16) & RecvIoprio.RECVSEND_POLL_FIRST) !== 0;
      state.armed = false;
      state.run = 0;
      state.flags = 0;
      return;
    case Kind.req_failed:
      state.at = 'refused';
      return;
    case Kind.poll_arm:
      // Ready while being armed: the wake is told before its poll arm.
      if (state.at !== 'wake') state.at = 'armed';
      state.armed = true;
      return;
    case Kind.wake:
      state.at = 'wake';
      state.run = 0;
      state.traced = true;
      return;
    default:
      break;
  }
  const ofKernel = isCqeOfKernel(e);
  if (!ofKernel && (e.kind !== Kind.reap || state.traced)) return;
  state.at = isMore(e) ? 'post' : 'ended';
  state.run++;
  state.flags = e.flags;
  if (ofKernel) state.traced = true;
}

/** The same as another state. */
export function afterEvent(state: LoopState, e: LoopEvent): LoopState {
  const after = { ...state };
  advance(after, e);
  return after;
}

/**
 * The way from the last CQE of a turn to waiting, which no event tells: the socket held no more, or a further try found
 * nothing (EAGAIN) and the buffer was recycled.
 */
function settled(lights: LoopSink, state: LoopState, { isStream }: LoopOptions): void {
  if (state.at !== 'post') return;
  const triesAgain = isStream === false || (state.flags & CqeFlag.F_SOCK_NONEMPTY) !== 0;
  if (triesAgain && state.run < CQES_A_TURN) lights.edge('post-select').edge('select-receive').edge('receive-armed');
  else lights.edge('post-armed');
}

/** What an event of the request lights; `before`: the state before it. */
export function litBy(e: LoopEvent, before: LoopState = loopStart, options: LoopOptions = {}): Lit {
  const lights = new Lights();
  light(lights, e, before, options);
  return lights;
}

/** The same into a sink of the caller's. Allocates nothing. */
export function light(lights: LoopSink, e: LoopEvent, before: LoopState, options: LoopOptions): LoopSink {
  switch (e.kind) {
    case Kind.submit:
      return lights.node('submit', 'observed');
    case Kind.req_failed:
      return lights.edge('submit-refused').node('refused', 'observed');
    case Kind.poll_arm:
      return litByArm(lights, before, options).node('armed', 'observed');
    case Kind.wake:
      return litByWake(lights, e, before, options);
    case Kind.reap:
      return before.traced ? lights : litByCqe(lights, e, before, 'inferred');
    case Kind.complete:
      return litByCqe(lights, e, before, 'observed');
    case Kind.cqe_overflow:
      return e.provenance === Provenance.probe ? lights : litByCqe(lights, e, before, 'observed');
    default:
      return lights;
  }
}

function litByArm(lights: LoopSink, before: LoopState, options: LoopOptions): LoopSink {
  if (before.at === 'post') settled(lights, before, options);
  else if (before.at !== 'submit') return lights;
  else if (before.pollFirst) lights.edge('submit-armed');
  else lights.edge('submit-select').edge('select-receive').edge('receive-armed');
  return lights;
}

function litByWake(lights: LoopSink, e: LoopEvent, before: LoopState, options: LoopOptions): LoopSink {
  lights.node('wake', 'observed');
  // MULTISHOT.md, 0.2: the kernel's own requeue has mask 0 and follows on a full turn.
  if (e.a === 0 && before.at === 'post' && before.run === CQES_A_TURN) return lights.edge('post-turn').edge('turn-wake');
  if (before.at === 'post') settled(lights, before, options);
  // Found ready while being armed: its poll arm is told next.
  if (before.at === 'submit') litByArm(lights, before, options);
  return lights.edge('armed-wake', before.armed ? 'observed' : 'inferred');
}

/** How the kernel came to try: from the last thing that is known. */
function tried(lights: LoopSink, before: LoopState): void {
  if (before.at === 'submit') lights.edge('submit-select');
  else if (before.at === 'post') lights.edge('post-select');
  else if (before.at === 'wake' || before.at === 'armed') lights.edge('wake-select');
}

function litByCqe(lights: LoopSink, e: LoopEvent, before: LoopState, certainty: Certainty): LoopSink {
  if (e.res === -Errno.ECANCELED && !isMore(e)) return lights.edge('wake-final').node('final', certainty);
  if (before.at === 'refused') return lights.edge('refused-final').node('final', certainty);
  // Without the kernel's events nobody knows whether it waited before this CQE.
  if (before.traced || certainty === 'observed') tried(lights, before);
  if (e.res === -Errno.ENOBUFS) return lights.edge('select-nobufs').edge('nobufs-final').node('nobufs', certainty).node('final', certainty);
  if (bidOf(e.flags) >= 0 || e.res <= 0) lights.edge('select-receive');
  lights.node('receive', 'inferred');
  if (e.kind === Kind.cqe_overflow) {
    lights.edge('receive-overflow').node('overflow', certainty);
    return isMore(e) ? lights : lights.edge('overflow-final').node('final', certainty);
  }
  return isMore(e) ? lights.edge('receive-post').node('post', certainty) : lights.edge('receive-final').node('final', certainty);
}

/** Where the request is after these events, if no event followed: waiting is inferred. */
export function litAfter(state: LoopState, options: LoopOptions = {}): Lit {
  const lights = new Lights();
  settled(lights, state, options);
  return state.at === 'armed' ? lights.node('armed', 'inferred') : lights;
}

/** How often each node and edge was gone through. */
export interface Visits {
  readonly nodes: ReadonlyMap<LoopNodeId, number>;
  readonly edges: ReadonlyMap<LoopEdgeId, number>;
  /** Edges that only ever were inferred. */
  readonly inferred: ReadonlySet<LoopEdgeId>;
  /** The state behind the last event. */
  readonly state: LoopState;
}

/** Of the events of one request, in order, from its submit or from anywhere (`from`: the state before the first). */
export function visits(events: Iterable<EventRecord>, options: LoopOptions = {}, from: LoopState = loopStart): Visits {
  const nodes = new Map<LoopNodeId, number>();
  const edges = new Map<LoopEdgeId, number>();
  const seen = new Set<LoopEdgeId>();
  let state = from;
  for (const e of events) {
    const lit = litBy(e, state, options);
    if (lit.nodes.get('submit') === 'observed') nodes.set('submit', (nodes.get('submit') ?? 0) + 1);
    for (const [id, certainty] of lit.edges) {
      edges.set(id, (edges.get(id) ?? 0) + 1);
      if (certainty === 'observed') seen.add(id);
    }
    state = afterEvent(state, e);
  }
  // Each way into a node is one visit of it; no way leads to the submit, which is its own.
  for (const [id, count] of edges) {
    const { to } = loopEdges[id];
    nodes.set(to, (nodes.get(to) ?? 0) + count);
  }
  return { nodes, edges, inferred: new Set([...edges.keys()].filter((id) => !seen.has(id))), state };
}
