/** What every source of events offers to a session. The own workload is the first; attach, launch and file follow. */
import type { RingFeatures, SessionInfo, SourceCapabilities, WorkloadStats } from '../../../shared/protocol/messages.ts';
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
  /** Called once, after the last block: undefined when it was told to end, an error when it failed. */
  onStopped(error: SourceError | undefined): void;
}

export interface Source {
  readonly kind: SessionInfo['source'];
  /** What is seen now; valid after `start`, changes with the parameters. */
  readonly capabilities: SourceCapabilities;
  readonly features: RingFeatures;
  /** CLOCK_MONOTONIC ns, t = 0 of the stream; valid after `start`. */
  readonly startNs: bigint;
  /** Where the source can be fed: "127.0.0.1:45123" or a path; valid after `start`, changes with the transport. */
  readonly listen: string;
  /** Starts the threads, or throws SourceError and leaves nothing behind. */
  start(params: WorkloadParams, handlers: SourceHandlers): void;
  /** Takes a complete, checked set of parameters; throws SourceError and changes nothing where the kernel refuses. */
  configure(params: WorkloadParams): void;
  stats(): WorkloadStats;
  /** Ends in order: what was sent is received, within `timeoutMs`. Resolves after `onStopped`. */
  finish(timeoutMs: number): Promise<void>;
  /** Ends at once. Idempotent. Resolves after `onStopped`. */
  close(): Promise<void>;
}
