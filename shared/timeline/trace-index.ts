/**
 * What pictures are made from besides the events themselves: written once while events come in, read for every picture.
 * One track for each lane; for the group, reap batches and ends their lists and bins. The index of a whole trace makes its bins
 * longer as it fills (`coarsen`), so that its size has a bound however long the trace is.
 */
import { groupKeyOf } from '../model/group-key.ts';
import { ownGroup } from '../model/own-group.ts';
import type { Lane } from '../model/requests.ts';
import { isOfOthers } from '../model/rings.ts';
import type { RingSummary } from '../model/summary.ts';
import { causeIndex } from '../model/terminate-cause.ts';
import { GroupStateFlag, Kind, MarkCode, Provenance } from '../schema/events.ts';
import { CqeFlag } from '../schema/uapi.ts';
import { BIN, type BinWidth, binOf } from './bin.ts';
import { coarsenErrors, coarsenReaps } from './coarsen.ts';
import { type Chunk, What } from './event-store.ts';
import { type GroupSeed, GroupTracks } from './group-tracks.ts';
import { LaneTrack } from './lane-track.ts';
import type { LiveRates } from './live-rates.ts';
import { type LostSpan, MarkFlag, MarkKind, SpanKind, type StopMark } from './marks.ts';
import { TimeLog } from './time-log.ts';
import type { Tracks } from './tracks.ts';

const MAX_LOST = 4096;
const MAX_STOPS = 4096;

/** What an index goes on with from a moment on, to be stored: CQEs that came together (see `note`), groups, lanes. */
export interface IndexSeed {
  together: number;
  togetherBy: number;
  restating: boolean;
  groups: GroupSeed;
  lanes: Float64Array[];
}

export class TraceIndex implements Tracks {
  /** By slot; a slot that was never used is a hole. */
  readonly tracks: (LaneTrack | undefined)[] = [];
  /** By ring (0 = of the own workload, or of all rings): t = start of the bin, a = batches or waits, b = CQEs in them, or the most that was waited for. */
  readonly #reapBins = new Map<number, TimeLog>();
  /** Ends by error: a = slot, b = res, c = CQE flags, d = TerminateCause index. */
  readonly errors = new TimeLog();
  lost: LostSpan[] = [];
  stops: StopMark[] = [];
  #number = 0;
  /** Number of the CQEs that came together, and what made them so: of one wake, or of one reap batch over all lanes. */
  #together = 0;
  #togetherBy = 0;

  #restating = false;
  readonly width: BinWidth = { ns: BIN };
  readonly groups = new GroupTracks(this.width);

  constructor(
    private readonly summary: RingSummary,
    private readonly rates: LiveRates,
    /** Trace time of an absolute CLOCK_MONOTONIC stamp. */
    private readonly sinceStart: (ns: bigint) => number,
  ) {}

  /** Of a lane's slot. */
  track(lane: Lane): LaneTrack {
    let track = this.tracks[lane.slot];
    if (track === undefined) {
      track = new LaneTrack(lane.slot, lane.ring, this.width);
      this.tracks[lane.slot] = track;
    }
    track.ring = lane.ring;
    return track;
  }

