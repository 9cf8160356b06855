/** The worker that draws, from a file of its own. The one-file build takes start-paint-inline.ts in its place (vite.config.ts). */
import type { PaintPort } from './time-painter.ts';

export const startPaint = (): PaintPort => new Worker(new URL('./time-paint-worker.ts', import.meta.url), { type: 'module' }) as PaintPort;
