/** The worker that draws, from inside the page: under file:// no worker may be loaded from another file. */
import InlineWorker from './time-paint-worker.ts?worker&inline';
import type { PaintPort } from './time-painter.ts';

export const startPaint = (): PaintPort => new InlineWorker() as PaintPort;
