/** The worker's thread: decodes, keeps and summarises the trace, so that the page's thread only draws. */
import { createWorkerCore } from './worker-core.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const post = (message: FromWorker, transfer: ArrayBuffer[] = []): void => self.postMessage(message, { transfer });
const core = createWorkerCore({ post, clock: () => performance.now() });

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  try {
    core.handle(data);
  } catch (e) {
    // A defect of ours: said once, in the page, where it is seen; the next picture may do.
    post({ type: 'trouble', message: `The page's worker failed: ${e instanceof Error ? e.message : String(e)}` });
    if (data.type === 'view') post({ type: 'picture', picture: null });
    throw e;
  }
});
