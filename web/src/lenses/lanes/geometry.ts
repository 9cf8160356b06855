/** What the lanes look like in pixels: made by layout.ts, drawn by draw.ts. */
import type { TerminateCause } from '../../../../shared/model/terminate-cause.ts';
import type { Box, CssPixels, Nanoseconds, TimeScale } from '../../canvas/units.ts';

export interface Bar {
  x: CssPixels;
  width: CssPixels;
  height: CssPixels;
  /** 1 = a CQE; less = several of them in this pixel. */
  opacity: number;
  /** A column of one pixel that stands for all CQEs in it. */
  merged: boolean;
  /** Cells of a bundle; 1 = one buffer. */
  cells: number;
  /** Whose it is, is not certain: drawn hollow. */
  ambiguous: boolean;
  mark: number;
}

export interface LaneGeometry {
  slot: number;
  /** As it is called, and the two lines of it in the gutter. */
  name: string;
  title: string;
  subtitle: string;
  /** Of another process. */
  foreign: boolean;
  /** Its state is derived across a loss of events. */
  uncertain: boolean;
  open: boolean;
  y: CssPixels;
  height: CssPixels;
  /** Top of the marks, top and height of the armed band. */
  top: CssPixels;
  bandY: CssPixels;
  bandHeight: CssPixels;
  bands: { x0: CssPixels; x1: CssPixels; inferred: boolean }[];
  armedBefore: boolean;
  gaps: { x0: CssPixels; x1: CssPixels; ns: Nanoseconds; open: boolean; label: string }[];
  ghosts: { x0: CssPixels; x1: CssPixels }[];
  bars: Bar[];
  bridges: { x0: CssPixels; x1: CssPixels; y: CssPixels }[];
  /** `room`: to the nearest neighbour of the same kind; little room = a smaller form. */
  submits: { x: CssPixels; room: CssPixels; mark: number }[];
  arms: { x: CssPixels; room: CssPixels; inferred: boolean; ambiguous: boolean; mark: number }[];
  /** `hollow`: the kernel's own (fairness), or not certain whose. */
  wakes: { x: CssPixels; hollow: boolean; ambiguous: boolean; mark: number }[];
  /** `label`: "×12" behind a run of ends, or the cause in words. */
  ends: {
    x: CssPixels;
    room: CssPixels;
    cause: TerminateCause;
    error: boolean;
    ambiguous: boolean;
    count: number;
    label: string;
    mark: number;
  }[];
  /** "armed 41 s ago", for a lane where nothing happens. */
  quiet: string;
}

/** With less room than this an end has no head, and a pin or triangle becomes a tick. */
export const HEAD_ROOM = 7;

export interface LanesGeometry {
  box: Box;
  scale: TimeScale;
  lanes: LaneGeometry[];
}
