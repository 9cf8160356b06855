/** The worker's search: a finder that works in slices between messages, and answers what waits for it. */
import type { FilterHits, NextQuery, Place } from './feed.ts';
import { Finder, type SearchableEvents } from './finder.ts';
import type { FromWorker } from './worker-messages.ts';

export interface SearchOptions {
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  /** Wall time, ms. */
  clock(): number;
  /** Runs a task after the messages that wait already. */
  defer(task: () => void): void;
  /** The search has looked at all events that are there, and more will come: once `goOn` is called. */
  more?(): void;
}

/** What the search tells of a place in the trace, and where it puts the finder for pictures to mark hits. */
export interface SearchedView {
  finder: Finder | null;
  /** Number of the last event that is shown at a cursor. */
  shownUpTo(t: number, seq: number | null): number;
}

export interface Search {
  /** Searches these events from now on, with the filter there is. */
  over(events: SearchableEvents, view: SearchedView): void;
  /** With this filter; null = with none. */
  find(text: string | null): void;
  /** Events have come: looks at them when it is its turn. */
  goOn(): void;
  next(id: number, query: NextQuery): void;
  /** Tells what is not told yet, when it is time to. */
  report(): void;
}

/** Work between two looks at the messages, ms. */
const SLICE_MS = 6;
/** Between two reports of what was found, ms. */
const REPORT_MS = 100;

export function createSearch({ post, clock, defer, more }: SearchOptions): Search {
  let events: SearchableEvents | null = null;
  let view: SearchedView | null = null;
  let text: string | null = null;
  let finder: Finder | null = null;
  let working = false;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let reported: FilterHits | null = null;
  let questions: { id: number; query: NextQuery }[] = [];

  const place = ({ t, seq, direction }: NextQuery): Place | null | undefined =>
    finder === null || view === null ? null : finder.next(view.shownUpTo(t, seq), direction);

  /** Answers what can be answered by now. */
  const answer = (): void => {
    questions = questions.filter(({ id, query }) => {
      const found = place(query);
      if (found === undefined) return true;
      post({ type: 'next', id, place: found }, []);
      return false;
    });
  };

  const report = (): void => {
    if (finder === null || events === null || (events.end === 0 && (events.total ?? 0) === 0)) return;
    const isNews = reported === null || finder.count !== reported.count || finder.done !== reported.done || !finder.done;
    // The last word of a search is said at once; what comes while it goes on can wait.
    const isDue = clock() - reportedAt >= REPORT_MS || (finder.done && reported?.done !== true);
    if (!isNews || !isDue) return;
    reportedAt = clock();
    reported = finder.hits();
    post({ type: 'hits', hits: reported }, []);
  };

  const work = (): void => {
    working = false;
    if (finder === null) return;
    const until = clock() + SLICE_MS;
    finder.scan(() => clock() >= until);
    answer();
    report();
    goOn();
  };

  const goOn = (): void => {
    if (finder === null || working || finder.done) return;
    if (finder.starving) {
      more?.();
      return;
    }
    working = true;
    defer(work);
  };

  const begin = (): void => {
    finder = text === null || events === null ? null : new Finder(events, text);
    if (view !== null) view.finder = finder;
    reported = null;
    reportedAt = Number.NEGATIVE_INFINITY;
    answer();
    report();
    goOn();
  };

  return {
    over(newEvents, newView) {
      if (view !== null) view.finder = null;
      events = newEvents;
      view = newView;
      begin();
    },
    find(newText) {
      text = newText;
      begin();
    },
    goOn,
    report,
    next(id, query) {
      questions.push({ id, query });
      answer();
    },
  };
}
