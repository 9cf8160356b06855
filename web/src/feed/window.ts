/** The part of the trace that one picture shows. */
import type { Tracks } from '../../../shared/timeline/tracks.ts';
import type { ViewRequest } from './picture.ts';
import type { PictureSource } from './picture-source.ts';

export interface Window {
  t0: number;
  t1: number;
  /** Where its marks come from: tracks of the events that are there, or of the whole trace. */
  tracks: Tracks;
  /** Numbers of its events: from … to - 1. Of the whole trace those that are there; `count` says how many there are. */
  from: number;
  to: number;
  /** The cursor's seq leaves out events of its time. */
  cut: boolean;
  count: number;
  width: number;
  nsPerPixel: number;
  /** Events are few enough to be looked at one by one; otherwise the bins are. */
  fine: boolean;
}

/** Looking at one event takes some nanoseconds; these many fit a frame. */
export const FINE_EVENTS = 150_000;
/** With pixels shorter than a bin, bins would show: then up to this many. */
const FINE_EVENTS_CLOSE = 500_000;

export function windowOf(source: PictureSource, request: ViewRequest, now: number): Window {
  const { events } = source;
  const t1 = request.cursor ?? now;
  const t0 = t1 - request.span;
  const from = events.lowerBound(t0);
  const end = events.upperBound(t1);
  const cut = request.seq !== null && request.seq + 1 < end && request.seq + 1 >= from;
  const to = cut ? (request.seq as number) + 1 : end;
  const width = Math.max(1, request.width);
  const nsPerPixel = request.span / width;
  const here = to - from;
  const { wholeTracks } = source;
  const isBeyond = wholeTracks !== null && t0 <= source.heldAfter;
  const count = isBeyond ? Math.max(here, source.countBetween(t0, t1)) : here;
  // Pixels at least as long as the bins of the whole lose nothing by them, and need no event.
  const isLong = wholeTracks !== null && here > FINE_EVENTS && nsPerPixel >= wholeTracks.width.ns;
  const tracks = wholeTracks !== null && (isBeyond || isLong) ? wholeTracks : source.tracks;
  const isFew = here <= FINE_EVENTS || (nsPerPixel < tracks.width.ns && here <= FINE_EVENTS_CLOSE);
  const fine = isFew && !isBeyond && !isLong;
  return { t0, t1, tracks, from, to, cut, count, width, nsPerPixel, fine };
}

/** Pixels are counted from the start of the trace, so that merged marks don't flicker while the window moves. */
export const pixelOf = (w: Window, t: number): number => Math.floor(t / w.nsPerPixel);
/** The moment in the middle of a pixel. */
export const middleOf = (w: Window, pixel: number): number => (pixel + 0.5) * w.nsPerPixel;
