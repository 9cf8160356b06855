/**
 * What the two trace viewers are given: a track for each lane with a span for each recv in flight, points on it, a counter for
 * each group, and arrows from a submit to what followed of it. The viewers' own forms are in perfetto.ts and chrome.ts.
 */
import type { EventTable } from '../codec/event-table.ts';
import { groupKeyOf } from '../model/group-key.ts';
import { laneName } from '../model/lane-name.ts';
import { ownGroup } from '../model/own-group.ts';
import type { Lane } from '../model/requests.ts';
import type { RingModel } from '../model/ring-model.ts';
import { Kind, NO_GROUP, Provenance } from '../schema/events.ts';
import { bidOf, CqeFlag, errnoName } from '../schema/uapi.ts';
import type { ExportContext, Exporter } from './export.ts';

/** Track of the buffers, beside those of the lanes. */
export const BUFFERS = -1;

export interface PointArgs {
  res?: number;
  flags?: number;
  bid?: number;
  generation?: number;
  userData?: bigint;
  cause?: string;
}

/** An arrow goes through all points with its id, in their order; `last` = this is where it ends. */
export interface Flow {
  id: bigint;
  last: boolean;
}

/** What a viewer's form is made of. `track` = slot of a lane, or BUFFERS. */
export interface TrackSink {
  begin(context: ExportContext): void;
  /** Before its first use. */
  track(track: number, name: string): void;
  spanBegin(track: number, t: number, name: string, args: PointArgs): void;
  spanEnd(track: number, t: number): void;
  point(track: number, t: number, name: string, args: PointArgs, flows: readonly Flow[]): void;
  /** Before its first use; `number` from 0. */
  counter(number: number, name: string): void;
  count(number: number, t: number, available: number): void;
  end(): void;
}

const groupName = (ring: number, bgid: number): string =>
  `available buffers, ${ring === 0 ? '' : `ring ${ring} `}${bgid === NO_GROUP ? 'group not told' : `group ${bgid}`}`;

/** Of the requests of a lane's slot: all that it is known by. */
const armFlow = (lane: Lane): bigint => (BigInt(lane.slot) << 32n) | BigInt(lane.request);
/** Behind all of those. */
const BUFFER_FLOWS = 1n << 62n;

const cqeName = (res: number, flags: number): string => {
  if (res < 0) return errnoName(res);
  return (flags & CqeFlag.F_MORE) !== 0 ? 'CQE MORE' : 'CQE';
};

class Tracks implements Exporter {
  readonly #named = new Set<number>();
  /** Slots with an open span. */
  readonly #open = new Set<number>();
  /** By key of the group: its number, and the count that was told last. */
  readonly #groups = new Map<number, { number: number; available: number }>();
  /** By group key and bid: the arrow from the CQE that filled it. */
  readonly #filled = new Map<number, bigint>();
  #flows = BUFFER_FLOWS;
  #isBufferTrackNamed = false;

  constructor(private readonly sink: TrackSink) {}

  begin(context: ExportContext): void {
    this.sink.begin(context);
  }

  event(table: EventTable, i: number, _: number, { model }: ExportContext): void {
    const { effect } = model;
    const { lane } = effect;
    const t = table.t[i] as number;
    if (lane !== null) {
      this.#name(model, lane);
      if (effect.submitted) this.#submit(lane, t, effect.multishot, model);
      if (effect.cqe) this.#cqe(table, i, lane, model);
      const { slot } = lane;
      const flow = { id: armFlow(lane), last: false };
      const kind = table.kind[i];
      if (kind === Kind.poll_arm && table.provenance[i] === Provenance.tracepoint)
        this.sink.point(slot, t, 'poll arm', { generation: lane.request }, [flow]);
      else if (kind === Kind.wake) this.sink.point(slot, t, effect.fairness ? 'fairness break' : 'wake', {}, [flow]);
      else if (kind === Kind.connect) this.sink.point(slot, t, 'connect', {}, []);
      else if (kind === Kind.close) this.sink.point(slot, t, 'close', {}, []);
    }
    if (table.kind[i] === Kind.replenish) this.#replenish(table, i, model);
    if (table.kind[i] === Kind.dropped) this.#buffersPoint(t, 'events lost', {}, []);
    this.#count(t, model);
  }

