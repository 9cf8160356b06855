/**
 * What the worker does with its messages; runs without a Worker in the tests. Blocks wait in a queue and are taken in by
 * slices, so that a picture never waits behind all of them. A queue that grows too long loses the events of its oldest
 * blocks, not their summaries: the picture shows the span as left out and goes on at the present.
 */
import { BlockError, type BlockHeader, hasSnapshot, readHeader, splitBlocks } from '../../../shared/codec/block.ts';
import { TraceStore } from '../../../shared/timeline/trace-store.ts';
import type { NextQuery, Place } from './feed.ts';
import { deadline, type Inspection, type InspectQuery } from './inspection.ts';
import { LiveEdge } from './live-edge.ts';
import { isOfPast, Past, type PastLimits } from './past/past.ts';
import type { FetchPast } from './past/past-reader.ts';
import type { PastScan } from './past/past-scan.ts';
import { type SearchWithPast, searchLive } from './past/search-with-past.ts';
import type { Picture, ViewRequest } from './picture.ts';
import { PictureBuilder, transferablesOf } from './picture-builder.ts';
import { liveSource, type WholeTrace } from './picture-source.ts';
import { createRow } from './row.ts';
import { createSearch, type Searched } from './search.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerCore {
  handle(message: ToWorker): void;
}

export interface WorkerCoreOptions {
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  /** Wall time, ms. */
  clock(): number;
  /** Runs a task after the messages that wait already. */
  defer(task: () => void): void;
  maxEvents?: number;
  /** Fetches what the agent keeps of before; without it there is nothing. */
  fetchPast?: FetchPast;
  pastLimits?: PastLimits;
}

/** Work on blocks between two looks at the messages, ms. */
const SLICE_MS = 8;
/** Events that may wait: about half a second of work. Beyond it the oldest are left out until half of them are gone. */
export const MAX_WAITING = 800_000;

/** Between two overviews, ms. */
const OVERVIEW_MS = 250;

interface Waiting {
  block: Uint8Array;
  header: BlockHeader;
}

