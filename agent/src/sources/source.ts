/** What every source of events offers to a session: the own workload, or another process. */
import type { BufferBytes, StopEvent } from '../../../shared/protocol/debug.ts';
import type { RingFeatures, SessionInfo, SourceCapabilities, SourceStats, TargetInfo } from '../../../shared/protocol/messages.ts';
import type { HandAction, StepUnit, StopReasonName } from '../../../shared/schema/debug.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';

/** A source that can't do what was asked for. `code` for programs, `message` is one sentence for people. */
export class SourceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Positive errno of the system call behind it, where there is one. */
    readonly errno?: number,
  ) {
    super(message);
    this.name = 'SourceError';
  }
}

export interface SourceHandlers {
  /** Finished blocks in stream order; each is its own memory and is not written again. */
  onBlocks(blocks: readonly Uint8Array[]): void;
  /**
   * Called once, after the last block: an error when it failed; undefined when it was told to end, or, of another process,
   * when that has ended: then `message` says so in one sentence.
   */
  onStopped(error: SourceError | undefined, message?: string): void;
}

/** The reactor of the own workload under the hand of a debugger. Each throws SourceError. */
export interface SourceDebugger {
  pause(): void;
  resume(): void;
  step(unit: StepUnit): void;
  setBreakpoints(breakpoints: readonly NativeBreakpoint[]): void;
  act(name: HandAction, target: number, value: number): void;
  look(bid: number): BufferBytes;
  state(): DebugState;
}

/** One that the reactor can run. */
export interface NativeBreakpoint {
  id: number;
  enabled: boolean;
  ignore: number;
  program: Float64Array;
}

export interface DebugState {
  stopped: boolean;
  cqes: number;
  waiting: number;
  overflowed: boolean;
  /** Of each breakpoint. */
  hits: readonly { id: number; hits: number }[];
  stop: { reason: StopReasonName; breakpoint: number; cqes: number; event: StopEvent | null } | null;
}

export interface Source {
  /** null where nothing of ours can be stopped. */
  readonly debugger: SourceDebugger | null;
  readonly kind: SessionInfo['source'];
  /** What is seen now; valid after `start`, changes with the parameters. */
  readonly capabilities: SourceCapabilities;
  /** null where nothing of ours runs in a ring. */
  readonly features: RingFeatures | null;
  /** The process that is looked at; null for the own workload. Valid after `start`. */
  readonly target: TargetInfo | null;
  /** CLOCK_MONOTONIC ns, t = 0 of the stream; valid after `start`. */
  readonly startNs: bigint;
  /** Where the source can be fed: "127.0.0.1:45123" or a path; valid after `start`, changes with the transport. '' for another process. */
  readonly listen: string;
  /** Starts the threads, or throws SourceError and leaves nothing behind. `params` is null for another process. */
  start(params: WorkloadParams | null, handlers: SourceHandlers): void;
  /** Takes a complete, checked set of parameters; throws SourceError and changes nothing where the kernel, or the source, refuses. */
  configure(params: WorkloadParams): void;
  stats(): SourceStats;
  /** Ends in order: what was sent is received, what was recorded is delivered, within `timeoutMs`. Resolves after `onStopped`. */
  finish(timeoutMs: number): Promise<void>;
  /** Ends at once. Idempotent. Resolves after `onStopped`. */
  close(): Promise<void>;
}
