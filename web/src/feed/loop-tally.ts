/** Columns for what events light of the kernel's loop, by the places of loopNodeIds and loopEdgeIds. Used again for every event. */
import {
  type Certainty,
  type LoopEdgeId,
  type LoopNodeId,
  type LoopSink,
  loopEdgeIds,
  loopEdges,
  loopNodeIds,
} from '../../../shared/inspect/loop.ts';
import { LoopMark } from './picture.ts';

const placesOf = <Id extends string>(ids: readonly Id[]): Readonly<Record<Id, number>> =>
  Object.fromEntries(ids.map((id, place) => [id, place])) as Record<Id, number>;
export const nodePlaces = placesOf<LoopNodeId>(loopNodeIds);
export const edgePlaces = placesOf<LoopEdgeId>(loopEdgeIds);
/** Where each edge leads. */
const ends = Uint8Array.from(loopEdgeIds, (id) => nodePlaces[loopEdges[id].to]);

const markOf = (certainty: Certainty): number => (certainty === 'observed' ? LoopMark.observed : LoopMark.inferred);

const more = (column: Uint32Array, place: number): void => {
  column[place] = (column[place] as number) + 1;
};

/** What one event lights. */
export class LoopSinkOfEvent implements LoopSink {
  readonly nodes = new Uint8Array(loopNodeIds.length);
  readonly edges = new Uint8Array(loopEdgeIds.length);
  /** Its edges, in the order in which they are gone. */
  readonly path = new Uint8Array(loopEdgeIds.length);
  length = 0;
  isLit = false;

  clear(): void {
    if (!this.isLit) return;
    this.nodes.fill(0);
    this.edges.fill(0);
    this.length = 0;
    this.isLit = false;
  }

  node(id: LoopNodeId, certainty: Certainty): this {
    const place = nodePlaces[id];
    if (this.nodes[place] !== LoopMark.observed) this.nodes[place] = markOf(certainty);
    this.isLit = true;
    return this;
  }

  edge(id: LoopEdgeId, certainty: Certainty = 'inferred'): this {
    const place = edgePlaces[id];
    if (this.edges[place] === 0) this.path[this.length++] = place;
    if (this.edges[place] !== LoopMark.observed) this.edges[place] = markOf(certainty);
    return this.node(loopEdges[id].from, 'inferred').node(loopEdges[id].to, 'inferred');
  }

  take(): { nodes: Uint8Array<ArrayBuffer>; edges: Uint8Array<ArrayBuffer>; path: Uint8Array<ArrayBuffer> } {
    return { nodes: this.nodes.slice(), edges: this.edges.slice(), path: this.path.slice(0, this.length) };
  }
}

/** How often each node and edge was gone through, and how often that was observed. */
export class LoopTally {
  readonly #nodes = new Uint32Array(loopNodeIds.length);
  readonly #edges = new Uint32Array(loopEdgeIds.length);
  readonly #nodesObserved = new Uint32Array(loopNodeIds.length);
  readonly #edgesObserved = new Uint32Array(loopEdgeIds.length);

  clear(): void {
    for (const column of [this.#nodes, this.#edges, this.#nodesObserved, this.#edgesObserved]) column.fill(0);
  }

  /** Each way into a node is one visit of it; no way leads to the submit, which is its own. An event without a way says nothing of visits. */
  add({ nodes, edges, path, length }: LoopSinkOfEvent): void {
    const submit = nodePlaces.submit;
    if (nodes[submit] === LoopMark.observed) {
      more(this.#nodes, submit);
      more(this.#nodesObserved, submit);
    }
    for (let k = 0; k < length; k++) {
      const edge = path[k] as number;
      const node = ends[edge] as number;
      more(this.#edges, edge);
      more(this.#nodes, node);
      if (edges[edge] === LoopMark.observed) more(this.#edgesObserved, edge);
      if (nodes[node] === LoopMark.observed) more(this.#nodesObserved, node);
    }
  }

  take(): {
    nodes: Uint32Array<ArrayBuffer>;
    edges: Uint32Array<ArrayBuffer>;
    nodesObserved: Uint32Array<ArrayBuffer>;
    edgesObserved: Uint32Array<ArrayBuffer>;
  } {
    return {
      nodes: this.#nodes.slice(),
      edges: this.#edges.slice(),
      nodesObserved: this.#nodesObserved.slice(),
      edgesObserved: this.#edgesObserved.slice(),
    };
  }
}
