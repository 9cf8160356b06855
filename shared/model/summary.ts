/**
 * What a run did, counted from its events: the JSON of `ringlens live --headless --json` and the page's counters.
 * Documented in docs/json.md; fields are only added, never changed, within one schema version.
 */
import type { EventTable, UserDataDictionary } from '../codec/event-table.ts';
import { Kind, Provenance } from '../schema/events.ts';
import { bidOf, CqeFlag, Errno, errnoName } from '../schema/uapi.ts';
import { KernelCounts, type KernelCountsJson, RingCounts } from './kernel-counts.ts';
import { Latency, type LatencyJson, type LatencyName, latencyNames } from './latency.ts';
import { RingModel } from './ring-model.ts';
import { type TerminateCause, terminateCauses } from './terminate-cause.ts';

export const SUMMARY_SCHEMA = 1;

/** Counts of the recv requests of one mode (or of both). */
export interface ModeSummary {
  /** recv and recvmsg SQEs. */
  submits: number;
  cqes: number;
  fMore: number;
  sockNonEmpty: number;
  bufMore: number;
  /** Ends of requests by cause: every CQE without F_MORE. For single shot, `data` is the normal one. */
  terminations: Record<TerminateCause, number>;
  /** Negative res by name, ENOBUFS among them. */
  errors: Record<string, number>;
  enobufs: number;
  /** Submits after an end that was not `data`, on a connection that is still open. */
  rearms: number;
  bytesReceived: number;
}

export interface RingSummaryJson {
  schema: typeof SUMMARY_SCHEMA;
  events: number;
  /** Trace time from the first to the last event, nanoseconds. */
  durationNs: number;
  multishot: ModeSummary;
  single: ModeSummary;
  total: ModeSummary;
  /** Buffers given back (the first fill does not count), and the fewest that were available at any time; -1 = unknown. */
  replenished: number;
  freeBuffersMin: number;
  connects: number;
  closes: number;
  /** CQ overflow seen by the application or the kernel: the kernel's, not ours. */
  overflowed: number;
  /** Seen in the kernel, of recv requests: wakes (io_uring_task_add) and CQEs posted or put on the overflow list; 0 where it is not traced. */
  wakes: number;
  completions: number;
  /** Times that the kernel queued a multishot again after 33 CQEs in a row (they are not wakes). */
  fairnessBreaks: number;
  /** Reap batches: CQEs / batches = CQEs taken at once. */
  reapBatches: number;
  /** Poll arms: observed in the kernel, or inferred from submits (one for each recv that did not complete at once). */
  pollArms: { observed: number; inferred: number };
  /** Events that ringlens lost. */
  dropped: number;
  /** Times between events, nanoseconds; where the kernel is not traced only reapToReplenish is measured. */
  latencies: Record<LatencyName, LatencyJson>;
  /** Of ringlens' own rings, one after another, or of those of other processes; by opcode. */
  rings: RingJson[];
  /** The same over all rings. */
  opcodes: Record<string, KernelCountsJson>;
}

export type RingTotals = Omit<RingSummaryJson, 'rings' | 'opcodes'>;

/** One ring, and what its requests did as the kernel told it. */
export interface RingJson {
  id: number;
  /** 0 = ringlens itself. */
  pid: number;
  fd: number;
  /** IORING_SETUP_* bits; 0 where the ring is older than the trace. */
  setupFlags: number;
  sqEntries: number;
  cqEntries: number;
  /** Its creation was traced, so every request of it is known. */
  created: boolean;
  total: KernelCountsJson;
  opcodes: Record<string, KernelCountsJson>;
}

/** Longer than this after its submit, ns, no completion was there at once. */
const AT_ONCE = 1e6;

const emptyMode = (): ModeSummary => ({
  submits: 0,
  cqes: 0,
  fMore: 0,
  sockNonEmpty: 0,
  bufMore: 0,
  terminations: Object.fromEntries(terminateCauses.map((c) => [c, 0])) as Record<TerminateCause, number>,
  errors: {},
  enobufs: 0,
  rearms: 0,
  bytesReceived: 0,
});

