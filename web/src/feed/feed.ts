/**
 * How the page reads a trace. Live (agent-feed.ts) or recorded is known behind this interface and nowhere else: a lens
 * gets pictures, whoever makes them.
 */
import type { BufferBytes, DebugCommand, DebugInfo } from '../../../shared/protocol/debug.ts';
import type { Recording, SessionInfo, SourceStats } from '../../../shared/protocol/messages.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { Note } from '../../../shared/trace-file/note.ts';
import type { Inspection, InspectQuery } from './inspection.ts';
import type { Observable } from './observable.ts';
import type { Overview } from './overview.ts';
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
  /** What was before the page's own events is being fetched, and that takes longer than a blink. */
  reading: boolean;
  /** The recorded trace that is shown; null = a live one. */
  file: FileStatus | null;
  recording: Recording;
  /** The debugger of the own workload; null where nothing can be stopped. */
  debug: DebugInfo | null;
}

/** A recorded trace. */
export interface FileStatus {
  name: string;
  /** It was opened: the rest is known. */
  opened: boolean;
  /** It was recorded to its end; false = it was cut off. */
  complete: boolean;
  /** What can't be read of it, a sentence each. */
  trouble: readonly string[];
  events: number;
  /** Length of the trace, ns. */
  length: number;
  /** Its index is being made: 0 … 1; 1 = it is there. */
  progress: number;
  /** Why it can't be shown; null = it can. */
  failed: { code: string; message: string } | null;
}

export type FeedCommand =
  | { type: 'configure'; params: Partial<WorkloadParams> }
  | { type: 'preset'; name: string }
  | { type: 'record'; on: boolean }
  | DebugCommand;

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

/** What to look for from a moment on; `wake` = one that the kernel was seen to make, `hit` = an event that the filter finds. */
export const stepTargets = ['event', 'cqe', 'wake', 'batch', 'end', 'hit'] as const;
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

/** What a filter has found so far. */
export interface FilterHits {
  /** The filter that was asked for. */
  text: string;
  /** Events that match, of those that were kept when the search began and all since. */
  count: number;
  /** The newest of them, which can be gone to: their events are kept, and they are no more than the search keeps. */
  reachable: number;
  /** Events that were gone before they could be looked at: with any, `count` is a lower bound. */
  missed: number;
  /** Every event that is there has been looked at; new ones are, as they come. */
  done: boolean;
  /** 0 … 1. */
  progress: number;
  /** Over the whole trace, bins with hits only: start, count; `width` = length of each, ns. */
  bins: { t: Float64Array; n: Uint32Array; width: number };
}

export interface Feed {
  readonly status: Observable<FeedStatus>;
  /** The newest picture; null until the first one. */
  readonly picture: Observable<Picture | null>;
  /** The whole kept trace in few bins; null until the first one. */
  readonly overview: Observable<Overview | null>;
  /** Calls back with each picture; returns the function that ends it. */
  subscribe(onPicture: (picture: Picture) => void): () => void;
  /** Asks for a picture. The newest request wins; one picture is under way at a time. */
  view(request: ViewRequest): void;
  /** The next or previous place of that sort, or null where the kept trace has none. */
  next(query: NextQuery): Promise<Place | null>;
  /** What there is to say of an event; null = it is not kept. */
  inspect(query: InspectQuery): Promise<Inspection | null>;
  /** Searches with this filter (its text can be read) in place of the one before; null = with none. */
  find(query: { text: string } | null): void;
  /** What it has found so far, some times a second; null = there is no filter. */
  readonly hits: Observable<FilterHits | null>;
  /** Bookmarks and notes, ordered by time. */
  readonly notes: Observable<readonly Note[]>;
  /** Takes the place of all notes; kept in the file where it can be written. */
  setNotes(notes: readonly Note[]): void;
  /** Resolves when the agent did it; rejects with FeedError. */
  send(command: FeedCommand): Promise<void>;
  /** The bytes of a buffer of the own workload as they are now; rejects with FeedError. */
  look(bid: number): Promise<BufferBytes>;
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
  reading: false,
  file: null,
  recording: { state: 'off' },
  debug: null,
};
