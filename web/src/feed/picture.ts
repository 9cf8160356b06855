/**
 * What the worker gives the page for one frame: everything that the LIVE screen shows at one moment, as typed arrays that
 * are transferred, not copied. The worker knows events and the model; the page knows pixels. All times are nanoseconds
 * since the start of the trace.
 */
import type { LatencyName } from '../../../shared/model/latency.ts';
import type { RingTotals } from '../../../shared/model/summary.ts';
import type { History, Rates } from '../../../shared/timeline/live-rates.ts';
import type { LostSpan, StopMark } from '../../../shared/timeline/marks.ts';

/** What the page wants to see. The newest request wins; one picture is under way at a time. */
export interface ViewRequest {
  /** The moment at the right edge of the plots; null = follow the newest event. */
  cursor: number | null;
  /** Event at the cursor where several share its time: those behind it are not shown yet; null = all are. */
  seq: number | null;
  /** Length of the window, nanoseconds. */
  span: number;
  /** Width of the plots in CSS pixels: marks closer than one pixel are merged (ends, arms, gaps and losses never vanish). */
  width: number;
  /** Lanes that are in sight. */
  firstLane: number;
  laneCount: number;
  /** Rows of the CQE list, newest last. */
  cqeRows: number;
  /** Lanes and CQEs of this ring only (RingView.id); null = of all. */
  ring: number | null;
  /** The group that is shown (GroupChoice.key); null = the first of the chosen ring. */
  group: number | null;
  /** What is lit of the kernel's loop is wanted too: of this lane, or of all (null). False: nothing is looked at for it. */
  loop: boolean;
  loopSlot: number | null;
}

/** Marks of the lanes in sight, ordered by lane, then time. Parallel arrays. */
export interface LaneMarks {
  length: number;
  lane: Uint16Array;
  t: Float64Array;
  kind: Uint8Array;
  flag: Uint8Array;
  /** CQE and end: res; arm, submit: generation. */
  res: Int32Array;
  /** CQE's raw flags word; end: TerminateCause index (shared/model). */
  word: Uint32Array;
  /** How many of them stand here. */
  count: Uint32Array;
  /** Those with the same number came together: of one wake where the kernel is traced, else of one reap batch. */
  batch: Uint32Array;
}

/** Spans of the lanes in sight. */
export interface LaneSpans {
  length: number;
  lane: Uint16Array;
  kind: Uint8Array;
  /** 1 = inferred, not observed. */
  inferred: Uint8Array;
  t0: Float64Array;
  /** Infinity = still so at the cursor. */
  t1: Float64Array;
}

export interface LaneInfo {
  /** Connection slot. */
  slot: number;
  /** How the lane is called: "c3"; of another process "fd 7", "file 2" (registered), "ud 1003", with "r2 " before it where there are several rings. */
  name: string;
  /** 0 = of the own workload. */
  ring: number;
  /** -1 = not told. */
  fd: number;
  userData: bigint;
  open: boolean;
  armed: boolean;
  /** When the recv in flight was submitted, or when the last one ended; -1 = unknown. */
  since: number;
  /** Its state is derived across a loss of events. */
  uncertain: boolean;
}

/** A ring of another process, or of the own workload (foreign = false). */
export interface RingView {
  id: number;
  foreign: boolean;
  pid: number;
  fd: number;
  open: boolean;
  /** Its creation was traced, so every request of it is known. */
  created: boolean;
  setupFlags: number;
  sqEntries: number;
  cqEntries: number;
  lanes: number;
  /** Lanes with a recv in flight. */
  armed: number;
  /** Sampled beside the trace, at `sampledAt`: CQEs in the CQ, polls in its PollList, CQEs on its overflow list; -1 = not told. */
  unreaped: number;
  polls: number;
  overflowList: number;
  sampledAt: number;
}

export const BGID_NOT_TOLD = 0xffffffff;
export const isTold = (bgid: number): boolean => bgid !== BGID_NOT_TOLD;

/** A group that can be shown. */
export interface GroupChoice {
  key: number;
  /** 0 = of the own workload. */
  ring: number;
  /** 0xffffffff = not told. */
  bgid: number;
  /** 0 = not told. */
  buffers: number;
}

/** The group over time: one entry a change, or one a pixel with extremes where there are more changes than pixels. */
export interface GroupSeries {
  length: number;
  t: Float64Array;
  freeMin: Int32Array;
  freeMax: Int32Array;
  filled: Int32Array;
  held: Int32Array;
}

export interface PointMarks {
  length: number;
  t: Float64Array;
  lane: Int32Array;
  count: Uint32Array;
}

/** Rows of the CQE list, oldest first; all at or before the cursor. */
export interface CqeRows {
  length: number;
  /** Number of the event in the kept trace: a key that stays the row's own. */
  seq: Float64Array;
  t: Float64Array;
  slot: Int32Array;
  res: Int32Array;
  flags: Uint32Array;
  batch: Uint32Array;
  /** 1 = of a multishot request. */
  multishot: Uint8Array;
}

/** Of a node or edge of the kernel's loop; 0 = it is not lit. */
export const LoopMark = { inferred: 1, observed: 2 } as const;