  end(t: number): void {
    for (const slot of this.#open) this.sink.spanEnd(slot, t);
    this.#open.clear();
    this.sink.end();
  }

  #name(model: RingModel, lane: Lane): void {
    if (this.#named.has(lane.slot)) return;
    this.#named.add(lane.slot);
    this.sink.track(lane.slot, laneName(model, lane));
  }

  #submit(lane: Lane, t: number, multishot: boolean, model: RingModel): void {
    const userData = model.dictionary.valueOf(lane.ud);
    this.#close(lane.slot, t);
    this.sink.spanBegin(lane.slot, t, multishot ? 'multishot recv' : 'recv', { generation: lane.request, userData });
    this.#open.add(lane.slot);
    this.sink.point(lane.slot, t, 'submit', { generation: lane.request, userData }, [{ id: armFlow(lane), last: false }]);
  }

  #close(slot: number, t: number): void {
    if (this.#open.delete(slot)) this.sink.spanEnd(slot, t);
  }

  #cqe(table: EventTable, i: number, lane: Lane, model: RingModel): void {
    const { cause } = model.effect;
    const t = table.t[i] as number;
    const res = table.res[i] as number;
    const flags = table.flags[i] as number;
    const bid = bidOf(flags);
    const flows: Flow[] = [{ id: armFlow(lane), last: cause !== null }];
    if (bid >= 0) {
      const id = ++this.#flows;
      this.#filled.set(this.#bidKey(lane.ring === 0 ? 0 : lane.ring, lane.bgid, bid), id);
      flows.push({ id, last: false });
    }
    this.sink.point(
      lane.slot,
      t,
      cqeName(res, flags),
      { res, flags, ...(bid >= 0 ? { bid } : {}), ...(cause === null ? {} : { cause }) },
      flows,
    );
    if (cause !== null) this.#close(lane.slot, t);
  }

  #bidKey(ring: number, bgid: number, bid: number): number {
    return groupKeyOf(ring, bgid === NO_GROUP ? 0 : bgid) * 0x10000 + bid;
  }

  #replenish(table: EventTable, i: number, model: RingModel): void {
    if (!model.effect.givenBack) return;
    const bid = table.a[i] as number;
    const ring = table.provenance[i] === Provenance.probe ? 0 : (table.ring[i] as number);
    const key = this.#bidKey(ring, table.b[i] as number, bid);
    const id = this.#filled.get(key);
    this.#filled.delete(key);
    this.#buffersPoint(table.t[i] as number, 'given back', { bid }, id === undefined ? [] : [{ id, last: true }]);
  }

  #buffersPoint(t: number, name: string, args: PointArgs, flows: readonly Flow[]): void {
    if (!this.#isBufferTrackNamed) this.sink.track(BUFFERS, 'buffers');
    this.#isBufferTrackNamed = true;
    this.sink.point(BUFFERS, t, name, args, flows);
  }

  /** A group whose number of available buffers has changed. While a snapshot restates it, its counts are those of no moment. */
  #count(t: number, model: RingModel): void {
    if (model.restating !== null) return;
    const own = ownGroup(model);
    const key = model.effect.groupKey >= 0 ? model.effect.groupKey : own === null ? -1 : groupKeyOf(0, own.bgid);
    const group = key < 0 ? undefined : model.groups.get(key);
    // Of a group that only its CQEs tell of, what is available is not known.
    if (group?.seen !== true) return;
    let told = this.#groups.get(key);
    if (told === undefined) {
      told = { number: this.#groups.size, available: -1 };
      this.#groups.set(key, told);
      this.sink.counter(told.number, groupName(group.ring, group.bgid));
    }
    if (told.available === group.free) return;
    told.available = group.free;
    this.sink.count(told.number, t, group.free);
  }
}

export const tracksExporter = (sink: TrackSink): Exporter => new Tracks(sink);
