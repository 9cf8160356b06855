/**
 * The only door to the addon: its whole surface, typed and documented. Nobody else loads the .node file.
 * Threads and owners are described in native/README.md.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RingFeatures, SourceStats, WorkloadTotals } from '../shared/protocol/messages.ts';
import type { WorkloadParams } from '../shared/schema/workload-params.ts';

/** Every error that the addon throws or reports: `code` for programs, `message` is one sentence for people. */
export interface NativeError extends Error {
  /** `EUNSUPPORTED` (this kernel lacks what was asked for), `EINVALIDPARAM`, or an errno's name (`EADDRINUSE`, `EPERM`, `ENOSYS` …). */
  code: string;
  /** Positive errno, where there is one. */
  errno?: number;
  /** The system call that failed, where there is one. */
  syscall?: string;
}

export interface WorkloadOptions {
  /** Port on 127.0.0.1 that the workload listens on (tcp, udp); 0 = any free one. */
  listenPort?: number;
  /** Path of the listening unix socket; the default is a fresh path in the temporary folder. It is removed at the end. */
  unixPath?: string;
  /** Events that fit between reactor and merger; a power of two. When it is full, events are counted as dropped. Default 1 << 18. */
  eventRingEvents?: number;
  /** How often the merger cuts a block, microseconds. Default 5000. */
  flushIntervalUs?: number;
  /** There from the first event on; as for setBreakpoints. */
  breakpoints?: readonly NativeBreakpoint[];
  /** How the kernel's tracepoints are read; the default is the best permitted one. For tests. */
  kernelBackend?: 'tracefs' | 'perf' | 'none';
  /**
   * Called on the JS thread when blocks wait for `takeBlocks`. It is a doorbell: several rings can become one call.
   */
  onBlocks: () => void;
  /** Called once, after the threads have ended: undefined after `close` or `finish`, an error when the workload failed. */
  onStopped: (error: NativeError | undefined) => void;
}

/** How the kernel's side is seen. */
export interface KernelAccess {
  /** "tracefs", "perf"; empty when it is not seen. */
  backend: string;
  scope: WorkloadParams['kernel'];
  /** Why it is not seen and what to do; empty when it is. */
  missing: string;
  /** What is weaker than asked for, one sentence each. */
  notes: string[];
}

/** One way to read the kernel's tracepoints. */
export interface KernelBackend {
  name: string;
  permitted: boolean;
  /** Why not, and what to type; empty when it is permitted. */
  reason: string;
  remedy: string;
}

/** Totals of the own workload and of what was recorded of it. */
export type WorkloadStats = WorkloadTotals & Omit<SourceStats, 'workload'>;

export interface NativeBreakpoint {
  /** 1 to 2^24 - 1. */
  id: number;
  enabled: boolean;
  /** Hits that do not stop. */
  ignore: number;
  /** shared/filter/lower.ts */
  program: Float64Array;
}

/** The event that the reactor stopped at; fields as in shared/schema/events.ts, `t` in ns since the start. */
export interface StopEvent {
  t: number;
  kind: number;
  userData: bigint;
  res: number;
  flags: number;
  a: number;
  b: number;
  request: number;
}

export interface NativeDebugState {
  stopped: boolean;
  /** CQEs reaped by now. */
  cqes: number;
  /** CQEs that wait in the CQ; -1 = it is not stopped. */
  waiting: number;
  /** Stopped: more CQEs are on the kernel's overflow list (IORING_SQ_CQ_OVERFLOW). */
  overflowed: boolean;
  hits: { id: number; hits: number }[];
  /** The newest stop, also when the reactor has gone on; null = it never stopped. `cqes`: reaped until then. */
  stop: { reason: number; breakpoint: number; cqes: number; event: StopEvent | null } | null;
}

export interface BufferContent {
  held: boolean;
  /** Of the CQE that consumed it; 0 = nobody holds it. */
  userData: bigint;
  /** Bytes that CQEs put into it. */
  filled: number;
  bytes: Uint8Array;
}

