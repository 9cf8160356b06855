/** Links to causes and effects, and notes where there is none: how causes.ts writes them down. Pure. */
import type { EventRecord } from '../codec/event-table.ts';
import { Provenance, RequestFlag } from '../schema/events.ts';
import type { RequestKey } from './request-story.ts';
import { type Looked, recordAt, type WalkableEvents, type WalkLimits } from './walk.ts';
import { requestWordOf } from './words.ts';

export const relations = [
  'connect',
  'submit',
  'poll_arm',
  'wake',
  'sibling',
  'cqe',
  'reap',
  'buffer_before',
  'buffer_given_back',
  'next_holder',
  'overflow',
  'refused',
  'end',
  'rearm',
  'close',
] as const;
export type Relation = (typeof relations)[number];

export interface CauseLink {
  readonly relation: Relation;
  /** Number of the event. */
  readonly seq: number;
  /** ns since the start. */
  readonly t: number;
  /** `inferred`: the events do not say that they belong together; it follows from their order or their looks. */
  readonly observed: 'observed' | 'inferred';
  readonly words: string;
}

/** Where a link could be expected and there is none. */
export interface CauseNote {
  readonly relation: Relation;
  /** True: there is no such event. False: none was found, which does not mean that there is none. */
  readonly isAbsent: boolean;
  readonly words: string;
}

export interface Causes {
  /** In the order of time. */
  readonly links: readonly CauseLink[];
  readonly notes: readonly CauseNote[];
  /** Of a CQE: which one of its wake it is, counted from 1; null = not known. */
  readonly place: { readonly number: number; readonly of: number } | null;
  /** Events that were looked at before and after. */
  readonly looked: { readonly before: number; readonly after: number };
}

const grouped = new Intl.NumberFormat('en-US');

/** Collects what belongs to one event. */
export class CauseList {
  readonly #links: CauseLink[] = [];
  readonly #notes: CauseNote[] = [];
  #place: Causes['place'] = null;
  #before = 0;
  #after = 0;

  constructor(private readonly events: WalkableEvents) {}

  /** `seq` -1 = there is none. False: no link was made. */
  link(relation: Relation, seq: number, words: string, isCertain = true): boolean {
    if (seq < 0 || this.#links.some((l) => l.seq === seq && l.relation === relation)) return false;
    const e = recordAt(this.events, seq);
    if (e === null) return false;
    const isAmbiguous = (requestWordOf(e) & RequestFlag.ambiguous) !== 0;
    const isObserved = isCertain && !isAmbiguous && e.provenance !== Provenance.inferred;
    const doubt = isAmbiguous ? '; live requests share its user_data, and the newest is named' : '';
    this.#links.push({ relation, seq, t: e.t, observed: isObserved ? 'observed' : 'inferred', words: `${words}${doubt}` });
    return true;
  }

  absent(relation: Relation, words: string): void {
    this.#notes.push({ relation, isAbsent: true, words });
  }

  /** `what` is not among the events that were looked at. */
  missing(relation: Relation, what: string, looked: Looked): void {
    this.#notes.push({
      relation,
      isAbsent: false,
      words: `${what}: not in the ${grouped.format(looked.events)} events looked at${whyWords(looked)}`,
    });
  }

  unknown(relation: Relation, words: string): void {
    this.#notes.push({ relation, isAbsent: false, words });
  }

  /** It is CQE `number` of the `of` that came of one wake. */
  place(number: number, of: number): void {
    this.#place = { number, of };
  }

  before(looked: Looked): void {
    this.#before = Math.max(this.#before, looked.events);
  }

  after(looked: Looked): void {
    this.#after = Math.max(this.#after, looked.events);
  }

  done(): Causes {
    const rank = (l: CauseLink): number => relations.indexOf(l.relation);
    const links = [...this.#links].sort((x, y) => x.seq - y.seq || rank(x) - rank(y));
    return { links, notes: this.#notes, place: this.#place, looked: { before: this.#before, after: this.#after } };
  }
}

/** An event with what its causes are sought by. */
export interface Subject {
  readonly events: WalkableEvents;
  readonly seq: number;
  readonly e: EventRecord;
  readonly key: RequestKey;
  readonly role: number;
  readonly limits: WalkLimits;
  readonly list: CauseList;
}

const whyWords = (looked: Looked): string =>
  looked.why === 'time' ? '; the time was up' : looked.why === 'edge' ? ', which are all that are kept' : '';