/** What the last events before the cursor lit of the kernel's loop; nodes and edges by their places in loopNodeIds and loopEdgeIds. */
export interface LoopLights {
  /** Slot of the lane that it is of; null = of all. */
  slot: number | null;
  /** Counted are the events from this moment up to the cursor, ns: the window, or the part of it that LOOP_EVENTS reach back. */
  since: number;
  /** Events that were looked at for the counts, of all lanes. */
  events: number;
  /** Visits, and how many of them were observed. */
  nodes: Uint32Array;
  edges: Uint32Array;
  nodesObserved: Uint32Array;
  edgesObserved: Uint32Array;
  /** The newest event that lit something, and what; null = none did. `path`: its edges, in the order in which they are gone. */
  newest: {
    seq: number;
    t: number;
    /** -1 = of no lane that is known. */
    slot: number;
    kind: number;
    provenance: number;
    res: number;
    flags: number;
    /** LoopMark each. */
    nodes: Uint8Array;
    edges: Uint8Array;
    path: Uint8Array;
  } | null;
  /** Wakes or CQEs are seen in the kernel. */
  isTraced: boolean;
}

/** Events that the filter found. */
export interface HitMarks {
  /** Those of the window, at most one a pixel. */
  t: Float64Array;
  /** Hits up to the cursor, counted over the whole search. */
  rank: number;
  /** The event at the cursor is the hit of that rank. */
  isHit: boolean;
}

/** The picture is of other processes: nobody in them tells when they reap and give buffers back. */
export const isForeign = (picture: Picture): boolean => picture.rings.some((ring) => ring.foreign);

export interface Picture {
  /** Window, and the newest moment that the page knows. */
  t0: number;
  t1: number;
  now: number;
  /** Oldest moment that is still kept. */
  oldest: number;
  /** Events that were left out since the start, because agent or page did not keep up: totals that need events are lower bounds. */
  leftOut: number;
  /** Events that are kept and can be gone back to. */
  kept: number;
  /** 1 = one mark an event, more = events for each pixel (then the picture is aggregated). */
  eventsPerPixel: number;

  rings: RingView[];
  /** Of the chosen ring, or all. */
  groups: GroupChoice[];
  /** Names of lanes by slot, as far as the picture speaks of them. */
  names: Map<number, string>;

  group: {
    key: number;
    /** 0 = of the own workload. */
    ring: number;
    /** 0xffffffff = not told. */
    bgid: number;
    /** It was removed within the window: this is how it was just before. */
    removed: boolean;
    /** Giving back is seen, by the probe or in the group's memory: `free` and who holds what are exact. Else a bid is only known from CQEs. */
    seen: boolean;
    /** The size is told; else `buffers` is what the bids seen so far ask for: no less than that. */
    sizeTold: boolean;
    /** Bids that were used again without being seen to be given back. */
    impliedReplenish: number;
    buffers: number;
    bufferSize: number;
    legacy: boolean;
    incremental: boolean;
    /** bid that the kernel picks next; -1 = none, or not known. */
    nextPick: number;
    free: number;
    filled: number;
    held: number;
    /** Per bid, BidState (shared/schema). */
    state: Uint8Array;
    bytes: Uint32Array;
    /** Slot of the connection whose CQE consumed it, or -1. */
    owner: Int32Array;
    /** When it was last given back; -1 = never since the start of what is kept. */
    givenBackAt: Float64Array;
    /** How many were given back after it: with time, this ends the "given back" look. */
    givenBackAfter: Uint32Array;
    /** bids that were given back once more than they were taken, and still are there too often: the kernel will fill them again. Not told of another process. */
    twice: Uint16Array;
    /** Such give-backs so far, and CQEs that filled a buffer which the application still held. */
    doubleReplenish: number;
    doubleUse: number;
  } | null;
  series: GroupSeries;
  enobufs: PointMarks;
  /**
   * App row: reap batches; count = CQEs in it. Of another process: where it went to wait for CQEs; count = how many it waited
   * for, so that fewer than that were in the CQ.
   */
  reaps: PointMarks;
  lanes: { total: number; first: number; info: LaneInfo[]; marks: LaneMarks; spans: LaneSpans };
  cqes: CqeRows;
  /** The last end by error at or before the cursor, or null; its lane's name is in `names`. */
  lastEnd: { t: number; slot: number; res: number; flags: number; cause: string } | null;
  /** Where the reactor of the own workload was stopped. */
  stops: StopMark[];
  lost: LostSpan[];
  /** null = there is no filter. */
  hits: HitMarks | null;
  /** null = it was not asked for. */
  loop: LoopLights | null;
  /** State is derived across a loss and not yet restated by a snapshot. */
  uncertain: boolean;

  /** Totals since the start up to the newest event. */
  totals: RingTotals;
  /** Distributions since the start: counts by bucket (bucketStart of shared/model/latency.ts). */
  latencies: Record<LatencyName, Uint32Array>;
  /** Over the last second of trace time. */
  rates: Rates;
  /** One value each 250 ms of trace time, oldest first, at most 40; for the counters' sparklines. */
  history: History;
}
