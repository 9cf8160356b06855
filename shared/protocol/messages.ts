/**
 * What agent and page say to each other over the WebSocket. Binary frames are one or more whole blocks (shared/codec);
 * text frames are one JSON message of the unions below. The server speaks first, with `hello`.
 */

import type { WorkloadParams } from '../schema/workload-params.ts';
import type { BufferBytes, DebugCommand, DebugInfo } from './debug.ts';

/** A page and an agent that differ in this number don't work together; the page then says "reload". */
export const PROTOCOL_VERSION = 5;

/** What the running kernel can do for the own workload, probed and not guessed. */
export interface RingFeatures {
  multishotRecv: boolean;
  bufRing: boolean;
  bundle: boolean;
  incremental: boolean;
  coopTaskrun: boolean;
  singleIssuer: boolean;
  deferTaskrun: boolean;
  sqpoll: boolean;
}

/** What a source can see. A lens that needs more says "not observable from this source". */
export interface SourceCapabilities {
  /** reap, replenish and submit are seen by the probe in the application itself. */
  probe: boolean;
  /** Poll arms, wakes and kernel-side completions are seen through tracepoints; otherwise they are inferred. */
  kernel: boolean;
  /** How the tracepoints are read ("tracefs", "perf"); empty when they are not. */
  kernelBackend: string;
  /** All tracepoints, or only submits, poll arms, overflows and refusals (then wakes and completions are not seen). */
  kernelScope: 'all' | 'arms' | 'off';
  /** Why `kernel` is false and what to do, one sentence; empty when it is true. */
  kernelMissing: string;
  /** What is weaker than asked for: tracepoints or fields that this kernel lacks, a smaller buffer. */
  kernelNotes: string[];
}

/** Exact totals of the own workload since the start, counted in its threads (not derived from events). */
export interface WorkloadTotals {
  /** Bytes and messages that the load generator sent, bytes that recv CQEs delivered. */
  bytesSent: number;
  messagesSent: number;
  bytesReceived: number;
  cqes: number;
  submits: number;
  /** CPU time of the reactor thread, nanoseconds. */
  reactorCpuNs: number;
  /** Connections open now. */
  connections: number;
}

/** What a source has recorded and lost since the start. */
export interface SourceStats {
  /** Events written, and events lost because a ring of ours was full. */
  events: number;
  dropped: number;
  /** Kernel events read, those that the kernel lost, and those that came behind the watermark of the merger. */
  kernelEvents: number;
  kernelLost: number;
  kernelLate: number;
  /** null for another process. */
  workload: WorkloadTotals | null;
}

/** The process that is looked at, where it is not ringlens itself. */
export interface TargetInfo {
  pid: number;
  /** /proc/PID/comm */
  name: string;
  /** As typed, or /proc/PID/cmdline. */
  command: readonly string[];
}

export interface SessionInfo {
  id: string;
  /** 'live' is the own workload, 'attach' a running process, 'run' a command that ringlens started, 'import' another tracer's text. */
  source: 'live' | 'attach' | 'run' | 'import';
  /** "Linux 6.18.44" */
  kernel: string;
  pid: number;
  /** null for 'live'. */
  target: TargetInfo | null;
  /** Where the workload listens: "127.0.0.1:45123" or a unix socket's path; '' for another process. */
  listen: string;
  /** CLOCK_MONOTONIC ns, as a decimal string, that is t = 0 of this session. */
  startNs: string;
  /** Date.now() at startNs. */
  startWallMs: number;
  capabilities: SourceCapabilities;
  /** What the own workload can use here; null for another process. */
  features: RingFeatures | null;
}

/** A session that is recorded to a file of the agent's. */
export type Recording =
  | { state: 'off' }
  /** `leftOut`: events that are not in the file since the disk did not keep up. */
  | { state: 'on'; file: string; bytes: number; events: number; leftOut: number }
  /** `code` is "done" where it ended as wished. */
  | { state: 'stopped'; file: string; code: string; message: string };

/** How far a page can go back (shared/protocol/past.ts). */
export interface PastStats {
  /** Time of the oldest event that is kept, ns since the start; null = there is none. */
  oldest: number | null;
  /** On disk. */
  bytes: number;
  /** Events that left the memory and are not on disk. */
  leftOut: number;
}

export type ServerMessage =
  | { type: 'hello'; protocol: number; version: string; session: SessionInfo; params: WorkloadParams | null; running: boolean }
  /** The workload's parameters changed (whoever asked for it). */
  | { type: 'params'; params: WorkloadParams; listen: string; capabilities: SourceCapabilities }
  | { type: 'stats'; stats: SourceStats; past: PastStats }
  /** After hello, when it changes, and some times a second while it is on. */
  | { type: 'recording'; recording: Recording }
  /** The workload, or the process that was looked at, ended; the picture stays. */
  | { type: 'stopped'; code: string; message: string }
  /** Of the own workload: after hello, and when it changes. */
  | { type: 'debug'; debug: DebugInfo }
  /** Answer to `look`. */
  | { type: 'buffer'; id: number; bid: number; content: BufferBytes }
  /** Answer to the request with the same id. */
  | { type: 'ok'; id: number }
  | { type: 'error'; id: number | null; code: string; message: string }
  /** The blocks that hold the events from..to were left out, since this client did not keep up; summaries came instead. */
  | { type: 'gap'; fromSeq: number; toSeq: number };

export type ClientMessage =
  | { type: 'configure'; id: number; params: Partial<WorkloadParams> }
  | { type: 'preset'; id: number; name: string }
  | (DebugCommand & { id: number })
  /** Asks for the bytes of a buffer of the own workload. Answered with `buffer`. */
  | { type: 'look'; id: number; bid: number }
  /** Begins or ends a recording, to a file whose name the agent chooses. */
  | { type: 'record'; id: number; on: boolean }
  /**
   * So many bytes of binary frames were read. A client that sends it gets no more than it reads, however deep the buffers on
   * the way; one that never does is held back by its socket alone. Not answered.
   */
  | { type: 'ack'; bytes: number }
  /** Round-trip time for the page's badge: answered with ok. */
  | { type: 'ping'; id: number };
