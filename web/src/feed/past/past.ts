/**
 * What a live page shows of before its own events: pictures and steps from the parts that the agent keeps. Opened when somebody
 * goes there first; then it follows the session as it is asked for later moments.
 *
 * Its events have numbers of their own. Outside they are negative, so that none is taken for one of the live store, and in
 * the order of time: what is before has the smaller number.
 */
import type { WalkLimits } from '../../../../shared/inspect/walk.ts';
import type { NextQuery, Place } from '../feed.ts';
import type { Hits } from '../finder.ts';
import type { Inspection, InspectQuery } from '../inspection.ts';
import { type Overview, overviewOf } from '../overview.ts';
import type { Picture, ViewRequest } from '../picture.ts';
import type { WholeTrace } from '../picture-source.ts';
import { openReplay } from '../replay/replay.ts';
import { ReplayPictures } from '../replay/replay-pictures.ts';
import { type FetchPast, PastReader } from './past-reader.ts';

export interface PastLimits {
  /** Events before a window that are gone through for it. With more, the past begins with a snapshot shortly before it. */
  mostBefore: number;
}
/** A quarter of a second of work, where nothing else is done. */
const defaultLimits: PastLimits = { mostBefore: 500_000 };

export interface PastPlace {
  /** Of the session: moment 0. */
  startNs: bigint;
  /** Of the live trace. */
  whole: WholeTrace;
  /** Windows begin there or later, ns. */
  t: number;
  /** Somebody goes back: the next one will begin before, so that more is read at once. */
  isBack: boolean;
}

const BELOW_ALL = 2 ** 52;
const outside = (number: number): number => number - BELOW_ALL;
/** null for what is no event of the past. */
const inside = (seq: number | null): number | null => (seq !== null && seq < 0 ? seq + BELOW_ALL : null);
export const isOfPast = (seq: number | null): boolean => seq !== null && seq < 0;

export class Past {
  /** Whose hits are marked; null = there is no filter. Its keys are sequence numbers in the stream. */
  finder: Hits | null = null;

  private constructor(
    private readonly reader: PastReader,
    private readonly pictures: ReplayPictures,
    /** From this moment on the state is known, ns; what is before was left out. −∞ = nothing was. */
    readonly from: number,
  ) {}

  /** Rejects where the agent does not answer. */
  static async open(
    fetchPast: FetchPast,
    { startNs, whole, t, isBack }: PastPlace,
    onTrouble: (message: string) => void,
    { mostBefore } = defaultLimits,
  ): Promise<Past> {
    const reader = new PastReader(fetchPast);
    await reader.refresh();
    const before = reader.parts.reduce((n, { tLast, count }) => n + (tLast < t ? count : 0), 0);
    const from = reader.beginFor(t, isBack || before <= mostBefore ? mostBefore : 0);
    const replay = await openReplay(reader, startNs, onTrouble, whole);
    return new Past(reader, new ReplayPictures(replay), from);
  }

  /** Parts up to this moment are known, or there are none. */
  async #reach(t: number): Promise<void> {
    const { replay } = this.pictures;
    if (t <= replay.end) return;
    if ((await this.reader.refresh()) > 0) replay.grown();
  }

  /** The picture of a window that ends in the past; null where nothing of it can be read. */
  async picture(asked: ViewRequest & { cursor: number }, now: number): Promise<Picture | null> {
    const request = { ...asked, seq: inside(asked.seq) };
    await this.#reach(request.cursor);
    const { replay } = this.pictures;
    await replay.complete(request);
    const { builder } = this.pictures;
    if (builder !== null) builder.finder = this.finder;
    const picture = builder?.build(request, now) ?? null;
    // A row of the list can be selected by its number.
    if (picture !== null) picture.cqes.seq = picture.cqes.seq.map(outside);
    return picture;
  }

  async next(query: NextQuery, request: ViewRequest): Promise<Place | null> {
    await this.#reach(query.t);
    const place = await this.pictures.next({ ...query, seq: inside(query.seq) }, request);
    return place === null ? null : { ...place, seq: outside(place.seq) };
  }

  /** Sequence number in the stream of the last event that is shown at a cursor; -1 = that is not known. */
  shownUpTo(t: number, seq: number | null): number {
    const { builder, replay } = this.pictures;
    const number = inside(seq) ?? builder?.shownUpTo(t, null);
    return number === undefined ? -1 : (replay.source?.keyOf(number) ?? -1);
  }

  /** Where the event with this sequence number is; null = it is no longer there. */
  async placeOf({ t, seq }: Place): Promise<Place | null> {
    await this.#reach(t);
    let before = 0;
    for (const part of this.reader.parts) {
      const first = Number(part.seq);
      if (seq < first) return null;
      if (seq < first + part.count) return { t, seq: outside(before + seq - first) };
      before += part.count;
    }
    return null;
  }

  async inspect(query: InspectQuery, request: ViewRequest, limits: WalkLimits): Promise<Inspection | null> {
    const asked = 'seq' in query ? { seq: inside(query.seq) ?? -1 } : query;
    if ('t' in asked) await this.#reach(asked.t);
    const found = await this.pictures.inspect(asked, request, limits);
    if (found === null) return null;
    const { causes } = found;
    return {
      ...found,
      seq: outside(found.seq),
      causes: { ...causes, links: causes.links.map((link) => ({ ...link, seq: outside(link.seq) })) },
    };
  }

  /** Of the times before `until`, as far as they were read; the rest is the live store's. */
  overview(live: Overview, until: number, group: number): void {
    const { replay } = this.pictures;
    const tracks = replay.source?.wholeTracks;
    if (tracks === null || tracks === undefined) return;
    const own = overviewOf(tracks, live.t0, live.t1, group, live.buffers);
    const bins = live.cqes.length;
    const end = Math.ceil(((until - live.t0) / Math.max(1, live.t1 - live.t0)) * bins);
    for (const name of ['freeMin', 'freeMax', 'cqes', 'errors', 'lost'] as const) live[name].set(own[name].subarray(0, Math.max(0, end)));
    if (replay.progress === 1) live.knownFrom = Math.max(live.t0, this.from);
  }

  /** Goes on with its index, a part at a time; resolves with false when there is nothing left to do. */
  index(): Promise<boolean> {
    return this.pictures.replay.index();
  }
}
