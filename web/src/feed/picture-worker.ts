/** The page's side of the worker: one picture under way at a time, the newest request wins. */
import type { FilterHits, NextQuery, Place } from './feed.ts';
import type { Inspection, InspectQuery } from './inspection.ts';
import { type Observable, observable } from './observable.ts';
import type { Overview } from './overview.ts';
import type { Picture, ViewRequest } from './picture.ts';
import type { FromWorker, OpenedTrace, ToWorker, TraceLocation } from './worker-messages.ts';

/** The part of a Worker that is used here. */
export interface WorkerPort {
  postMessage(message: ToWorker, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (e: { data: FromWorker }) => void): void;
  terminate(): void;
}

export interface PictureWorker {
  readonly picture: Observable<Picture | null>;
  readonly overview: Observable<Overview | null>;
  subscribe(onPicture: (picture: Picture) => void): () => void;
  view(request: ViewRequest): void;
  next(query: NextQuery): Promise<Place | null>;
  inspect(query: InspectQuery): Promise<Inspection | null>;
  find(query: { text: string } | null): void;
  readonly hits: Observable<FilterHits | null>;
  session(id: string, startNs: string): void;
  /** Shows a recorded trace from now on. */
  open(location: TraceLocation): void;
  blocks(bytes: ArrayBuffer): void;
  /** How far back the agent keeps what happened, ns; null = not at all. */
  past(oldest: number | null): void;
  /** Whether the agent's answers are slow. */
  link(slow: boolean): void;
  gone(): void;
  close(): void;
}

/** What the worker says that is no picture. */
export interface WorkerNews {
  trouble(message: string): void;
  reading?(reading: boolean): void;
  opened?(trace: OpenedTrace): void;
  progress?(progress: number): void;
  failed?(code: string, message: string): void;
}

export function createPictureWorker(worker: WorkerPort, news: WorkerNews): PictureWorker {
  const picture = observable<Picture | null>(null);
  const overview = observable<Overview | null>(null);
  const hits = observable<FilterHits | null>(null);
  let filter: string | null = null;
  const watchers = new Set<(picture: Picture) => void>();
  const questions = new Map<number, (place: Place | null) => void>();
  const inspections = new Map<number, (inspection: Inspection | null) => void>();
  let waiting: ViewRequest | null = null;
  let underWay = false;
  let anyBlock = false;
  let questionId = 0;

  const ask = (): void => {
    if (waiting === null || underWay || !anyBlock) return;
    const request = waiting;
    waiting = null;
    underWay = true;
    worker.postMessage({ type: 'view', request });
  };

  worker.addEventListener('message', ({ data }) => {
    switch (data.type) {
      case 'picture':
        underWay = false;
        if (data.picture === null) {
          anyBlock = false;
          break;
        }
        picture.set(data.picture);
        for (const watcher of [...watchers]) watcher(data.picture);
        ask();
        break;
      case 'overview':
        overview.set(data.overview);
        break;
      case 'next':
        questions.get(data.id)?.(data.place);
        questions.delete(data.id);
        break;
      case 'inspected':
        inspections.get(data.id)?.(data.inspection);
        inspections.delete(data.id);
        break;
      case 'hits':
        // Of a filter that is no longer the page's: it was on its way.
        if (data.hits.text === filter) hits.set(data.hits);
        break;
      case 'trouble':
        news.trouble(data.message);
        break;
      case 'reading':
        news.reading?.(data.reading);
        break;
      case 'opened':
        anyBlock = true;
        news.opened?.(data.trace);
        ask();
        break;
      case 'progress':
        news.progress?.(data.progress);
        break;
      case 'failed':
        news.failed?.(data.code, data.message);
        break;
      default:
        data satisfies never;
    }
  });

  return {
    picture,
    overview,
    subscribe(onPicture) {
      watchers.add(onPicture);
      return () => {
        watchers.delete(onPicture);
      };
    },
    view(request) {
      waiting = request;
      ask();
    },
    next(query) {
      questionId++;
      const id = questionId;
      return new Promise((resolve) => {
        questions.set(id, resolve);
        worker.postMessage({ type: 'next', id, query });
      });
    },
    inspect(query) {
      questionId++;
      const id = questionId;
      return new Promise((resolve) => {
        inspections.set(id, resolve);
        worker.postMessage({ type: 'inspect', id, query });
      });
    },
    hits,
    find(query) {
      filter = query?.text ?? null;
      hits.set(null);
      worker.postMessage({ type: 'find', text: filter });
    },
    session(id, startNs) {
      worker.postMessage({ type: 'session', id, startNs });
    },
    open(location) {
      worker.postMessage({ type: 'open', location }, location.kind === 'bytes' ? [location.bytes] : []);
    },
    blocks(bytes) {
      worker.postMessage({ type: 'blocks', bytes }, [bytes]);
      anyBlock = true;
      ask();
    },
    past(oldest) {
      worker.postMessage({ type: 'past', oldest });
    },
    link(slow) {
      worker.postMessage({ type: 'link', slow });
    },
    gone() {
      worker.postMessage({ type: 'gone' });
    },
    close() {
      for (const resolve of [...questions.values(), ...inspections.values()]) resolve(null);
      questions.clear();
      inspections.clear();
      watchers.clear();
      worker.terminate();
    },
  };
}
