/** Images that are painted once and copied: where they can be made, and with the type that all drawing has. */

export interface Offscreen {
  canvas: OffscreenCanvas;
  /** Works in CSS pixels at `scale`. What is drawn with is the same in both kinds of context. */
  ctx: CanvasRenderingContext2D;
  own: OffscreenCanvasRenderingContext2D;
}

/** Of a size in device pixels; its origin at `left`, `up`. null where there are no images (a recording context in tests). */
export function offscreen(
  width: number,
  height: number,
  scale: number,
  { left = 0, up = 0, readBack = false }: { left?: number; up?: number; readBack?: boolean } = {},
): Offscreen | null {
  if (typeof OffscreenCanvas === 'undefined') return null;
  const canvas = new OffscreenCanvas(width, height);
  const own = canvas.getContext('2d', { willReadFrequently: readBack });
  if (own === null) return null;
  own.setTransform(scale, 0, 0, scale, left, up);
  return { canvas, ctx: drawnWith(own), own };
}

/** A worker's context, for what is drawn in the page, too. */
export const drawnWith = (own: OffscreenCanvasRenderingContext2D): CanvasRenderingContext2D => own as unknown as CanvasRenderingContext2D;
