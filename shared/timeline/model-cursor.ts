/** The state of the ring at any kept event: forward step by step, anywhere else from the nearest keyframe. */
import { RingModel } from '../model/ring-model.ts';
import type { EventStore } from './event-store.ts';

export class ModelCursor {
  readonly #model: RingModel;
  #at = -1;

  constructor(
    private readonly events: EventStore,
    /** The model that has applied everything. */
    private readonly head: RingModel,
  ) {
    this.#model = new RingModel(events.dictionary);
  }

  /** The state after all events below `number`; valid until the next call. */
  stateBefore(number: number): RingModel {
    if (number >= this.events.end) return this.head;
    const key = this.events.keyframeBefore(number);
    const forward = this.#at >= 0 && number >= this.#at && this.#at >= this.events.first && (key === null || this.#at >= key.at);
    if (!forward) {
      if (key === null) return this.head;
      this.#model.restore(key.keyframe);
      this.#at = key.at;
    }
    this.events.forEachChunk(this.#at, number, (chunk, begin, end) => {
      for (let i = begin; i < end; i++) this.#model.apply(chunk.table, i);
    });
    this.#at = number;
    return this.#model;
  }

  /** The state with this event applied last, so that `effect` is its own: a keyframe tells of none. Valid until the next call. */
  stateAfter(number: number): RingModel {
    if (number + 1 >= this.events.end) return this.head;
    if (this.stateBefore(number) === this.head) return this.head;
    this.#model.apply(this.events.chunkOf(number).table, this.events.offsetOf(number));
    this.#at = number + 1;
    return this.#model;
  }
}