/** A running workload: one reactor thread with its own ring, one load generator thread, one tracer thread where the kernel is read, one merger thread. */
export interface Workload {
  /** CLOCK_MONOTONIC ns just before the first event: t = 0 of the session. */
  readonly startNs: bigint;
  /** "127.0.0.1:45123", or the path of the unix socket. It changes when `transport` does. */
  readonly listen: string;
  /** Thread id of the reactor (for perf, or /proc/PID/task). */
  readonly reactorTid: number;
  /**
   * Changes parameters of the running workload. Those with change: 'ring' make the reactor close its connections and ring
   * and set up new ones. Throws NativeError, and changes nothing, when a value is out of range or this kernel lacks it.
   */
  configure(params: WorkloadParams): void;
  // The debugger. Each throws NativeError `ESRCH` when the workload has ended.

  /** Stops the reactor behind the turn under way: it reaps nothing more, the kernel goes on. Returns when it stands; idempotent. */
  pause(): void;
  /** Goes on, also out of a step that is not over. Idempotent. */
  resume(): void;
  /** Goes on until the unit (a code of stepUnits) is over, then stops; returns at once. */
  step(unit: number): void;
  /** In the place of those that there are, at most MOST_BREAKPOINTS. Hits of one with the same id and program go on. */
  setBreakpoints(breakpoints: readonly NativeBreakpoint[]): void;
  /** Does something by hand (a code of handActions); throws NativeError with the reason where it can't be done (`ENOTHELD`, `ENOCONN` …). */
  act(what: { action: number; target: number; value: number }): void;
  /** A buffer of the group as it is now; at most 64 KiB of it. The kernel may be writing into one that is not held. */
  look(bid: number): BufferContent;
  /** Also after the end. */
  debugState(): NativeDebugState;
  /** Finished blocks in order, each its own memory; empty when there are none. At most 64 a call; call again while it returns 64. */
  takeBlocks(): Uint8Array[];
  stats(): WorkloadStats;
  /** As it is for the ring of now; after the end as it was for the last one. */
  kernel(): KernelAccess;
  /**
   * Ends in order: the load generator stops and shuts its sockets down, the reactor receives what is left up to every
   * end of stream (or for at most `timeoutMs`), then everything closes. Resolves when the last block can be taken.
   */
  finish(timeoutMs?: number): Promise<void>;
  /** Ends at once, all threads joined, all sockets closed. Idempotent. Resolves when the last block can be taken. */
  close(): Promise<void>;
}

export interface TraceOptions {
  /** The processes to look at: their rings, those that they or their later children create. 1 to 1024; processes, not threads. */
  pids: readonly number[];
  /** `arms`: submits, poll arms, overflows and refusals only. */
  what: 'all' | 'arms';
  /** Throw `ENORING` when none of the processes has a ring yet. Default false: rings may come later. */
  requireRing?: boolean;
  /** The default is the best permitted one. */
  backend?: 'tracefs' | 'perf';
  /** Of the kernel, for each CPU: event rate × the longest stall of the reader. 16 KiB to 1 GiB, default 8 MiB. */
  bufferBytes?: number;
  /** How often the rings are sampled beside the trace (fdinfo, shared memory), milliseconds; 0 = never. Default 50. */
  sampleIntervalMs?: number;
  /** Events that fit between tracer and merger; a power of two. When it is full, events are counted as dropped. Default 1 << 19. */
  eventRingEvents?: number;
  /** How often the merger cuts a block, microseconds. Default 5000. */
  flushIntervalUs?: number;
  /** A doorbell, as for a workload. */
  onBlocks: () => void;
  /**
   * Called once, after the threads have ended and with every block ready to be taken: when the last of `pids` has ended,
   * after `finish` or `close`, or with an error when the trace failed.
   */
  onStopped: (error: NativeError | undefined) => void;
}

export interface TraceStats extends Omit<SourceStats, 'workload'> {
  /** Events whose user_data several live requests shared, with nothing to tell them apart. */
  ambiguous: number;
  /** CPU time of the tracer's thread, nanoseconds. */
  readerCpuNs: number;
}

