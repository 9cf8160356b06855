/**
 * A live search in two halves: what the page keeps and what comes, at once; then what the agent keeps of before, part by part
 * from its first event on. Keys are sequence numbers in the stream, so that both halves are one row.
 *
 *     the agent's     h   h  h      │ border = first event that the page had when the search began
 *     the page's                    │ h h   h  h …
 */
import type { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import type { FilterHits, Place } from '../feed.ts';
import { Finder, type Hits, type SearchableEvents } from '../finder.ts';
import { type FetchPast, PastReader } from './past-reader.ts';
import { PastScan } from './past-scan.ts';

export interface PastHalf {
  finder: Finder;
  scan: PastScan;
  /** Key of the first event of the other half. */
  border: number;
}

export class SearchWithPast implements Hits {
  #past: PastHalf | null = null;

  constructor(
    private readonly live: Finder,
    /** What is before the event `border`; null = nothing that the agent keeps. Asked for once the page's half has begun, until there is something. */
    private readonly openPast: (border: number) => PastHalf | null,
  ) {}

  get past(): PastHalf | null {
    if (this.#past === null && this.live.fromKey > 0) this.#past = this.openPast(this.live.fromKey);
    return this.#past;
  }

  get done(): boolean {
    return this.live.done && (this.past?.finder.done ?? true);
  }

  get starving(): boolean {
    return this.live.done && this.past?.finder.starving === true;
  }

  get count(): number {
    return this.live.count + (this.#past?.finder.count ?? 0);
  }

  /** The page's half first: it is what somebody looks at, and grows. */
  scan(isOver: () => boolean): void {
    if (this.live.done) this.past?.finder.scan(isOver);
    else this.live.scan(isOver);
  }

  next(key: number, direction: 1 | -1): Place | null | undefined {
    const { past } = this;
    if (past === null) return this.live.next(key, direction);
    const [first, second] = direction === 1 ? [past.finder, this.live] : [this.live, past.finder];
    // Behind the border the earlier half has nothing.
    const found = direction === 1 && key >= past.border - 1 ? null : first.next(key, direction);
    return found === null ? second.next(key, direction) : found;
  }

  timesIn(from: number, to: number, pixelNs: number): Float64Array<ArrayBuffer> {
    const border = this.#past?.border ?? Number.NEGATIVE_INFINITY;
    const live = to <= border ? [] : this.live.timesIn(Math.max(from, border), to, pixelNs);
    const past = from >= border ? [] : (this.#past?.finder.timesIn(from, Math.min(to, border), pixelNs) ?? []);
    return Float64Array.from([...past, ...live]);
  }

  rank(key: number): { rank: number; isHit: boolean } {
    const past = this.#past;
    if (past === null) return this.live.rank(key);
    if (key < past.border) return past.finder.rank(key);
    const { rank, isHit } = this.live.rank(key);
    return { rank: rank + past.finder.count, isHit };
  }

  hits(): FilterHits {
    const live = this.live.hits();
    const half = this.#past;
    if (half === null) return live;
    const past = half.finder.hits();
    const [a, b] = [this.live.looked, half.finder.looked];
    return {
      text: live.text,
      count: this.count,
      reachable: live.reachable + past.reachable,
      missed: live.missed + past.missed + half.scan.missed,
      done: this.done,
      progress: this.done ? 1 : (a.done + b.done) / Math.max(1, a.all + b.all),
      bins: joined(past.bins, live.bins),
    };
  }
}

/** The store's events, by their numbers in the stream; what is no longer among them may be with the agent. */
function searchable(trace: TraceStore, oldest: () => number | null): SearchableEvents {
  const { events, dictionary } = trace;
  return {
    dictionary,
    get first() {
      return events.first;
    },
    get end() {
      return events.end;
    },
    get oldestReachable() {
      return oldest() ?? undefined;
    },
    keyOf: (number) => trace.seqOf(number),
    forEachChunk: (from, to, visit) => events.forEachChunk(from, to, visit),
    keyframeBefore: (number) => events.keyframeBefore(number),
  };
}

/** `oldest`: of what the agent keeps, ns; null = it keeps nothing, or has not told. Throws FilterError for a text that is no filter. */
export function searchLive(text: string, store: TraceStore, fetchPast: FetchPast | undefined, oldest: () => number | null): SearchWithPast {
  const openPast = (border: number): PastHalf | null => {
    if (fetchPast === undefined || oldest() === null) return null;
    const scan = new PastScan({
      reader: new PastReader(fetchPast),
      startNs: store.startNs,
      until: border,
      oldest: () => oldest() ?? Number.NEGATIVE_INFINITY,
    });
    return { finder: new Finder(scan, text), scan, border };
  };
  return new SearchWithPast(new Finder(searchable(store, oldest), text), openPast);
}

/** Bins of both in the length of the longer ones. */
function joined(a: FilterHits['bins'], b: FilterHits['bins']): FilterHits['bins'] {
  if (a.t.length === 0) return b;
  if (b.t.length === 0) return a;
  const width = Math.max(a.width, b.width);
  const t0 = Math.min(a.t[0] as number, b.t[0] as number);
  const counts = new Map<number, number>();
  for (const { t, n } of [a, b]) {
    for (let i = 0; i < t.length; i++) {
      const bin = Math.floor(((t[i] as number) - t0) / width);
      counts.set(bin, (counts.get(bin) ?? 0) + (n[i] as number));
    }
  }
  const bins = [...counts.keys()].sort((x, y) => x - y);
  return {
    t: Float64Array.from(bins, (bin) => t0 + bin * width),
    n: Uint32Array.from(bins, (bin) => counts.get(bin) as number),
    width,
  };
}
