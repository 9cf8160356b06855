/** For tests: a recorded trace in memory, as the replay reads it, and a worker's core whose deferred work runs when told. */
import { packBlock } from '../../../../shared/codec/block.ts';
import { UserDataDictionary } from '../../../../shared/codec/event-table.ts';
import { testHeader } from '../../../../shared/testing/trace-file.ts';
import { traceFromText } from '../../../../shared/testing/trace-from-text.ts';
import { TraceIndexer } from '../../../../shared/timeline/indexer.ts';
import type { FilterHits, Place } from '../feed.ts';
import type { Overview } from '../overview.ts';
import type { Picture } from '../picture.ts';
import type { FromWorker } from '../worker-messages.ts';
import { createReplayCore, type OpenTrace } from './replay-core.ts';
import { partOf, type TraceReader } from './trace-reader.ts';

export const START = BigInt(testHeader.session.startNs);

/** The trace as blocks of `size` lines each. */
export function blocksOf(text: string, size = 5000): Uint8Array[] {
  const lines = text.split('\n');
  const blocks: Uint8Array[] = [];
  let seq = 0n;
  for (let i = 0; i < lines.length; i += size) {
    const table = traceFromText(lines.slice(i, i + size).join('\n'), new UserDataDictionary());
    blocks.push(packBlock(table, { seq, startNs: START }));
    seq += BigInt(table.length);
  }
  return blocks;
}

export interface Recorded extends TraceReader {
  /** Parts that were read, in order. */
  readonly read: number[];
}

/** `blocks` in parts of `perPart`; with `index` as a file has it that was closed. Parts in `damaged` can't be read. */
export function recorded(blocks: readonly Uint8Array[], { perPart = 4, index = true, damaged = [] as number[] } = {}): Recorded {
  const parts = Array.from({ length: Math.ceil(blocks.length / perPart) }, (_, i) => {
    const own = blocks.slice(i * perPart, (i + 1) * perPart);
    return { own, ...partOf(own, START) };
  });
  const indexer = new TraceIndexer(START);
  const seeds = index ? indexer.blocks(blocks) : [];
  const view = index ? indexer.finish() : null;
  const read: number[] = [];
  return {
    parts,
    keys: seeds,
    read,
    async blocks(part) {
      read.push(part);
      if (damaged.includes(part)) throw new Error(`Part ${part} is damaged.`);
      return (parts[part] as (typeof parts)[0]).own;
    },
    async keyframe(key) {
      return (seeds[key] as (typeof seeds)[0]).bytes;
    },
    async view() {
      return view;
    },
  };
}

export const openedOf = (reader: TraceReader): OpenTrace => ({
  reader,
  told: {
    session: testHeader.session,
    version: testHeader.ringlens,
    params: testHeader.params,
    stats: null,
    notes: [],
    events: reader.parts.reduce((n, { count }) => n + count, 0),
    end: reader.parts.at(-1)?.tLast ?? 0,
    complete: true,
    trouble: [],
  },
});

/** What the core said, and the core; `settled` = all that it had to do is done. */
export function handReplay(open: () => Promise<OpenTrace>) {
  const pictures: (Picture | null)[] = [];
  const overviews: Overview[] = [];
  const troubles: string[] = [];
  const hits: FilterHits[] = [];
  const places: (Place | null)[] = [];
  const failed: string[] = [];
  const progress: number[] = [];
  const keep: { [T in FromWorker['type']]: (message: Extract<FromWorker, { type: T }>) => void } = {
    picture: (m) => pictures.push(m.picture),
    overview: (m) => overviews.push(m.overview),
    trouble: (m) => troubles.push(m.message),
    hits: (m) => hits.push(m.hits),
    next: (m) => places.push(m.place),
    failed: (m) => failed.push(m.code),
    progress: (m) => progress.push(m.progress),
    inspected: () => undefined,
    opened: () => undefined,
    reading: () => undefined,
  };
  const deferred: (() => void)[] = [];
  let now = 0;
  const core = createReplayCore({
    open,
    post: (message) => (keep[message.type] as (message: FromWorker) => void)(message),
    clock: () => now++,
    defer: (task) => deferred.push(task),
  });
  /** Nothing here waits for anything but promises: a turn of the event loop takes in all of those that are kept. */
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise((resolve) => setTimeout(resolve));
      while (deferred.length > 0) {
        deferred.shift()?.();
        quiet = 0;
      }
    }
  };
  return { core, settled, pictures, overviews, troubles, hits, places, failed, progress };
}