export function createWorkerCore({ post, clock, defer, maxEvents, fetchPast, pastLimits }: WorkerCoreOptions): WorkerCore {
  let session = '';
  let store: TraceStore | null = null;
  let edge = new LiveEdge();
  let builder: PictureBuilder | null = null;
  let whole: WholeTrace | null = null;
  let queue: Waiting[] = [];
  let waitingEvents = 0;
  let working = false;
  let newest: ViewRequest | null = null;
  let overviewDue = Number.NEGATIVE_INFINITY;
  /** The oldest moment that the agent keeps, ns; null = none. */
  let pastOldest: number | null = null;
  /** What is before the store; opened when somebody goes there. */
  let past: Promise<Past> | null = null;
  let openedPast: Past | null = null;
  const trouble = (message: string): void => post({ type: 'trouble', message }, []);
  const inRow = createRow((sentence) => trouble(`What is past can't be shown: ${sentence}`));
  /** Of the search that goes on; its half of the past is read a part at a time. */
  let searching: SearchWithPast | null = null;
  let reading: PastScan | null = null;
  const search = createSearch({
    post,
    clock,
    defer,
    more: () => {
      const scan = searching?.past?.scan ?? null;
      if (scan === null || scan === reading) return;
      reading = scan;
      void scan.grow().then(() => {
        if (reading !== scan) return;
        reading = null;
        search.goOn();
      });
    },
  });
  const searched: Searched = {
    get finder() {
      return searching;
    },
    set finder(hits) {
      if (hits === null) searching = null;
      if (builder !== null) builder.finder = hits;
      if (openedPast !== null) openedPast.finder = hits;
    },
    begin(text) {
      searching = searchLive(text, store as TraceStore, fetchPast, () => pastOldest);
      return searching;
    },
    get isEmpty() {
      return store === null || store.events.end === 0;
    },
    shownUpTo(t, seq) {
      const of = store as TraceStore;
      if (isOfPast(seq) || isBefore(t)) return openedPast?.shownUpTo(t, seq) ?? of.seqOf(of.events.first) - 1;
      return of.seqOf((builder as PictureBuilder).shownUpTo(t, seq));
    },
    placeOf(found) {
      const of = store as TraceStore;
      if (found.seq >= of.seqOf(of.events.first)) return { ...found, seq: of.numberOf(found.seq) };
      return pastOf(found.t).then((past) => past.placeOf(found));
    },
  };

  const begin = (id: string, startNs: string): void => {
    if (id === session) return;
    session = id;
    store = new TraceStore(BigInt(startNs), { maxEvents });
    edge = new LiveEdge();
    const source = liveSource(store, () => pastOldest);
    whole = source.whole;
    builder = new PictureBuilder(source);
    pastOldest = null;
    past = null;
    openedPast = null;
    queue = [];
    waitingEvents = 0;
    search.over(searched);
  };

  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (e) {
      if (!(e instanceof BlockError)) throw e;
      post({ type: 'trouble', message: `A block from the agent could not be read: ${e.message}` }, []);
    }
  };

  const take = (to: TraceStore, block: Uint8Array, summaryOnly: boolean): void => {
    to.accept(block, summaryOnly);
    edge.known(to.lastT);
  };

  const enqueue = (bytes: ArrayBuffer): void => {
    if (store === null) return;
    const { startNs } = store;
    guarded(() => {
      for (const block of splitBlocks(new Uint8Array(bytes))) {
        const header = readHeader(block);
        queue.push({ block, header });
        waitingEvents += header.count;
        edge.heard(Number(header.tLast - startNs), clock());
      }
    });
    if (waitingEvents > MAX_WAITING) leaveOut(store);
    if (!working && queue.length > 0) {
      working = true;
      defer(work);
    }
  };

  /** Takes in the oldest blocks by their summaries; those with a snapshot whole, since it ends the uncertainty. */
  const leaveOut = (to: TraceStore): void => {
    let n = 0;
    for (; n < queue.length - 1 && waitingEvents > MAX_WAITING / 2; n++) {
      const { block, header } = queue[n] as Waiting;
      waitingEvents -= header.count;
      guarded(() => take(to, block, !hasSnapshot(header)));
    }
    queue.splice(0, n);
  };

  /** Takes in blocks for as long as a slice lasts. */
  const slice = (): void => {
    const until = clock() + SLICE_MS;
    let n = 0;
    while (n < queue.length) {
      const { block, header } = queue[n] as Waiting;
      n++;
      waitingEvents -= header.count;
      guarded(() => store !== null && take(store, block, false));
      if (clock() >= until) break;
    }
    queue.splice(0, n);
    search.goOn();
  };

  const work = (): void => {
    slice();
    working = queue.length > 0;
    if (working) defer(work);
  };

  /** The store has lost it, or never had it, and the agent still does. */
  const isBefore = (t: number): boolean =>
    store !== null && fetchPast !== undefined && pastOldest !== null && pastOldest < store.events.oldestTime && t < store.events.oldestTime;

  /** For a window that begins at `t`. Of a long session it is opened anew where somebody goes before what was opened. */
  const pastOf = (t: number): Promise<Past> => {
    const of = session;
    const isBack = openedPast !== null && t < openedPast.from;
    if (isBack) {
      openedPast = null;
      past = null;
    }
    const { startNs } = store as TraceStore;
    if (past !== null) return past;
    const opening: Promise<Past> = Past.open(
      fetchPast as FetchPast,
      { startNs, whole: whole as WholeTrace, t, isBack },
      trouble,
      pastLimits,
    )
      .then((opened) => {
        if (of === session) openedPast = opened;
        opened.finder = searching;
        return opened;
      })
      .catch((e: unknown) => {
        // The agent may be back when somebody goes there again.
        if (past === opening) past = null;
        throw e;
      });
    past = opening;
    return opening;
  };

  /** Its index goes on between other work, a part at a time, while the present needs nothing of that time. */
  let indexing = false;
  const makeIndex = (of: Past): void => {
    if (indexing || queue.length > 0) return;
    indexing = true;
    defer(() =>
      inRow(async () => {
        indexing = false;
        if (of === openedPast && (await of.index())) makeIndex(of);
      }),
    );
  };

  const show = (picture: Picture | null): void => {
    // Before its arrays are moved.
    const overview = picture !== null && builder !== null && clock() >= overviewDue ? builder.overview(picture) : null;
    if (overview !== null && store !== null && overview.t0 < store.events.oldestTime) {
      overview.knownFrom = store.events.oldestTime;
      openedPast?.overview(overview, store.events.oldestTime, picture?.group?.key ?? -1);
    }
    post({ type: 'picture', picture }, picture === null ? [] : transferablesOf(picture));
    if (overview !== null) {
      overviewDue = clock() + OVERVIEW_MS;
      post({ type: 'overview', overview }, []);
    }
    search.report();
  };

  const liveView = (request: ViewRequest): void => {
    const seq = isOfPast(request.seq) ? null : request.seq;
    show(builder?.build({ ...request, seq }, edge.now(clock(), queue.length > 0)) ?? null);
  };

  /** A window that begins before the store; of the moment that it ends with, the state. */
  const pastView = (request: ViewRequest & { cursor: number }): void =>
    inRow(async () => {
      const t = request.cursor - request.span;
      const opens = openedPast === null || t < openedPast.from;
      if (opens) post({ type: 'reading', reading: true }, []);
      let picture: Picture | null = null;
      try {
        const of = await pastOf(t);
        picture = await of.picture(request, edge.now(clock(), queue.length > 0));
        makeIndex(of);
      } finally {
        if (opens) post({ type: 'reading', reading: false }, []);
        // Whatever happens, the page waits for an answer.
        if (picture === null) liveView(request);
        else show(picture);
      }
    });

  const next = (id: number, query: NextQuery): void => {
    const wasPast = isBefore(query.t) || isOfPast(query.seq);
    const live = wasPast ? null : (builder?.next(query) ?? null);
    const oldest = store?.events.oldestTime ?? 0;
    // Back over the border.
    const goesOn = wasPast || (live === null && query.direction === -1 && isBefore(oldest - 1));
    if (!goesOn || newest === null) {
      post({ type: 'next', id, place: live }, []);
      return;
    }
    const request = newest;
    const isThere = (): boolean => newest?.cursor === request.cursor && newest.seq === request.seq;
    inRow(async () => {
      let place: Place | null = null;
      try {
        const t = Math.min(query.t, oldest);
        let of = await pastOf(t);
        place = await of.next(wasPast ? query : { ...query, t, seq: null }, request);
        // What was left out of a long session begins there. Who looks elsewhere meanwhile is not kept from it.
        while (place === null && query.direction === -1 && of.from > (pastOldest ?? of.from) && isThere()) {
          const { from } = of;
          of = await pastOf(from - 1);
          place = await of.next({ ...query, t: from, seq: null }, request);
        }
        // Forth over the border: there the live store has it, with its own number.
        if (place !== null && !isBefore(place.t)) place = builder?.next({ ...query, t: oldest - 1, seq: null }) ?? place;
      } finally {
        post({ type: 'next', id, place }, []);
      }
    });
  };

  const inspect = (id: number, query: InspectQuery): void => {
    const wasPast = 'seq' in query ? isOfPast(query.seq) : isBefore(query.t);
    if (!wasPast || newest === null) {
      // What waits may have it: a stop is told as soon as its events are here.
      while (queue.length > 0 && 't' in query && query.t > (store?.lastT ?? 0)) slice();
      post({ type: 'inspected', id, inspection: builder?.inspect(query, deadline(clock)) ?? null }, []);
      return;
    }
    const request = newest;
    inRow(async () => {
      let inspection: Inspection | null = null;
      try {
        const of = openedPast !== null && 'seq' in query ? openedPast : await pastOf('t' in query ? query.t : (request.cursor ?? 0));
        inspection = await of.inspect(query, request, deadline(clock));
      } finally {
        post({ type: 'inspected', id, inspection }, []);
      }
    });
  };

  return {
    handle(message) {
      switch (message.type) {
        case 'inspect':
          inspect(message.id, message.query);
          break;
        case 'session':
          begin(message.id, message.startNs);
          break;
        case 'blocks':
          enqueue(message.bytes);
          break;
        case 'past':
          pastOldest = message.oldest;
          // There is more to be searched.
          search.goOn();
          break;
        case 'link':
          edge.linkSlow(message.slow);
          break;
        case 'gone':
          edge.freeze();
          break;
        case 'view': {
          // Of a trace that is over no further block comes: the first picture must not miss those that wait.
          if (store?.events.length === 0 && queue.length > 0) slice();
          if (store === null || builder === null || store.events.length === 0) {
            post({ type: 'picture', picture: null }, []);
            break;
          }
          const { request } = message;
          newest = request;
          const { cursor, span } = request;
          if (cursor !== null && isBefore(cursor - span)) pastView({ ...request, cursor });
          else liveView(request);
          break;
        }
        case 'open':
          // The thread gives it to the replay.
          break;
        case 'find':
          search.find(message.text);
          break;
        case 'next':
          if (message.query.what === 'hit') {
            search.next(message.id, message.query);
            break;
          }
          next(message.id, message.query);
          break;
        default:
          message satisfies never;
      }
    },
  };
}
