/** The worker's thread: decodes, keeps and summarises the trace, so that the page's thread only draws. */
import { fetchPast } from './past/past-reader.ts';
import { openTrace } from './replay/open-trace.ts';
import { createReplayCore } from './replay/replay-core.ts';
import { sentenceOf } from './sentence-of.ts';
import { createWorkerCore } from './worker-core.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const post = (message: FromWorker, transfer: ArrayBuffer[] = []): void => self.postMessage(message, { transfer });
/** A message to ourselves queues behind those that wait; timers would wait 4 ms. */
const { port1, port2 } = new MessageChannel();
const deferred: (() => void)[] = [];
port1.onmessage = () => deferred.shift()?.();
const defer = (task: () => void): void => {
  deferred.push(task);
  port2.postMessage(null);
};
const place = { post, clock: () => performance.now(), defer };
/** Of a live trace, until a recorded one is opened. */
let core: { handle(message: ToWorker): void } = createWorkerCore({ ...place, fetchPast });

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  try {
    if (data.type === 'open') core = createReplayCore({ ...place, open: () => openTrace(data.location) });
    else core.handle(data);
  } catch (e) {
    // A defect of ours: said once, in the page, where it is seen; the next picture may do.
    post({ type: 'trouble', message: `The page's worker failed: ${sentenceOf(e)}` });
    if (data.type === 'view') post({ type: 'picture', picture: null });
    throw e;
  }
});
