/** The page's side of the worker that draws: one scene under way at a time, the newest wins. */
import type { ThemeValues } from '../canvas/canvas-theme.ts';
import type { FontSource } from '../canvas/fonts.ts';
import type { FromPaint, TimeScene, ToPaint } from './time-paint.ts';

/** The part of a Worker that is used here. */
export interface PaintPort {
  postMessage(message: ToPaint, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (e: { data: FromPaint }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
  terminate(): void;
}

export interface TimePainter {
  theme(values: ThemeValues): void;
  /** Draws what `scene` gives, now or as soon as what is under way is drawn; null = there is nothing to draw. */
  request(): void;
  close(): void;
}

export interface TimePainterOptions {
  port: PaintPort;
  canvas: OffscreenCanvas;
  fonts: FontSource[];
  scene(): TimeScene | null;
  failed(message: string): void;
}

export function createTimePainter({ port, canvas, fonts, scene, failed }: TimePainterOptions): TimePainter {
  let underWay = false;
  let waiting = false;
  const show = (): void => {
    // Whoever asks for another one meanwhile waits for this one.
    underWay = true;
    const now = scene();
    if (now === null) underWay = false;
    else port.postMessage({ type: 'scene', scene: now });
  };
  port.addEventListener('message', ({ data }) => {
    if (data.type === 'failed') {
      fail(data.message);
      return;
    }
    underWay = false;
    if (!waiting) return;
    waiting = false;
    show();
  });
  // What is thrown while it draws is told before, and more exactly.
  let isTold = false;
  const fail = (message: string): void => {
    if (!isTold) failed(message);
    isTold = true;
  };
  port.addEventListener('error', () => fail('The worker that draws could not be started; load the page again.'));
  port.postMessage({ type: 'canvas', canvas }, [canvas]);
  port.postMessage({ type: 'fonts', fonts });
  return {
    theme: (values) => port.postMessage({ type: 'theme', values }),
    request() {
      if (underWay) waiting = true;
      else show();
    },
    close: () => port.terminate(),
  };
}
