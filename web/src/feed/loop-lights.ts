/**
 * What the last events before the cursor lit of the kernel's loop (shared/inspect/loop.ts): for each node and edge how often, and
 * alone what the newest one lit. Looks at LOOP_EVENTS events at most, and allocates nothing for each of them: columns, stories of
 * requests and sinks are used again for every picture.
 *
 *     events   ······[ warms up the states ][ counted ]│ cursor       the first part: what lies before the window
 *                    └──────── LOOP_EVENTS at most ───┘
 */
import { advance, type LoopEvent, type LoopState, light, loopStart } from '../../../shared/inspect/loop.ts';
import { Role, roleOf } from '../../../shared/inspect/request-story.ts';
import type { RingModel } from '../../../shared/model/ring-model.ts';
import { Kind, Provenance, Transport } from '../../../shared/schema/events.ts';
import { What } from '../../../shared/timeline/event-store.ts';
import { LoopSinkOfEvent, LoopTally } from './loop-tally.ts';
import type { LoopLights } from './picture.ts';
import type { PictureSource } from './picture-source.ts';
import type { Window } from './window.ts';

/** Events that are looked at for one picture: a fraction of a millisecond. */
export const LOOP_EVENTS = 4096;

export interface LoopWanted {
  /** Of this lane only; null = of all. */
  slot: number | null;
  /** Of this ring only; null = of all. */
  ring: number | null;
}

/** One request, as far as the events that are looked at tell it. */
class Story {
  constructor(
    /** In `#stories`, from 1. */
    readonly place: number,
  ) {}
  ring = 0;
  ud = 0;
  request = 0;
  /** -1 = of no lane that is known. */
  slot = -1;
  readonly options = { isStream: true };
  readonly state = { ...loopStart };
  /** Another one with this user_data. */
  next: Story | null = null;
}

type Scratch = { -readonly [K in keyof LoopEvent]: LoopEvent[K] };

export class LoopLightsBuilder {
  /** Of each event that is looked at: its request's place in `#stories`, from 1; 0 = it says nothing of the loop. */
  readonly #storyOf = new Uint16Array(LOOP_EVENTS);
  readonly #stories: Story[] = [];
  #used = 0;
  /** By user_data, the one that was met last. */
  readonly #heads = new Map<number, number>();
  readonly #event: Scratch = { kind: 0, provenance: 0, res: 0, flags: 0, a: 0 };
  readonly #tally = new LoopTally();
  #sink = new LoopSinkOfEvent();
  #newestSink = new LoopSinkOfEvent();

  build(source: PictureSource, w: Window, model: RingModel, { slot, ring }: LoopWanted): LoopLights {
    const { events } = source;
    const start = Math.max(events.first, w.to - LOOP_EVENTS);
    const counted = Math.max(start, w.from);
    const isTraced = this.#meet(source, start, w.to, source.whole.foreign ? ring : null);
    this.#begin(source, model, isTraced);
    this.#tally.clear();
    let newest = -1;
    let newestSlot = -1;
    for (let n = start; n < w.to; n++) {
      const place = this.#storyOf[n - start] as number;
      if (place === 0) continue;
      const story = this.#stories[place - 1] as Story;
      if (slot !== null && story.slot !== slot) continue;
      const { table } = events.chunkOf(n);
      const i = events.offsetOf(n);
      const e = this.#event;
      e.kind = table.kind[i] as number;
      e.provenance = table.provenance[i] as number;
      e.res = table.res[i] as number;
      e.flags = table.flags[i] as number;
      e.a = table.a[i] as number;
      const sink = this.#sink;
      sink.clear();
      light(sink, e, story.state, story.options);
      advance(story.state, e);
      if (!sink.isLit) continue;
      if (n >= counted) this.#tally.add(sink);
      newest = n;
      newestSlot = story.slot;
      this.#sink = this.#newestSink;
      this.#newestSink = sink;
    }
    const oldest = counted > w.from || w.t0 <= source.heldAfter ? (counted < w.to ? events.timeOf(counted) : w.t1) : w.t0;
    return {
      slot,
      since: oldest,
      events: w.to - counted,
      ...this.#tally.take(),
      newest: newest < 0 ? null : this.#told(source, newest, newestSlot),
      isTraced,
    };
  }

  #told({ events }: PictureSource, seq: number, slot: number): LoopLights['newest'] {
    const { table } = events.chunkOf(seq);
    const i = events.offsetOf(seq);
    return {
      seq,
      t: table.t[i] as number,
      slot,
      kind: table.kind[i] as number,
      provenance: table.provenance[i] as number,
      res: table.res[i] as number,
      flags: table.flags[i] as number,
      ...this.#newestSink.take(),
    };
  }

  /** Finds the request of each event; whether the kernel's wakes or CQEs are among them. */
  #meet({ events }: PictureSource, start: number, end: number, ring: number | null): boolean {
    this.#heads.clear();
    this.#used = 0;
    let isTraced = false;
    for (let n = start; n < end; n++) {
      const chunk = events.chunkOf(n);
      const i = events.offsetOf(n);
      const { table } = chunk;
      const role = roleOf(table, i);
      this.#storyOf[n - start] = 0;
      if (role === Role.none || role === Role.fileGet || (ring !== null && table.ring[i] !== ring)) continue;
      if (role === Role.wake || (table.kind[i] === Kind.complete && table.provenance[i] === Provenance.tracepoint)) isTraced = true;
      const place = this.#place(table.ring[i] as number, table.ud[i] as number, table.request[i] as number);
      this.#storyOf[n - start] = place;
      if (((chunk.what[i] as number) & (What.cqe | What.wake)) !== 0) (this.#stories[place - 1] as Story).slot = chunk.slot[i] as number;
    }
    return isTraced;
  }

  /** Of a request: its place from 1, made where it is met first. */
  #place(ring: number, ud: number, request: number): number {
    const head = this.#heads.get(ud);
    for (let story = head === undefined ? null : (this.#stories[head - 1] as Story); story !== null; story = story.next)
      if (story.request === request && story.ring === ring) return story.place;
    return this.#make(ring, ud, request, head);
  }

  #make(ring: number, ud: number, request: number, head: number | undefined): number {
    const story = this.#stories[this.#used] ?? new Story(this.#used + 1);
    this.#stories[this.#used++] = story;
    story.ring = ring;
    story.ud = ud;
    story.request = request;
    story.slot = -1;
    story.next = head === undefined ? null : (this.#stories[head - 1] as Story);
    this.#heads.set(ud, this.#used);
    return this.#used;
  }

  /** The lane of each request, and what is known of it before the first event that is looked at. */
  #begin(source: PictureSource, model: RingModel, isTraced: boolean): void {
    const slots = new Map<number, number>();
    for (const lane of model.lanes) if (lane !== undefined) slots.set(lane.ud, lane.slot);
    for (let k = 0; k < this.#used; k++) {
      const story = this.#stories[k] as Story;
      if (story.slot < 0) story.slot = slots.get(story.ud) ?? -1;
      const lane = model.lanes[story.slot];
      story.options.isStream = lane?.transport !== Transport.udp;
      const state = story.state as { -readonly [K in keyof LoopState]: LoopState[K] };
      Object.assign(state, loopStart);
      state.traced = isTraced;
      // Whoever waits was armed before; where each request is traced from its submit on, that was seen.
      const isKnown = model.rings.get(story.ring)?.created === true;
      state.armed = source.whole.armsObserved && isKnown;
    }
  }
}