const addMode = (x: ModeSummary, y: ModeSummary): ModeSummary => {
  const out = emptyMode();
  for (const k of ['submits', 'cqes', 'fMore', 'sockNonEmpty', 'bufMore', 'enobufs', 'rearms', 'bytesReceived'] as const)
    out[k] = x[k] + y[k];
  for (const c of terminateCauses) out.terminations[c] = x.terminations[c] + y.terminations[c];
  for (const m of [x, y]) for (const [name, n] of Object.entries(m.errors)) out.errors[name] = (out.errors[name] ?? 0) + n;
  return out;
};

export class RingSummary {
  /** The state of the ring after the newest event. */
  readonly model: RingModel;
  readonly multishot = emptyMode();
  readonly single = emptyMode();
  events = 0;
  replenished = 0;
  freeBuffersMin = -1;
  connects = 0;
  closes = 0;
  /** Times that the application saw the CQ overflow, and CQEs that the kernel was seen to put on its overflow list. */
  overflowed = 0;
  overflowedInKernel = 0;
  wakes = 0;
  fairnessBreaks = 0;
  completions = 0;
  reapBatches = 0;
  pollArmsObserved = 0;
  pollArmsInferred = 0;
  dropped = 0;
  readonly latencies = Object.fromEntries(latencyNames.map((name) => [name, new Latency()])) as Record<LatencyName, Latency>;
  /** By ring id. */
  readonly #counts = new Map<number, RingCounts>();
  #first = -1;
  #last = 0;
  /** Reap batch in which the recv of a lane was submitted, by slot. */
  readonly #submitBatch: number[] = [];

  constructor(dictionary: UserDataDictionary) {
    this.model = new RingModel(dictionary);
  }

  /** Counts all events of a table. */
  add(table: EventTable): void {
    for (let i = 0; i < table.length; i++) this.apply(table, i);
  }

  /** Counts one event; `model.effect` then says what it meant. */
  apply(table: EventTable, i: number): void {
    const { model } = this;
    model.apply(table, i);
    this.events++;
    if (this.#first < 0) this.#first = model.t;
    this.#last = model.t;
    const { effect } = model;
    this.#measure();
    if (effect.submitted) this.#submit();
    // Nobody tells when another process reaps: its CQEs count where the kernel posts them.
    if (effect.cqe && effect.lane !== null && effect.lane.ring !== 0) this.#cqe(table.res[i] as number, table.flags[i] as number);
    switch (table.kind[i]) {
      case Kind.submit:
      case Kind.req_failed:
        this.#countsOf(table, i).apply(table, i, false);
        break;
      case Kind.reap:
        if (effect.newBatch) this.reapBatches++;
        this.#cqe(table.res[i] as number, table.flags[i] as number);
        break;
      case Kind.replenish:
        // userData 0 is the first fill; another process does not tell it.
        if (table.provenance[i] === Provenance.fdinfo ? effect.givenBack : model.dictionary.lo[table.ud[i] as number] !== 0)
          this.replenished++;
        break;
      case Kind.connect:
        this.connects++;
        break;
      case Kind.close:
        this.closes++;
        break;
      case Kind.cqe_overflow:
        if (table.provenance[i] !== Provenance.tracepoint) {
          this.overflowed++;
          break;
        }
        this.#countsOf(table, i).apply(table, i, false);
        this.overflowedInKernel++;
        if (effect.lane !== null) this.completions++;
        break;
      case Kind.poll_arm:
        if (table.provenance[i] !== Provenance.tracepoint) break;
        this.#countsOf(table, i).apply(table, i, false);
        if (effect.lane !== null) this.pollArmsObserved++;
        break;
      case Kind.wake:
        this.#countsOf(table, i).apply(table, i, effect.fairness);
        if (effect.fairness) this.fairnessBreaks++;
        else if (effect.lane !== null) this.wakes++;
        break;
      case Kind.complete:
        this.#countsOf(table, i).apply(table, i, false);
        if (effect.lane !== null) this.completions++;
        this.#noteFree();
        break;
      case Kind.dropped:
        this.dropped += (table.a[i] as number) + (table.b[i] as number) * 2 ** 32;
        break;
      default:
        break;
    }
  }

  #countsOf(table: EventTable, i: number): RingCounts {
    const ring = table.ring[i] as number;
    let counts = this.#counts.get(ring);
    if (counts === undefined) {
      counts = new RingCounts();
      this.#counts.set(ring, counts);
    }
    return counts;
  }

