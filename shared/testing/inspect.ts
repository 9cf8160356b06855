/** For tests of shared/inspect: a trace drawn as text to walk in, and what is linked to an event of it. */
import type { CauseLink, Causes, Relation } from '../inspect/causes.ts';
import { type WalkableEvents, walkableOf } from '../inspect/walk.ts';
import { traceFromText } from './trace-from-text.ts';

/** One event a line, from 0; `group` makes 1 + buffers. */
export const trace = (text: string): WalkableEvents => walkableOf([traceFromText(text)]);
/** Numbers of the events that are linked so, in the order of time. */
export const seqs = (causes: Causes, relation: Relation): number[] => causes.links.filter((l) => l.relation === relation).map((l) => l.seq);
/** "" = there is no such note. */
export const noteOf = (causes: Causes, relation: Relation): string => causes.notes.find((n) => n.relation === relation)?.words ?? '';
export const linkOf = (causes: Causes, seq: number, relation?: Relation): CauseLink | undefined =>
  causes.links.find((l) => l.seq === seq && (relation === undefined || l.relation === relation));
