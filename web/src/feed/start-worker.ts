/** The page's worker from a file of its own. The one-file build takes start-worker-inline.ts in its place (vite.config.ts). */
import type { WorkerPort } from './picture-worker.ts';

export const startWorker = (): WorkerPort => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }) as WorkerPort;

/** The page may come from an agent. */
export const mayHaveAgent = true;