  #measure(): void {
    const { sinceSubmit, sinceWake, sinceComplete, sinceReap } = this.model.effect;
    if (sinceSubmit >= 0) this.latencies.submitToComplete.add(sinceSubmit);
    if (sinceWake >= 0) this.latencies.wakeToComplete.add(sinceWake);
    if (sinceComplete >= 0) this.latencies.completeToReap.add(sinceComplete);
    if (sinceReap >= 0) this.latencies.reapToReplenish.add(sinceReap);
  }

  #submit(): void {
    const { lane, multishot, rearm } = this.model.effect;
    if (lane === null) return;
    const mode = multishot ? this.multishot : this.single;
    mode.submits++;
    if (rearm) mode.rearms++;
    if (lane.ring !== 0) return;
    this.pollArmsInferred++;
    this.#submitBatch[lane.slot] = this.model.batch;
  }

  #cqe(res: number, flags: number): void {
    const { lane, recv, multishot, cause } = this.model.effect;
    if (!recv || lane === null) return;
    const mode = multishot ? this.multishot : this.single;
    mode.cqes++;
    if ((flags & CqeFlag.F_MORE) !== 0) mode.fMore++;
    if ((flags & CqeFlag.F_SOCK_NONEMPTY) !== 0) mode.sockNonEmpty++;
    if ((flags & CqeFlag.F_BUF_MORE) !== 0) mode.bufMore++;
    if (res > 0) mode.bytesReceived += res;
    else if (res < 0) {
      const name = errnoName(res);
      mode.errors[name] = (mode.errors[name] ?? 0) + 1;
      if (res === -Errno.ENOBUFS) mode.enobufs++;
    }
    if (bidOf(flags) >= 0) this.#noteFree();
    if (cause === null) return;
    mode.terminations[cause]++;
    if (lane.ring !== 0) return;
    // A recv that ended in the first batch after its submit, with its first CQE, most likely never waited: no poll was armed.
    if (lane.shots === 1 && this.model.batch - (this.#submitBatch[lane.slot] ?? -2) <= 1 && lane.waited < AT_ONCE) this.pollArmsInferred--;
  }

  /** The fewest available bids, looked at where the number falls. */
  #noteFree(): void {
    const { group } = this.model;
    const free = group?.seen === true ? group.free : -1;
    if (free >= 0 && (this.freeBuffersMin < 0 || free < this.freeBuffersMin)) this.freeBuffersMin = free;
  }

  /** Without the counts by ring and opcode: what a picture shows, once a frame. */
  totals(): RingTotals {
    return {
      schema: SUMMARY_SCHEMA,
      events: this.events,
      durationNs: this.#first < 0 ? 0 : this.#last - this.#first,
      multishot: addMode(this.multishot, emptyMode()),
      single: addMode(this.single, emptyMode()),
      total: addMode(this.multishot, this.single),
      replenished: this.replenished,
      freeBuffersMin: this.freeBuffersMin,
      connects: this.connects,
      closes: this.closes,
      overflowed: Math.max(this.overflowed, this.overflowedInKernel),
      wakes: this.wakes,
      fairnessBreaks: this.fairnessBreaks,
      completions: this.completions,
      reapBatches: this.reapBatches,
      pollArms: { observed: this.pollArmsObserved, inferred: this.pollArmsInferred },
      dropped: this.dropped,
      latencies: Object.fromEntries(latencyNames.map((name) => [name, this.latencies[name].toJSON()])) as Record<LatencyName, LatencyJson>,
    };
  }

  toJSON(): RingSummaryJson {
    return { ...this.totals(), ...this.#ringsJson() };
  }

  #ringsJson(): Pick<RingSummaryJson, 'rings' | 'opcodes'> {
    const opcodes: Record<string, KernelCounts> = {};
    const rings: RingJson[] = [];
    for (const { id, pid, fd, setupFlags, sqEntries, cqEntries, created } of this.model.rings.values()) {
      const counts = this.#counts.get(id) ?? new RingCounts();
      const byOpcode = counts.toJSON();
      rings.push({ id, pid, fd, setupFlags, sqEntries, cqEntries, created, total: { ...counts.total }, opcodes: byOpcode });
      for (const [name, of] of Object.entries(byOpcode)) {
        opcodes[name] ??= new KernelCounts();
        opcodes[name].add(of);
      }
    }
    return { rings, opcodes };
  }
}
