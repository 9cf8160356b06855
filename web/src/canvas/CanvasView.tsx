/**
 * A canvas as large as its parent. devicePixelRatio is known here and nowhere else: `draw` works in CSS pixels. Draws when
 * it is asked to (request), when its size changes and when the theme does; all in the page's one animation frame.
 */
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { type CanvasTheme, canvasTheme, watchTheme } from './canvas-theme.ts';
import { frames } from './raf.ts';
import type { CssPixels } from './units.ts';

export interface CanvasHandle {
  /** Asks for a draw in the next frame. */
  request(): void;
  readonly element: HTMLCanvasElement;
}

export interface CanvasViewProps {
  /** Called with a cleared canvas. Read at each draw, so it may change freely. */
  draw(ctx: CanvasRenderingContext2D, width: CssPixels, height: CssPixels, theme: CanvasTheme): void;
  className?: string;
  style?: React.CSSProperties;
  /** What is shown, in words; without it the canvas is decoration. */
  label?: string;
  ref?: Ref<CanvasHandle>;
}

export function CanvasView({ draw, className, style, label, ref }: CanvasViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  const paint = useRef<() => void>(() => undefined);

  useEffect(() => {
    latest.current = draw;
    paint.current();
  }, [draw]);

  useImperativeHandle(
    ref,
    () => ({
      request: () => paint.current(),
      get element() {
        return canvas.current as HTMLCanvasElement;
      },
    }),
    [],
  );

  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const ctx = element.getContext('2d') as CanvasRenderingContext2D;
    let width = 0;
    let height = 0;
    const task = (): void => {
      if (width === 0 || height === 0) return;
      const ratio = window.devicePixelRatio || 1;
      const w = Math.round(width * ratio);
      const h = Math.round(height * ratio);
      if (element.width !== w || element.height !== h) {
        element.width = w;
        element.height = h;
      }
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      ctx.clearRect(0, 0, width, height);
      latest.current(ctx, width, height, canvasTheme());
    };
    const request = (): void => frames.request(task);
    paint.current = request;
    const size = new ResizeObserver(([entry]) => {
      width = entry?.contentRect.width ?? 0;
      height = entry?.contentRect.height ?? 0;
      request();
    });
    size.observe(element);
    const endTheme = watchTheme(request);
    return () => {
      size.disconnect();
      endTheme();
      frames.cancel(task);
      paint.current = () => undefined;
    };
  }, []);

  return (
    <canvas
      ref={canvas}
      className={className}
      style={{ position: 'absolute', inset: 0, width: '100%', height: '100%', display: 'block', ...style }}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    />
  );
}
