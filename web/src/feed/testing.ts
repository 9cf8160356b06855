/** For tests: a store filled from a trace drawn as text (shared/testing), and what to ask it for. */
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import { MarkKind, SpanKind } from '../../../shared/timeline/marks.ts';
import { TraceStore } from '../../../shared/timeline/trace-store.ts';
import type { LaneMarks, LaneSpans, Picture, ViewRequest } from './picture.ts';
import { PictureBuilder } from './picture-builder.ts';
import { liveSource } from './picture-source.ts';

export function storeOf(text: string, maxEvents?: number): TraceStore {
  const store = new TraceStore(0n, { maxEvents });
  store.add(traceFromText(text, store.dictionary));
  return store;
}

/** A window of 1 ms that ends at `us` microseconds, 1000 px wide: a pixel is a microsecond. */
export const requestAt = (us: number, part: Partial<ViewRequest> = {}): ViewRequest => ({
  cursor: us * 1e3,
  seq: null,
  span: 1e6,
  width: 1000,
  firstLane: 0,
  laneCount: 16,
  cqeRows: 40,
  ring: null,
  group: null,
  loop: false,
  loopSlot: null,
  ...part,
});

export const pictureAt = (store: TraceStore, us: number, part: Partial<ViewRequest> = {}): Picture =>
  new PictureBuilder(liveSource(store)).build(requestAt(us, part), store.events.newestTime);

const nameOf = (kinds: Record<string, number>, kind: number): string => Object.keys(kinds).find((n) => kinds[n] === kind) ?? '?';

/** "c0 cqe 64 @100" and the like, times in µs. */
export function markLines(marks: LaneMarks): string[] {
  return Array.from({ length: marks.length }, (_, i) => {
    const count = marks.count[i] as number;
    return `c${marks.lane[i]} ${nameOf(MarkKind, marks.kind[i] as number)} ${marks.res[i]} @${(marks.t[i] as number) / 1e3}${count > 1 ? ` x${count}` : ''}`;
  });
}

export function spanLines(spans: LaneSpans): string[] {
  const us = (t: number): string => (Number.isFinite(t) ? String(t / 1e3) : t > 0 ? '…' : '-…');
  return Array.from(
    { length: spans.length },
    (_, i) => `c${spans.lane[i]} ${nameOf(SpanKind, spans.kind[i] as number)} ${us(spans.t0[i] as number)}–${us(spans.t1[i] as number)}`,
  );
}

/** The group and two connections that most traces here begin with. */
export const start = `ring
group buffers=4 size=64
connect c0
connect c1
10 arm c0
20 arm c1`;

/**
 * A long trace: `rounds` times four CQEs and their buffers back, 100 µs each. Every tenth round runs dry; a snapshot before each
 * `snapshotEvery`-th.
 */
export function longTrace(rounds: number, snapshotEvery = Number.POSITIVE_INFINITY): string {
  const lines = [start];
  for (let r = 0; r < rounds; r++) {
    const at = 100 + r * 100;
    if (r % snapshotEvery === 0 && r > 0) lines.push(`${at - 20} snapshot bids=0,1,2,3 armed=c0,c1`);
    for (let bid = 0; bid < 4; bid++) lines.push(`${at} reap c${bid % 2} ${16 * (bid + 1)} bid=${bid} MORE`);
    if (r % 10 === 9) lines.push(`${at} reap c0 ENOBUFS`);
    for (let bid = 0; bid < 4; bid++) lines.push(`${at + 50} back ${bid} c${bid % 2}`);
    if (r % 10 === 9) lines.push(`${at + 60} arm c0`);
  }
  return lines.join('\n');
}
