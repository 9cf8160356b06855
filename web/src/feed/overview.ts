/** The whole kept trace in a few hundred bins: what the minimap shows. */
import type { Tracks } from '../../../shared/timeline/tracks.ts';

export const OVERVIEW_BINS = 512;

export interface Overview {
  /** Of the kept trace, ns. */
  t0: number;
  t1: number;
  /** What was before this moment is kept by the agent, and was not read yet. */
  knownFrom: number;
  /** Buffers of the group; 0 = not known. */
  buffers: number;
  /** By bin, of equal length: fewest and most available buffers (-1 = not known), CQEs, ends by error, 1 = events were lost. */
  freeMin: Int32Array;
  freeMax: Int32Array;
  cqes: Uint32Array;
  errors: Uint32Array;
  lost: Uint8Array;
}

/** `group` = key of the group that is shown, -1 = none. */
export function overviewOf(tracks: Tracks, t0: number, t1: number, group: number, buffers: number): Overview {
  const n = OVERVIEW_BINS;
  const length = Math.max(1, t1 - t0) / n;
  const binAt = (t: number): number => Math.min(n - 1, Math.max(0, Math.floor((t - t0) / length)));
  const freeMin = new Int32Array(n).fill(-1);
  const freeMax = new Int32Array(n).fill(-1);
  const cqes = new Uint32Array(n);
  const errors = new Uint32Array(n);
  const lost = new Uint8Array(n);

  const bins = tracks.groups.track(tracks.groups.numberOf(group))?.bins;
  if (bins !== undefined) {
    let last = -1;
    let at = 0;
    /** Until the next change the last number holds. */
    const hold = (to: number): void => {
      for (; at < to; at++) {
        if (last < 0) continue;
        if ((freeMin[at] as number) < 0) freeMin[at] = last;
        if ((freeMax[at] as number) < 0) freeMax[at] = last;
      }
    };
    for (let i = bins.start; i < bins.end; i++) {
      const bin = binAt(bins.t[i] as number);
      hold(bin);
      const [low, high] = [bins.a[i] as number, bins.b[i] as number];
      if ((freeMin[bin] as number) < 0 || low < (freeMin[bin] as number)) freeMin[bin] = low;
      if (high > (freeMax[bin] as number)) freeMax[bin] = high;
      last = (bins.c[i] as number) & 0xffff;
    }
    hold(n);
  }
  for (const track of tracks.tracks) {
    if (track === undefined) continue;
    const { t, a, start, end } = track.bins;
    for (let i = start; i < end; i++) {
      const bin = binAt(t[i] as number);
      cqes[bin] = (cqes[bin] as number) + (a[i] as number);
    }
  }
  for (let i = tracks.errors.start; i < tracks.errors.end; i++) {
    const bin = binAt(tracks.errors.t[i] as number);
    errors[bin] = (errors[bin] as number) + 1;
  }
  for (const span of tracks.lost) lost.fill(1, binAt(span.t0), binAt(span.t1) + 1);
  return { t0, t1, knownFrom: t0, buffers, freeMin, freeMax, cqes, errors, lost };
}
