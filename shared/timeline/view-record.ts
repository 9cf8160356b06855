/**
 * The index of a whole trace as it is stored in its file, so that a long trace is seen before its events are read: tracks of
 * lanes and groups in bins, marks, ends by error, losses, totals. Columns of bytes in CBOR (docs/trace-format.md).
 */
import { decode, encode } from 'cborg';
import { bytesOf, float64s, uint32s } from '../codec/typed-bytes.ts';
import { type LatencyName, latencyNames } from '../model/latency.ts';
import { isOfOthers } from '../model/rings.ts';
import type { RingTotals } from '../model/summary.ts';
import type { BinWidth } from './bin.ts';
import { type GroupSeed, GroupTracks } from './group-tracks.ts';
import { LaneTrack } from './lane-track.ts';
import { LiveRates } from './live-rates.ts';
import { type LogRecord, logOf, logRecord } from './log-record.ts';
import type { LostSpan, StopMark } from './marks.ts';
import type { TimeLog } from './time-log.ts';
import type { TraceStore } from './trace-store.ts';
import type { Tracks } from './tracks.ts';

/** Raised when what is stored changes its meaning: an index of another version is made anew from the events. */
export const VIEW_VERSION = 2;

interface ViewRecord {
  version: number;
  /** Events, and the time of the newest, ns. */
  end: number;
  lastT: number;
  leftOut: number;
  bin: number;
  armsObserved: boolean;
  foreign: boolean;
  lanes: { slot: number; ring: number; kind: number; pauseSince: number; edges: LogRecord; marks: LogRecord; bins: LogRecord }[];
  groups: { seed: { rows: Uint8Array; mapped: Uint8Array; current: number }; bins: LogRecord[] };
  reaps: { ring: number; log: LogRecord }[];
  errors: LogRecord;
  lost: LostSpan[];
  /** An older ringlens has stored none. */
  stops?: StopMark[];
  totals: RingTotals;
  latencies: Record<string, Uint8Array>;
  rates: { from: number; columns: Uint8Array[] };
}

/** The store's index and totals, as bytes. */
export function writeView({ index, summary, rates, events, lastT, leftOut }: TraceStore): Uint8Array {
  const groups = index.groups.toSeed();
  const { from, columns } = rates.toRecord();
  const record: ViewRecord = {
    version: VIEW_VERSION,
    end: events.end,
    lastT,
    leftOut,
    bin: index.width.ns,
    armsObserved: summary.pollArmsObserved > 0,
    foreign: isOfOthers(summary.model.rings),
    lanes: index.tracks
      .filter((track) => track !== undefined)
      .map(({ slot, ring, kind, pauseSince, edges, marks, bins }) => ({
        slot,
        ring,
        kind: kind ?? -1,
        pauseSince,
        edges: logRecord(edges),
        marks: logRecord(marks),
        bins: logRecord(bins),
      })),
    groups: {
      seed: { rows: bytesOf(groups.rows), mapped: bytesOf(groups.mapped), current: groups.current },
      bins: index.groups.entries().map(([, { bins }]) => logRecord(bins)),
    },
    reaps: index.reapRings().map((ring) => ({ ring, log: logRecord(index.reapBins(ring) as TimeLog) })),
    errors: logRecord(index.errors),
    lost: index.lost,
    stops: index.stops,
    totals: summary.totals(),
    latencies: Object.fromEntries(latencyNames.map((name) => [name, bytesOf(summary.latencies[name].buckets)])),
    rates: { from, columns: columns.map(bytesOf) },
  };
  return encode(record);
}

/** The index of a whole trace, as it was stored. */
export class WholeIndex implements Tracks {
  readonly tracks: (LaneTrack | undefined)[] = [];
  readonly width: BinWidth;
  readonly groups: GroupTracks;
  readonly errors: TimeLog;
  readonly lost: readonly LostSpan[];
  readonly stops: readonly StopMark[];
  readonly end: number;
  readonly lastT: number;
  readonly leftOut: number;
  readonly armsObserved: boolean;
  /** The trace is of other processes. */
  readonly foreign: boolean;
  readonly totals: RingTotals;
  readonly latencies: Record<LatencyName, Uint32Array>;
  readonly rates: LiveRates;
  readonly #reaps = new Map<number, TimeLog>();

  private constructor(r: ViewRecord) {
    this.width = { ns: r.bin };
    this.groups = new GroupTracks(this.width);
    this.end = r.end;
    this.lastT = r.lastT;
    this.leftOut = r.leftOut;
    this.armsObserved = r.armsObserved;
    this.foreign = r.foreign;
    this.totals = r.totals;
    this.lost = r.lost;
    this.stops = r.stops ?? [];
    this.errors = logOf(r.errors);
    for (const lane of r.lanes) {
      const track = LaneTrack.ofLists(lane.slot, lane.ring, this.width, {
        kind: lane.kind,
        pauseSince: lane.pauseSince,
        edges: logOf(lane.edges),
        marks: logOf(lane.marks),
        bins: logOf(lane.bins),
      });
      this.tracks[track.slot] = track;
    }
    const seed: GroupSeed = {
      rows: float64s(r.groups.seed.rows),
      mapped: float64s(r.groups.seed.mapped),
      current: r.groups.seed.current,
    };
    this.groups.begin(seed, r.lastT);
    r.groups.bins.forEach((bins, number) => {
      const track = this.groups.track(number);
      if (track !== undefined) track.bins = logOf(bins);
    });
    for (const { ring, log } of r.reaps) this.#reaps.set(ring, logOf(log));
    this.latencies = Object.fromEntries(latencyNames.map((name) => [name, uint32s(r.latencies[name])])) as Record<LatencyName, Uint32Array>;
    this.rates = LiveRates.of({ from: r.rates.from, columns: r.rates.columns.map(float64s) });
  }

  /** null for bytes of another version; throws an Error for what is no index. */
  static read(bytes: Uint8Array): WholeIndex | null {
    const record = decode(bytes) as ViewRecord;
    return record?.version === VIEW_VERSION ? new WholeIndex(record) : null;
  }

  reapBins(ring: number): TimeLog | undefined {
    return this.#reaps.get(ring);
  }
}
