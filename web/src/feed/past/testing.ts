/** For tests: a live session whose agent keeps all of it, and a page that keeps the newest part. */
import { hasSnapshot, packBlock, readHeader } from '../../../../shared/codec/block.ts';
import { eventAt, tableOf, UserDataDictionary } from '../../../../shared/codec/event-table.ts';
import { traceFromText } from '../../../../shared/testing/trace-from-text.ts';
import { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import type { FilterHits, Place } from '../feed.ts';
import type { Inspection, InspectQuery } from '../inspection.ts';
import type { Overview } from '../overview.ts';
import type { Picture } from '../picture.ts';
import { blocksOf, START } from '../replay/testing.ts';
import { partOf } from '../replay/trace-reader.ts';
import { longTrace, requestAt } from '../testing.ts';
import { createWorkerCore } from '../worker-core.ts';
import type { PastLimits } from './past.ts';

/** Some 180,000 events. */
export const blocks = blocksOf(longTrace(20_000), 2000);
export const storeOf = (of: readonly Uint8Array[]): TraceStore => {
  const store = new TraceStore(START);
  for (const block of of) store.accept(block);
  return store;
};
export const whole = storeOf(blocks);
export const { newestTime } = whole.events;

/** As many, with a snapshot before each 2000th round, and no end after the first 10 ms. */
export function restated(): Uint8Array[] {
  const lines = longTrace(20_000, 2000).split('\n');
  const text = lines.filter((line) => Number.parseInt(line, 10) <= 10_000 || !/ENOBUFS|arm c0$/.test(line) || line.includes('snapshot'));
  const table = traceFromText(text.join('\n'), new UserDataDictionary());
  const made: Uint8Array[] = [];
  for (let i = 0; i < table.length; i += 2000) {
    const records = Array.from({ length: Math.min(2000, table.length - i) }, (_, k) => eventAt(table, i + k));
    made.push(packBlock(tableOf(records), { seq: BigInt(i), startNs: START }));
  }
  return made;
}

/** What a picture shows, without what is told of the whole trace. */
export function shown(p: Picture | null | undefined): unknown {
  if (p === null || p === undefined) return p;
  const { totals, latencies, rates, history, oldest, kept, leftOut, now, lastEnd, ...rest } = p;
  // Numbers of events are the own ones of whoever keeps them.
  return { ...rest, cqes: { ...rest.cqes, seq: rest.cqes.seq.length, batch: 0 } };
}

/** The agent, which keeps the blocks from `first` on, in parts of 5. */
export function agent(first = 0, of: readonly Uint8Array[] = blocks) {
  const asked: string[] = [];
  let down = false;
  const fetchPast = async (path: string): Promise<ArrayBuffer | null> => {
    asked.push(path);
    if (down) throw new Error('The agent does not answer.');
    const kept = of.slice(first);
    if (path === '/past') {
      const parts = [];
      for (let i = 0; i < kept.length; i += 5) {
        const own = kept.slice(i, i + 5);
        const { seq, count, tFirst, tLast } = partOf(own, START);
        const isStart = own.some((block) => hasSnapshot(readHeader(block)));
        parts.push([Number(seq), count, tFirst, tLast, isStart ? 1 : 0]);
      }
      return new TextEncoder().encode(JSON.stringify({ parts })).buffer as ArrayBuffer;
    }
    const [, from, to] = /from=(\d+)&to=(\d+)$/.exec(path) as RegExpExecArray;
    const own = kept.filter((block) => {
      const { seq } = readHeader(block);
      return seq >= BigInt(from as string) && seq < BigInt(to as string);
    });
    if (own.length === 0) return null;
    return await new Blob(own as Uint8Array<ArrayBuffer>[]).arrayBuffer();
  };
  return {
    all: of,
    asked,
    fetchPast,
    goes: () => {
      down = true;
    },
  };
}

/** A turn of the event loop, without the pause of a timer. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/** A page that has all blocks and keeps the newest 32,768 to 65,536 events of them. */
export async function page(
  { fetchPast, all }: ReturnType<typeof agent>,
  { pastLimits, filter = null }: { pastLimits?: PastLimits; filter?: string | null } = {},
) {
  const pictures: (Picture | null)[] = [];
  const places: (Place | null)[] = [];
  const troubles: string[] = [];
  const overviews: Overview[] = [];
  const inspections: (Inspection | null)[] = [];
  const hits: FilterHits[] = [];
  const reading: boolean[] = [];
  const deferred: (() => void)[] = [];
  let now = 0;
  const core = createWorkerCore({
    post: (m) => {
      if (m.type === 'picture') pictures.push(m.picture);
      if (m.type === 'next') places.push(m.place);
      if (m.type === 'trouble') troubles.push(m.message);
      if (m.type === 'overview') overviews.push(m.overview);
      if (m.type === 'inspected') inspections.push(m.inspection);
      if (m.type === 'hits') hits.push(m.hits);
      if (m.type === 'reading') reading.push(m.reading);
    },
    clock: () => (now += 300),
    defer: (task) => deferred.push(task),
    maxEvents: 32_768,
    fetchPast,
    ...(pastLimits === undefined ? {} : { pastLimits }),
  });
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 20; quiet++) {
      // Reading blobs takes a turn of the event loop.
      await turn();
      while (deferred.length > 0) {
        deferred.shift()?.();
        quiet = 0;
      }
    }
  };
  core.handle({ type: 'session', id: 'one', startNs: String(START) });
  if (filter !== null) {
    core.handle({ type: 'past', oldest: 0 });
    core.handle({ type: 'find', text: filter });
  }
  for (const block of all) {
    core.handle({ type: 'blocks', bytes: block.slice().buffer as ArrayBuffer });
    await settled();
  }
  const look = async (us: number, part = {}): Promise<Picture | null> => {
    core.handle({ type: 'view', request: requestAt(us, { span: 2e6, ...part }) });
    await settled();
    return pictures.at(-1) ?? null;
  };
  const inspect = async (query: InspectQuery): Promise<Inspection | null> => {
    core.handle({ type: 'inspect', id: 1, query });
    await settled();
    return inspections.at(-1) ?? null;
  };
  /** Where the next hit is, or the one before. */
  const step = async ({ t, seq }: { t: number; seq: number | null }, direction: 1 | -1): Promise<Place | null> => {
    core.handle({ type: 'next', id: 1, query: { t, seq, what: 'hit', direction } });
    await settled();
    return places.at(-1) ?? null;
  };
  return { core, settled, look, inspect, step, pictures, places, troubles, overviews, inspections, hits, reading };
}
