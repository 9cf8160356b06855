/** The part of the trace that one picture shows. */
import { BIN } from '../../../shared/timeline/bin.ts';
import type { EventStore } from '../../../shared/timeline/event-store.ts';
import type { ViewRequest } from './picture.ts';

export interface Window {
  t0: number;
  t1: number;
  /** Numbers of its events: from … to - 1. */
  from: number;
  to: number;
  /** The cursor's seq leaves out events of its time. */
  cut: boolean;
  width: number;
  nsPerPixel: number;
  /** Events are few enough to be looked at one by one; otherwise the bins are. */
  fine: boolean;
}

/** Looking at one event takes some nanoseconds; these many fit a frame. */
const FINE_EVENTS = 150_000;
/** With pixels shorter than a bin, bins would show: then up to this many. */
const FINE_EVENTS_CLOSE = 500_000;

export function windowOf(events: EventStore, request: ViewRequest, now: number): Window {
  const t1 = request.cursor ?? now;
  const t0 = t1 - request.span;
  const from = events.lowerBound(t0);
  const end = events.upperBound(t1);
  const cut = request.seq !== null && request.seq + 1 < end && request.seq + 1 >= from;
  const to = cut ? (request.seq as number) + 1 : end;
  const width = Math.max(1, request.width);
  const nsPerPixel = request.span / width;
  const n = to - from;
  return { t0, t1, from, to, cut, width, nsPerPixel, fine: n <= FINE_EVENTS || (nsPerPixel < BIN && n <= FINE_EVENTS_CLOSE) };
}

/** Pixels are counted from the start of the trace, so that merged marks don't flicker while the window moves. */
export const pixelOf = (w: Window, t: number): number => Math.floor(t / w.nsPerPixel);
/** The moment in the middle of a pixel. */
export const middleOf = (w: Window, pixel: number): number => (pixel + 0.5) * w.nsPerPixel;