/** A ring of a traced process. */
export interface TracedRing {
  /** As in the events. */
  id: number;
  pid: number;
  fd: number;
  /** IORING_SETUP_* bits; 0 where it is older than the trace. */
  setupFlags: number;
  sqEntries: number;
  cqEntries: number;
  /** It was created while the trace ran, so every request of it is known. */
  created: boolean;
}

export interface TracedThread {
  /** As in the events. */
  id: number;
  tid: number;
  /** 0: it had ended before it could be looked up. */
  pid: number;
  name: string;
}

/** Other processes under the tracer: a tracer thread, a sampler thread, a merger thread. Nothing of the target is changed. */
export interface Trace {
  readonly startNs: bigint;
  takeBlocks(): Uint8Array[];
  stats(): TraceStats;
  kernel(): KernelAccess;
  /** The dictionaries: every id that an event can carry; also of rings that are closed. They grow while it runs, and stay after the end. */
  rings(): TracedRing[];
  threads(): TracedThread[];
  /** Ends in order: what the kernel has recorded so far is delivered. Idempotent. Resolves when the last block can be taken. */
  finish(): Promise<void>;
  /** The same: nothing is thrown away. Idempotent. */
  close(): Promise<void>;
}

export interface NativeAddon {
  /**
   * Traces other processes, or throws NativeError and leaves nothing behind: `ESRCH` (no such process, or it has ended),
   * `EPERM` (it is another user's, or the tracepoints may not be read), `ENORING` (see requireRing; a thread of the kernel has
   * none either), `EUNSUPPORTED` (this kernel lacks the tracepoints), `EINVALIDPARAM` (an option out of range, the number of a
   * thread). When it returns, every further event of the rings is traced. It takes some 50 to 500 ms.
   */
  startTrace(options: TraceOptions): Trace;
  /** Starts a workload, or throws NativeError and leaves nothing behind. */
  startWorkload(params: WorkloadParams, options: WorkloadOptions): Workload;
  /** What the running kernel can do, probed by trying it. Throws NativeError (`ENOSYS`, `EPERM` …) where io_uring can't be used at all. */
  features(): RingFeatures;
  /** The ways to read the kernel's tracepoints, best first; each is tried. */
  kernelAccess(): KernelBackend[];
  /**
   * Tracepoints and fields that this kernel lacks ("io_uring/io_uring_poll_arm"), of those that are read; all of them where
   * tracefs is mounted and can't be read. Throws NativeError where tracefs can't be opened.
   */
  missingTracepoints(): string[];
  /** Packs raw 48-byte event records (shared/schema) into one block: for tests and benches of the codec. */
  packBlock(records: Uint8Array, seq: bigint): Uint8Array;
  /** One raw record of every kind, with a different value in every field: the layout test reads it. */
  sampleRecords(): Uint8Array;
}

/** The built addon, relative to the project's root. */
const ADDON_PATH = 'native/build/Release/ringlens.node';

function loadError(code: string, message: string, cause?: unknown): NativeError {
  return Object.assign(new Error(message, { cause }), { code });
}

/** Walks up from this file: it is native/index.ts, or bundled into dist/agent/main.js. */
function findAddon(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const path = join(folder, ADDON_PATH);
    if (existsSync(path)) return path;
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

let addon: NativeAddon | undefined;

/**
 * Loads the addon, once. Throws NativeError: `EUNSUPPORTED` where there is no Linux, `EADDONMISSING` where it is not
 * built or can't be loaded.
 */
export function loadAddon(): NativeAddon {
  if (addon !== undefined) return addon;
  if (process.platform !== 'linux')
    throw loadError('EUNSUPPORTED', 'A live ring needs Linux: io_uring exists nowhere else; recorded traces open everywhere.');
  const path = findAddon();
  if (path === undefined) throw loadError('EADDONMISSING', 'The native addon is not built; type: npm run build');
  try {
    addon = createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    throw loadError('EADDONMISSING', `The native addon at ${path} can't be loaded; type: npm run build`, cause);
  }
  return addon;
}
