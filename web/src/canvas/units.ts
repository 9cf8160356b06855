/** Units and spaces. TraceSpace: ns and lane; ViewSpace: CSS pixels of one view; device pixels exist in CanvasView only. */
export type Nanoseconds = number;
export type CssPixels = number;
export type Bytes = number;

/** A rectangle in ViewSpace. */
export interface Box {
  x: CssPixels;
  y: CssPixels;
  width: CssPixels;
  height: CssPixels;
}

/** Trace time → x. */
export interface TimeScale {
  t0: Nanoseconds;
  t1: Nanoseconds;
  x0: CssPixels;
  x1: CssPixels;
}
export const xOf = (s: TimeScale, t: Nanoseconds): CssPixels => s.x0 + ((t - s.t0) / (s.t1 - s.t0)) * (s.x1 - s.x0);
export const tOf = (s: TimeScale, x: CssPixels): Nanoseconds => s.t0 + ((x - s.x0) / (s.x1 - s.x0)) * (s.t1 - s.t0);
