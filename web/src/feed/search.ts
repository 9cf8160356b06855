/** The worker's search: it works in slices between messages, and answers what waits for it. */
import type { FilterHits, NextQuery, Place } from './feed.ts';
import type { Hits } from './finder.ts';
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

/** What is searched, and where the search puts itself for pictures to mark hits. */
export interface Searched {
  finder: Hits | null;
  /** A search with this filter. Throws FilterError for a text that is no filter. */
  begin(text: string): Hits;
  /** There is nothing to be searched yet. */
  readonly isEmpty: boolean;
  /** Key of the last event that is shown at a cursor. */
  shownUpTo(t: number, seq: number | null): number;
  /** Where the page has a hit, which the search knows by its key; null = it can't be gone to. */
  placeOf(found: Place): Place | Promise<Place | null>;
}

export interface Search {
  /** Searches this from now on, with the filter there is. */
  over(what: Searched): void;
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
  let searched: Searched | null = null;
  let text: string | null = null;
  let finder: Hits | null = null;
  let working = false;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let reported: FilterHits | null = null;
  let questions: { id: number; query: NextQuery }[] = [];

  const place = ({ t, seq, direction }: NextQuery): Place | null | undefined =>
    finder === null || searched === null ? null : finder.next(searched.shownUpTo(t, seq), direction);

  /** Answers what can be answered by now. */
  const answer = (): void => {
    questions = questions.filter(({ id, query }) => {
      const found = place(query);
      if (found === undefined) return true;
      void arrive(id, found);
      return false;
    });
  };

  const arrive = async (id: number, found: Place | null): Promise<void> => {
    // At once, where that is known at once.
    const at = found === null ? null : (searched as Searched).placeOf(found);
    post({ type: 'next', id, place: at instanceof Promise ? await at.catch(() => null) : at }, []);
  };

  const report = (): void => {
    if (finder === null || searched === null || searched.isEmpty) return;
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
    if (finder === null || working) return;
    if (finder.done) {
      // That there is no more may be the news.
      answer();
      report();
      return;
    }
    if (finder.starving) {
      more?.();
      return;
    }
    working = true;
    defer(work);
  };

  const begin = (): void => {
    finder = text === null || searched === null ? null : searched.begin(text);
    if (searched !== null) searched.finder = finder;
    reported = null;
    reportedAt = Number.NEGATIVE_INFINITY;
    answer();
    report();
    goOn();
  };

  return {
    over(what) {
      if (searched !== null) searched.finder = null;
      searched = what;
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
