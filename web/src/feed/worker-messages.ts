/** What page and worker say to each other. */
import type { SessionInfo, SourceStats } from '../../../shared/protocol/messages.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { Note } from '../../../shared/trace-file/note.ts';
import type { FilterHits, NextQuery, Place } from './feed.ts';
import type { Inspection, InspectQuery } from './inspection.ts';
import type { Overview } from './overview.ts';
import type { Picture, ViewRequest } from './picture.ts';

/** What a recorded trace says of itself. */
export interface OpenedTrace {
  session: SessionInfo;
  /** Of the ringlens that recorded it. */
  version: string;
  /** null for a trace without a workload. */
  params: WorkloadParams | null;
  stats: SourceStats | null;
  notes: readonly Note[];
  events: number;
  /** Time of the last event, ns since the start. */
  end: number;
  /** It was closed; false = it was cut off. */
  complete: boolean;
  /** What can't be read of it, a sentence each. */
  trouble: readonly string[];
}

/** Where a recorded trace is. */
export type TraceLocation = { kind: 'blob'; blob: Blob } | { kind: 'url'; url: string } | { kind: 'bytes'; bytes: ArrayBuffer };

export type ToWorker =
  /** A session begins or goes on: with another id or start, what is kept is forgotten. */
  | { type: 'session'; id: string; startNs: string }
  /** Blocks from the wire; the buffer is moved. */
  | { type: 'blocks'; bytes: ArrayBuffer }
  /** The agent keeps what happened since this moment, ns; null = nothing. */
  | { type: 'past'; oldest: number | null }
  /** The agent's answers are slow, or quick again. */
  | { type: 'link'; slow: boolean }
  /** A recorded trace in place of a live one, from now on. */
  | { type: 'open'; location: TraceLocation }
  /** The agent went. */
  | { type: 'gone' }
  | { type: 'view'; request: ViewRequest }
  | { type: 'next'; id: number; query: NextQuery }
  | { type: 'inspect'; id: number; query: InspectQuery }
  /** A filter, which can be read, in place of the one before; null = none. */
  | { type: 'find'; text: string | null };

export type FromWorker =
  /** The answer to a view; null = nothing is kept yet. */
  | { type: 'picture'; picture: Picture | null }
  /** The whole kept trace; some times a second while it grows. */
  | { type: 'overview'; overview: Overview }
  | { type: 'next'; id: number; place: Place | null }
  /** null: there is no such event among those that are kept. */
  | { type: 'inspected'; id: number; inspection: Inspection | null }
  | { type: 'hits'; hits: FilterHits }
  /** The recorded trace can be read; `progress` follows where its index has to be made. */
  | { type: 'opened'; trace: OpenedTrace }
  | { type: 'progress'; progress: number }
  /** It can't. */
  | { type: 'failed'; code: string; message: string }
  /** The next picture needs what the agent keeps of before; false = it is there, or can't be had. */
  | { type: 'reading'; reading: boolean }
  /** Something could not be read; a sentence. */
  | { type: 'trouble'; message: string };
