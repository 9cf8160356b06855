/** What a picture reads of an index: of the events that are kept (TraceIndex), or of a whole recorded trace (WholeIndex). */
import type { BinWidth } from './bin.ts';
import type { GroupTracks } from './group-tracks.ts';
import type { LaneTrack } from './lane-track.ts';
import type { LostSpan, StopMark } from './marks.ts';
import type { TimeLog } from './time-log.ts';

export interface Tracks {
  /** By slot; a slot that was never used is a hole. */
  readonly tracks: readonly (LaneTrack | undefined)[];
  readonly groups: GroupTracks;
  /** Ends by error: a = slot, b = res, c = CQE flags, d = TerminateCause index. */
  readonly errors: TimeLog;
  readonly lost: readonly LostSpan[];
  readonly stops: readonly StopMark[];
  readonly width: BinWidth;
  /** Reap batches, or waits of another process, of this ring; 0 = of all. */
  reapBins(ring: number): TimeLog | undefined;
}
