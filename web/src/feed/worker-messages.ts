/** What page and worker say to each other. */
import type { FilterHits, NextQuery, Place } from './feed.ts';
import type { Picture, ViewRequest } from './picture.ts';

export type ToWorker =
  /** A session begins or goes on: with another id or start, what is kept is forgotten. */
  | { type: 'session'; id: string; startNs: string }
  /** Blocks from the wire; the buffer is moved. */
  | { type: 'blocks'; bytes: ArrayBuffer }
  /** The agent's answers are slow, or quick again. */
  | { type: 'link'; slow: boolean }
  /** The agent went. */
  | { type: 'gone' }
  | { type: 'view'; request: ViewRequest }
  | { type: 'next'; id: number; query: NextQuery }
  /** A filter, which can be read, in place of the one before; null = none. */
  | { type: 'find'; text: string | null };

export type FromWorker =
  /** The answer to a view; null = nothing is kept yet. */
  | { type: 'picture'; picture: Picture | null }
  | { type: 'next'; id: number; place: Place | null }
  | { type: 'hits'; hits: FilterHits }
  /** Something could not be read; a sentence. */
  | { type: 'trouble'; message: string };
