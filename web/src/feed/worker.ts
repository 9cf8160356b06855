/** The worker's thread: decodes, keeps and summarises the trace, so that the page's thread only draws. */
import { createWorkerCore } from './worker-core.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const core = createWorkerCore({
  post: (message: FromWorker, transfer) => self.postMessage(message, { transfer }),
  clock: () => performance.now(),
});
self.addEventListener('message', (e: MessageEvent<ToWorker>) => core.handle(e.data));
