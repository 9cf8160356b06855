/** What the worker does with a message; runs without a Worker in the tests. */
import { BlockError, splitBlocks } from '../../../shared/codec/block.ts';
import { LiveStore } from './live-store.ts';
import { PictureBuilder, transferablesOf } from './picture-builder.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerCore {
  handle(message: ToWorker): void;
}

export interface WorkerCoreOptions {
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  /** Wall time, ms. */
  clock(): number;
  maxEvents?: number;
}

export function createWorkerCore({ post, clock, maxEvents }: WorkerCoreOptions): WorkerCore {
  let session = '';
  let store: LiveStore | null = null;
  let builder: PictureBuilder | null = null;

  const begin = (id: string, startNs: string): void => {
    if (id === session) return;
    session = id;
    store = new LiveStore(BigInt(startNs), maxEvents);
    builder = new PictureBuilder(store);
  };

  const blocks = (bytes: ArrayBuffer): void => {
    if (store === null) return;
    try {
      for (const block of splitBlocks(new Uint8Array(bytes))) store.accept(block, clock());
    } catch (e) {
      if (!(e instanceof BlockError)) throw e;
      post({ type: 'trouble', message: `A block from the agent could not be read: ${e.message}` }, []);
    }
  };

  return {
    handle(message) {
      switch (message.type) {
        case 'session':
          begin(message.id, message.startNs);
          break;
        case 'blocks':
          blocks(message.bytes);
          break;
        case 'gone':
          store?.edge.freeze();
          break;
        case 'view': {
          if (store === null || builder === null || store.events.length === 0) {
            post({ type: 'picture', picture: null }, []);
            break;
          }
          const picture = builder.build(message.request, store.edge.now(clock()));
          post({ type: 'picture', picture }, transferablesOf(picture));
          break;
        }
        case 'next':
          post({ type: 'next', id: message.id, place: builder?.next(message.query) ?? null }, []);
          break;
        default:
          message satisfies never;
      }
    },
  };
}