  /** Event `i` of the chunk, the trace's event `number`, was just applied to the summary's model. */
  note(chunk: Chunk, i: number, number: number): void {
    this.#number = number;
    const { table } = chunk;
    const { effect } = this.summary.model;
    const { lane } = effect;
    const t = table.t[i] as number;
    this.rates.at(t);
    let what = effect.ambiguous ? What.ambiguous : 0;
    if (effect.submitted) what |= this.#submit(chunk, i, t);
    if (effect.cqe) what |= this.#cqe(chunk, i, t);
    switch (table.kind[i]) {
      case Kind.reap:
        what |= this.#reap(t);
        break;
      case Kind.poll_arm:
        what |= this.#pollArm(chunk, i, t);
        break;
      case Kind.wake:
        if (lane === null) break;
        chunk.slot[i] = lane.slot;
        what |= What.wake | (effect.fairness ? What.fairness : 0);
        break;
      case Kind.cq_wait:
        if (!this.summary.model.isForeign(table, i)) break;
        what |= What.batch;
        for (const ring of [0, table.ring[i] as number]) this.#waitBin(ring, t, table.a[i] as number);
        break;
      case Kind.group_state:
        if (((table.flags[i] as number) & GroupStateFlag.tail) !== 0)
          this.groups.noteMapped(groupKeyOf(table.ring[i] as number, table.a[i] as number));
        break;
      case Kind.request_found:
        // It has been in flight for longer than the trace.
        if (lane !== null) this.#inFlight(lane, t);
        break;
      case Kind.ring_close:
        for (const shut of this.summary.model.lanes)
          if (shut !== undefined && shut.ring === table.ring[i] && !shut.open) this.track(shut).edge(t, SpanKind.closed, false, false);
        break;
      case Kind.connect: {
        if (lane === null) break;
        const track = this.track(lane);
        track.mark(t, MarkKind.connect, lane.fd);
        track.edge(t, 0, false, false);
        break;
      }
      case Kind.close: {
        if (lane === null) break;
        const track = this.track(lane);
        track.mark(t, MarkKind.close, lane.fd);
        track.edge(t, SpanKind.closed, false, false);
        break;
      }
      case Kind.mark:
        if (table.a[i] === MarkCode.stopped) this.#stopped(t, table.b[i] as number);
        break;
      case Kind.dropped:
        this.#dropped(chunk, i, t);
        break;
      case Kind.snapshot:
        this.#restating = true;
        break;
      case Kind.snapshot_end:
        this.#restating = false;
        this.#restated(t);
        break;
      default:
        break;
    }
    this.#group(chunk, i, t, what);
  }

  /** An event that only the model takes notice of. */
  noteSilently(chunk: Chunk, i: number): void {
    this.#group(chunk, i, chunk.table.t[i] as number, 0);
  }

