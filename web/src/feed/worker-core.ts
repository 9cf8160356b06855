/**
 * What the worker does with its messages; runs without a Worker in the tests. Blocks wait in a queue and are taken in by
 * slices, so that a picture never waits behind all of them. A queue that grows too long loses the events of its oldest
 * blocks, not their summaries: the picture shows the span as left out and goes on at the present.
 */
import { BlockError, BlockFlag, type BlockHeader, readHeader, splitBlocks } from '../../../shared/codec/block.ts';
import { TraceStore } from '../../../shared/timeline/trace-store.ts';
import { LiveEdge } from './live-edge.ts';
import { PictureBuilder, transferablesOf } from './picture-builder.ts';
import { liveSource } from './picture-source.ts';
import { createSearch } from './search.ts';
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

export function createWorkerCore({ post, clock, defer, maxEvents }: WorkerCoreOptions): WorkerCore {
  let session = '';
  let store: TraceStore | null = null;
  let edge = new LiveEdge();
  let builder: PictureBuilder | null = null;
  let queue: Waiting[] = [];
  let waitingEvents = 0;
  let working = false;
  let overviewDue = Number.NEGATIVE_INFINITY;
  const search = createSearch({ post, clock, defer });

  const begin = (id: string, startNs: string): void => {
    if (id === session) return;
    session = id;
    store = new TraceStore(BigInt(startNs), { maxEvents });
    edge = new LiveEdge();
    builder = new PictureBuilder(liveSource(store));
    queue = [];
    waitingEvents = 0;
    search.over(store.events, builder);
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
      guarded(() => take(to, block, (header.flags & BlockFlag.hasSnapshot) === 0));
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

  return {
    handle(message) {
      switch (message.type) {
        case 'session':
          begin(message.id, message.startNs);
          break;
        case 'blocks':
          enqueue(message.bytes);
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
          const picture = builder.build(message.request, edge.now(clock(), queue.length > 0));
          // Before its arrays are moved.
          const overview = clock() >= overviewDue ? builder.overview(picture) : null;
          post({ type: 'picture', picture }, transferablesOf(picture));
          if (overview !== null) {
            overviewDue = clock() + OVERVIEW_MS;
            post({ type: 'overview', overview }, []);
          }
          search.report();
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
          post({ type: 'next', id: message.id, place: builder?.next(message.query) ?? null }, []);
          break;
        default:
          message satisfies never;
      }
    },
  };
}
