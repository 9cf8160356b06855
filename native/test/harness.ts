/**
 * Starts a workload on the real ring, or traces another process, and keeps everything that it says. Tests wait for events, never for time:
 * `until` is asked after every batch of blocks.
 */
import { type BlockHeader, type BlockSummary, readSummary, unpackBlock } from '../../shared/codec/block.ts';
import { type EventRecord, type EventTable, eventAt, UserDataDictionary } from '../../shared/codec/event-table.ts';
import { type EventKind, Kind, OwnOp, userDataLayout } from '../../shared/schema/events.ts';
import { defaultParams, type WorkloadParams } from '../../shared/schema/workload-params.ts';
import {
  loadAddon,
  type NativeError,
  type Trace,
  type TraceOptions,
  type TraceStats,
  type Workload,
  type WorkloadOptions,
  type WorkloadStats,
} from '../index.ts';

export const addon = loadAddon();

/** An event with its time exact: ns since the start as a number is exact, see EventTable. */
export type Event = EventRecord;

export const isKind = (e: Event, kind: EventKind): boolean => e.kind === Kind[kind];
export const opOf = (userData: bigint): number => Number((userData >> BigInt(userDataLayout.slotBits)) & 0xfn);
export const slotOf = (userData: bigint): number => Number(userData & 0xfffn);
export const isRecv = (e: Event): boolean => opOf(e.userData) === OwnOp.recv;
export const isRecvReap = (e: Event): boolean => isKind(e, 'reap') && isRecv(e);

/** Where blocks come from: a workload, or the trace of another process. */
interface BlockSource {
  readonly startNs: bigint;
  takeBlocks(): Uint8Array[];
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Everything that a source says, in memory, and a way to wait for it. */
export abstract class Stream {
  readonly events: Event[] = [];
  readonly blocks: { header: BlockHeader; summary: BlockSummary; table: EventTable; from: number; bytes: number }[] = [];
  stopped: { error: NativeError | undefined } | undefined;
  #waiters: { condition: () => boolean; done: () => void }[] = [];
  readonly #dictionary = new UserDataDictionary();

  protected abstract get source(): BlockSource;

  /** The callbacks of the source. */
  protected readonly callbacks = {
    onBlocks: (): void => this.take(),
    onStopped: (error: NativeError | undefined): void => {
      this.take();
      this.stopped = { error };
      this.#wake();
    },
  };

  /** Takes and decodes what waits; also checks that the numbers of the blocks join. */
  take(): void {
    for (let full = true; full; ) {
      const blocks = this.source.takeBlocks();
      full = blocks.length === 64;
      for (const bytes of blocks) {
        const { header, table } = unpackBlock(bytes, this.#dictionary, this.source.startNs);
        if (header.seq !== BigInt(this.events.length)) throw new Error(`block ${header.seq} follows event ${this.events.length}`);
        this.blocks.push({ header, summary: readSummary(bytes, header), table, from: this.events.length, bytes: bytes.length });
        for (let i = 0; i < table.length; i++) this.events.push(eventAt(table, i));
      }
    }
    this.#wake();
  }

  #wake(): void {
    const ready = this.#waiters.filter((w) => w.condition());
    this.#waiters = this.#waiters.filter((w) => !ready.includes(w));
    for (const w of ready) w.done();
  }

  /** Resolves as soon as the condition holds; it is asked whenever events came. */
  until(condition: (stream: this) => boolean): Promise<void> {
    return new Promise((done) => {
      this.#waiters.push({ condition: () => condition(this), done });
      this.#wake();
    });
  }
  ended(): Promise<void> {
    return this.until((s) => s.stopped !== undefined);
  }

  count(test: (e: Event) => boolean): number {
    let n = 0;
    for (const e of this.events) if (test(e)) n++;
    return n;
  }
  kind(kind: EventKind): Event[] {
    return this.events.filter((e) => isKind(e, kind));
  }
  seen(kind: EventKind, test: (e: Event) => boolean = () => true, least = 1): Promise<void> {
    return this.until((r) => r.count((e) => isKind(e, kind) && test(e)) >= least);
  }
}

export class Run extends Stream {
  readonly workload: Workload;

  constructor(params: Partial<WorkloadParams>, options: Partial<WorkloadOptions> = {}) {
    super();
    this.workload = addon.startWorkload({ ...defaultParams, ...params }, { ...options, ...this.callbacks });
  }
  protected override get source(): BlockSource {
    return this.workload;
  }

  /** Ends in order; then everything is in `events`. */
  async finish(): Promise<WorkloadStats> {
    await this.workload.finish();
    this.take();
    return this.workload.stats();
  }
  async close(): Promise<WorkloadStats> {
    await this.workload.close();
    this.take();
    return this.workload.stats();
  }
}

/** Other processes under the tracer. */
export class Traced extends Stream {
  readonly trace: Trace;

  constructor(pids: readonly number[], options: Partial<TraceOptions> = {}) {
    super();
    this.trace = addon.startTrace({ pids, what: 'all', ...options, ...this.callbacks });
  }
  protected override get source(): BlockSource {
    return this.trace;
  }
  /** Everything but snapshots. */
  get told(): Event[] {
    let restated = false;
    return this.events.filter((e) => {
      if (isKind(e, 'snapshot')) restated = true;
      const isTold = !restated;
      if (isKind(e, 'snapshot_end')) restated = false;
      return isTold;
    });
  }
  /** Without what snapshots restate. */
  override kind(kind: EventKind): Event[] {
    return (kind.startsWith('snapshot') ? this.events : this.told).filter((e) => isKind(e, kind));
  }
  async close(): Promise<TraceStats> {
    await this.trace.close();
    this.take();
    return this.trace.stats();
  }
}

/** Runs until so many recv CQEs were seen, then finishes. */
export async function runFor(
  recvCqes: number,
  params: Partial<WorkloadParams>,
  options: Partial<WorkloadOptions> = {},
): Promise<{ run: Run; stats: WorkloadStats }> {
  const run = new Run(params, options);
  await run.until((r) => r.stopped !== undefined || r.count(isRecvReap) >= recvCqes);
  const stats = await run.finish();
  return { run, stats };
}

/** The error that a call throws. */
export function errorOf(call: () => unknown): NativeError {
  try {
    call();
  } catch (error) {
    return error as NativeError;
  }
  throw new Error('no error was thrown');
}
