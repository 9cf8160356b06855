/** The page's worker from inside the page: under file:// no worker may be loaded from another file. */
import type { WorkerPort } from './picture-worker.ts';
import InlineWorker from './worker.ts?worker&inline';

export const startWorker = (): WorkerPort => new InlineWorker() as WorkerPort;

/** The page comes from a file, or from any web host. */
export const mayHaveAgent = false;
