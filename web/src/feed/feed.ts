/**
 * How the page reads a trace. Live (agent-feed.ts) or recorded is known behind this interface and nowhere else: a lens
 * gets pictures, whoever makes them.
 */
import type { SessionInfo, SourceStats } from '../../../shared/protocol/messages.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { Observable } from './observable.ts';
import type { Picture, ViewRequest } from './picture.ts';

/** State of the way to the agent. */
export type Connection =
  | { state: 'connecting' }
  /** `rttMs`: round trip of the last ping; null until the first answer. */
  | { state: 'open'; rttMs: number | null }
  /** The picture stays. `retryInS` counts down to the next try; `sinceWallMs` is Date.now() of the loss. */
  | { state: 'gone'; retryInS: number; sinceWallMs: number }
  /** Page and agent speak different protocol versions: only a reload helps. */
  | { state: 'reload'; agentVersion: string };

export interface FeedStatus {
  connection: Connection;
  /** null until the agent's first hello; stays when the agent goes. */
  session: SessionInfo | null;
  /** Version of the agent, "" until it is known. */
  agentVersion: string;
  /** Parameters of the running workload; null until they are known, or for a trace without a workload. */
  params: WorkloadParams | null;
  /** Where the workload listens, "" until it is known. */
  listen: string;
  /** false after the workload ended by itself; `stopped` then says why. */
  running: boolean;
  stopped: { code: string; message: string } | null;
  stats: SourceStats | null;
  /** A sentence about data that could not be read (a damaged block), or "". */
  trouble: string;
}

export type FeedCommand = { type: 'configure'; params: Partial<WorkloadParams> } | { type: 'preset'; name: string };

/** The agent refused a command; `code` for programs, `message` is a sentence for people. */
export class FeedError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'FeedError';
  }
}

/** What to look for from a moment on. */
export const stepTargets = ['cqe', 'batch', 'end'] as const;
export type StepTarget = (typeof stepTargets)[number];
export interface NextQuery {
  t: number;
  /** Event at the cursor where several share its time; null = behind the last event at `t`. */
  seq: number | null;
  what: StepTarget;
  direction: 1 | -1;
}
/** A place in the trace: a time, and the event there (CQEs of one reap batch share their time). */
export interface Place {
  t: number;
  seq: number;
}

export interface Feed {
  readonly status: Observable<FeedStatus>;
  /** The newest picture; null until the first one. */
  readonly picture: Observable<Picture | null>;
  /** Calls back with each picture; returns the function that ends it. */
  subscribe(onPicture: (picture: Picture) => void): () => void;
  /** Asks for a picture. The newest request wins; one picture is under way at a time. */
  view(request: ViewRequest): void;
  /** The next or previous place of that sort, or null where the kept trace has none. */
  next(query: NextQuery): Promise<Place | null>;
  /** Resolves when the agent did it; rejects with FeedError. */
  send(command: FeedCommand): Promise<void>;
  /** Ends the wait for the next try to connect. */
  connectNow(): void;
  close(): void;
}

export const initialStatus: FeedStatus = {
  connection: { state: 'connecting' },
  session: null,
  agentVersion: '',
  params: null,
  listen: '',
  running: false,
  stopped: null,
  stats: null,
  trouble: '',
};