  #reap(t: number): number {
    const { newBatch } = this.summary.model.effect;
    this.#reapBin(t, newBatch ? 1 : 0);
    if (!newBatch) return What.reap;
    this.rates.add('batches', 1);
    return What.reap | What.batch;
  }

  #cqe(chunk: Chunk, i: number, t: number): number {
    const { lane, multishot, cause } = this.summary.model.effect;
    if (lane === null) return 0;
    const { table } = chunk;
    const { batch, run } = this.summary.model;
    // Numbers of wakes are made even and of reap batches odd: the kernel's side can come and go while a workload runs.
    const by = table.kind[i] === Kind.reap ? batch * 2 + 1 : run * 2;
    if (by !== this.#togetherBy) this.#together++;
    this.#togetherBy = by;
    const res = table.res[i] as number;
    const flags = table.flags[i] as number;
    const nonEmpty = (flags & CqeFlag.F_SOCK_NONEMPTY) !== 0;
    const track = this.track(lane);
    let what = What.cqe | (multishot ? 0 : What.single);
    chunk.slot[i] = lane.slot;
    this.rates.add('cqes', 1);
    if (res > 0) this.rates.add('bytes', res);
    // Older than what is known of its lane: it was in flight all along.
    if (lane.ring !== 0 && cause === null && track.kind !== SpanKind.armed) this.#inFlight(lane, t);
    const ended = cause !== null;
    if (!ended || cause === 'data' || cause === 'overflow') track.cqe(t, res, nonEmpty);
    if (!ended) return what;
    // The end of a single shot with data is its normal and only CQE.
    if (!multishot && cause === 'data') {
      track.edge(t, 0, false, true);
      return what;
    }
    what |= What.end;
    const next = cause === 'eof' || cause === 'reset' ? SpanKind.closed : multishot ? SpanKind.gap : 0;
    const flag = (nonEmpty ? MarkFlag.nonEmpty : 0) | (multishot ? 0 : MarkFlag.single);
    track.end(t, {
      number: this.#number,
      res,
      cause: causeIndex(cause),
      flag: flag | (this.summary.model.effect.ambiguous ? MarkFlag.ambiguous : 0),
      shots: lane.shots,
      batch: this.summary.model.batch,
      next: lane.armed ? SpanKind.armed : next,
      single: !multishot,
    });
    if (res < 0) this.errors.push(t, lane.slot, res, flags, causeIndex(cause));
    if (cause === 'enobufs') this.rates.add('enobufs', 1);
    return what;
  }

  #submit(chunk: Chunk, i: number, t: number): number {
    const { lane, multishot } = this.summary.model.effect;
    if (lane === null) return 0;
    this.rates.add('submits', 1);
    const observed = lane.ring !== 0 || this.summary.pollArmsObserved > 0;
    this.track(lane).submit(t, lane.request, !multishot, this.summary.model.batch, observed);
    if (multishot) return 0;
    chunk.slot[i] = lane.slot;
    return What.submit;
  }

  /** Nobody was seen to submit it: it is older than the trace, or that was lost. */
  #inFlight(lane: Lane, t: number): void {
    const track = this.track(lane);
    track.edge(track.kind === null ? Number.NEGATIVE_INFINITY : t, SpanKind.armed, true, !lane.multishot);
  }

  /** Seen in the kernel. Those of single shots are many: they stay in the stream, as their submits do. */
  #pollArm(chunk: Chunk, i: number, t: number): number {
    const { lane } = this.summary.model.effect;
    if (lane === null || chunk.table.provenance[i] !== Provenance.tracepoint) return 0;
    const track = this.track(lane);
    track.pollArmed(t, lane.request, !lane.multishot, this.summary.model.effect.ambiguous);
    if (lane.multishot) return 0;
    chunk.slot[i] = lane.slot;
    return What.arm;
  }

  /** Of this ring; 0 = of all. */
  reapBins(ring: number): TimeLog | undefined {
    return this.#reapBins.get(ring);
  }

  /** Rings that have such bins, 0 among them. */
  reapRings(): number[] {
    return [...this.#reapBins.keys()];
  }

  /** The bin of `t`: log and row in it. */
  #binAt(ring: number, t: number): [TimeLog, number] {
    let log = this.#reapBins.get(ring);
    if (log === undefined) {
      log = new TimeLog();
      this.#reapBins.set(ring, log);
    }
    const from = binOf(this.width, t);
    if (log.length === 0 || (log.t[log.end - 1] as number) < from) log.push(from);
    return [log, log.end - 1];
  }

  #reapBin(t: number, batches: number): void {
    const [log, k] = this.#binAt(0, t);
    log.a[k] = (log.a[k] as number) + batches;
    log.b[k] = (log.b[k] as number) + 1;
  }

  /** Another process went to wait for so many CQEs. */
  #waitBin(ring: number, t: number, wanted: number): void {
    const [log, k] = this.#binAt(ring, t);
    log.a[k] = (log.a[k] as number) + 1;
    log.b[k] = Math.max(log.b[k] as number, wanted);
  }

  #group(chunk: Chunk, i: number, t: number, what: number): void {
    const { model } = this.summary;
    let changed = 0;
    // The own workload's group can change by events that name none (a snapshot, a new ring).
    const key = model.effect.groupKey >= 0 ? model.effect.groupKey : this.#silentlyChanged(chunk, i);
    const group = key < 0 ? undefined : model.groups.get(key);
    // While a snapshot restates the group, its counts are not those of any moment.
    if (group !== undefined && !this.#restating) {
      const track = this.groups.ofKey(key);
      if (track !== null) {
        this.groups.current = track;
        if (track.note(t, group.free, group.filled, group.held)) {
          changed = What.group;
          if (this.groups.givesBackSeen(group)) this.rates.free(group.free);
        }
      }
    }
    chunk.what[i] = what | changed;
    chunk.batch[i] = this.#together;
    const now = this.groups.current;
    chunk.group[i] = now?.number ?? 0;
    chunk.free[i] = now?.free ?? 0;
    chunk.filled[i] = now?.filled ?? 0;
    chunk.held[i] = now?.held ?? 0;
  }

  /** Key of a group that the event changed without naming it, or may have; -1 = none. */
  #silentlyChanged({ table }: Chunk, i: number): number {
    const { model } = this.summary;
    const own = ownGroup(model);
    if (own !== null) return groupKeyOf(0, own.bgid);
    // A wait or a sample of another process's ring tells that what was filled is reaped. Of several groups one is noted here,
    // the next with the next such event.
    if (table.kind[i] !== Kind.cq_wait && table.kind[i] !== Kind.ring_state) return -1;
    for (const [key, { ring, filled, held }] of model.groups) {
      const track = ring === table.ring[i] ? this.groups.ofKey(key) : null;
      if (track !== null && (track.filled !== filled || track.held !== held)) return key;
    }
    return -1;
  }

  #dropped(chunk: Chunk, i: number, t: number): void {
    const { table } = chunk;
    const count = (table.a[i] as number) + (table.b[i] as number) * 2 ** 32;
    const first = this.sinceStart(table.dictionary.valueOf(table.ud[i] as number));
    this.lose({ t0: Math.min(t, Math.max(0, first)), t1: t, count });
  }

  #stopped(t: number, b: number): void {
    this.stops.push({ t, b });
    if (this.stops.length > MAX_STOPS) this.stops.splice(0, this.stops.length - MAX_STOPS);
  }

  /** A span without events. Spans that were left out one after another become one. */
  lose(span: LostSpan): void {
    const last = this.lost.at(-1);
    if (last !== undefined && last.count === 0 && span.count === 0 && span.t0 - last.t1 < this.width.ns)
      last.t1 = Math.max(last.t1, span.t1);
    else this.lost.push({ ...span });
    if (this.lost.length > MAX_LOST) this.lost.splice(0, this.lost.length - MAX_LOST);
  }

  /** A snapshot told what is true now: lanes that it contradicts change here. */
  #restated(t: number): void {
    const { lanes } = this.summary.model;
    for (let slot = 0; slot < Math.max(lanes.length, this.tracks.length); slot++) {
      const lane = lanes[slot];
      if (lane === undefined) continue;
      // Of another process it tells what is in flight, and takes nothing back.
      if (lane.ring !== 0) {
        if (lane.armed) this.#inFlight(lane, t);
        continue;
      }
      const fresh = this.tracks[slot] === undefined;
      const track = this.track(lane);
      if (!lane.open) {
        track.edge(t, SpanKind.closed, false, false);
        continue;
      }
      const kind = lane.armed ? SpanKind.armed : !lane.multishot || lane.request === 0 ? 0 : SpanKind.gap;
      // First heard of: it has been so for longer than anything is kept.
      track.edge(fresh ? Number.NEGATIVE_INFINITY : t, kind, true, !lane.multishot);
    }
  }

  dropBefore(t: number): void {
    for (const track of this.tracks) track?.dropBefore(t);
    this.groups.dropBefore(t);
    for (const bins of this.#reapBins.values()) bins.dropBefore(t - this.width.ns);
    this.errors.dropBefore(t, 1);
    if ((this.stops[0]?.t ?? t) < t) this.stops = this.stops.filter((stop) => stop.t >= t);
    if ((this.lost[0]?.t1 ?? t) < t) this.lost = this.lost.filter((span) => span.t1 >= t);
  }

  /** Entries of all lists. */
  get entries(): number {
    let n = this.errors.length + this.groups.binCount;
    for (const track of this.tracks) n += track?.entries ?? 0;
    for (const bins of this.#reapBins.values()) n += bins.length;
    return n;
  }

  /** Makes the bins twice as long, and of what is alike in one of them one entry. */
  coarsen(): void {
    this.width.ns *= 2;
    for (const track of this.tracks) track?.coarsen();
    this.groups.coarsen();
    for (const log of this.#reapBins.values()) coarsenReaps(log, this.width, isOfOthers(this.summary.model.rings));
    coarsenErrors(this.errors, this.width);
  }

  toSeed(): IndexSeed {
    return {
      together: this.#together,
      togetherBy: this.#togetherBy,
      restating: this.#restating,
      groups: this.groups.toSeed(),
      lanes: this.tracks.filter((track) => track !== undefined).map((track) => track.toSeed()),
    };
  }

  /** Goes on from a seed; `t` = its moment. Call before the first event. */
  begin(seed: IndexSeed, t: number): void {
    this.#together = seed.together;
    this.#togetherBy = seed.togetherBy;
    this.#restating = seed.restating;
    this.groups.begin(seed.groups, t);
    for (const lane of seed.lanes) {
      const track = LaneTrack.of(lane, this.width);
      this.tracks[track.slot] = track;
    }
  }
}
