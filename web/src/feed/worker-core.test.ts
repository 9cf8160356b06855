import { describe, expect, it } from 'vitest';
import { packBlock } from '../../../shared/codec/block.ts';
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import type { FilterHits, Place } from './feed.ts';
import type { Picture } from './picture.ts';
import { longTrace, requestAt } from './testing.ts';
import { createWorkerCore, MAX_WAITING } from './worker-core.ts';

/** A worker whose deferred work runs when told. */
function handWorker(clock: () => number = () => 0) {
  const tasks: (() => void)[] = [];
  const pictures: (Picture | null)[] = [];
  const troubles: string[] = [];
  const hits: FilterHits[] = [];
  const places: (Place | null)[] = [];
  const core = createWorkerCore({
    post: (m) => {
      if (m.type === 'picture') pictures.push(m.picture);
      if (m.type === 'hits') hits.push(m.hits);
      if (m.type === 'next') places.push(m.place);
      if (m.type === 'trouble') troubles.push(m.message);
    },
    clock,
    defer: (task) => tasks.push(task),
  });
  core.handle({ type: 'session', id: 'one', startNs: '0' });
  const look = (us: number): Picture | null => {
    core.handle({ type: 'view', request: requestAt(us, { span: 1e12 }) });
    return pictures.at(-1) ?? null;
  };
  return { core, tasks, troubles, hits, places, look };
}

/** `rounds` rounds of 800 events each, as blocks of one round, from `seq` on. */
const table = traceFromText(longTrace(100));
const blockAt = (seq: number): ArrayBuffer => {
  const bytes = packBlock(table, { seq: BigInt(seq * table.length), startNs: BigInt(-seq) * 10_100_000n });
  return bytes.slice().buffer as ArrayBuffer;
};

/** The same, each after the one before in time too. */
const laterBlock = (seq: number): ArrayBuffer => {
  const bytes = packBlock(table, { seq: BigInt(seq * table.length), startNs: BigInt(seq) * 10_100_000n });
  return bytes.slice().buffer as ArrayBuffer;
};

describe('worker', () => {
  it('answers a view before anything is there', () => {
    const { look } = handWorker();
    expect(look(100)).toBeNull();
  });

  it('has a picture for the first view of a trace that is over: no later block will bring one', () => {
    const { core, look } = handWorker();
    core.handle({ type: 'blocks', bytes: blockAt(0) });
    core.handle({ type: 'gone' });
    expect(look(1e6)?.kept).toBeGreaterThan(0);
  });

  it('takes in blocks by slices, and pictures in between', () => {
    let ms = 0;
    // Each look at the clock costs 5 ms: two blocks fill a slice.
    const { core, tasks, look } = handWorker(() => {
      ms += 5;
      return ms;
    });
    for (let i = 0; i < 6; i++) core.handle({ type: 'blocks', bytes: blockAt(i) });
    expect(tasks.length).toBe(1);
    tasks.shift()?.();
    const early = look(1e6)?.kept ?? 0;
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(6 * table.length);
    while (tasks.length > 0) tasks.shift()?.();
    expect(look(1e6)?.kept).toBe(6 * table.length);
  });

  it('leaves out the oldest events when it can not keep up, and still counts them', () => {
    const { core, tasks, look } = handWorker();
    const blocks = Math.ceil((MAX_WAITING * 1.2) / table.length);
    for (let i = 0; i < blocks; i++) core.handle({ type: 'blocks', bytes: blockAt(i) });
    while (tasks.length > 0) tasks.shift()?.();
    const picture = look(1e9);
    expect(picture?.lost).toHaveLength(1);
    expect(picture?.lost[0]?.count).toBe(0);
    expect(picture?.uncertain).toBe(true);
    expect(picture?.totals.events).toBe(blocks * table.length);
    expect(picture?.totals.total.cqes).toBe(blocks * 410);
  });

  it('searches in slices, answers a question when it can, and goes on with new blocks', () => {
    let ms = 0;
    const { core, tasks, hits, places, look } = handWorker(() => {
      ms += 3;
      return ms;
    });
    const rest = (): void => {
      while (tasks.length > 0) tasks.shift()?.();
    };
    for (let i = 0; i < 20; i++) core.handle({ type: 'blocks', bytes: laterBlock(i) });
    rest();
    core.handle({ type: 'find', text: 'res<0' });
    core.handle({ type: 'next', id: 1, query: { t: 1e12, seq: null, what: 'hit', direction: -1 } });
    tasks.shift()?.();
    expect(hits.at(-1)?.done).toBe(false);
    expect(places).toEqual([]);
    rest();
    expect(hits.at(-1)).toMatchObject({ text: 'res<0', done: true, count: 200 });
    expect(places).toHaveLength(1);
    expect(places[0]?.t).toBeGreaterThan(19 * 10_100_000);
    expect(look(1e9)?.hits?.rank).toBe(200);
    core.handle({ type: 'blocks', bytes: laterBlock(20) });
    rest();
    ms += 1000;
    look(1e9);
    expect(hits.at(-1)?.count).toBe(210);
    core.handle({ type: 'find', text: null });
    expect(look(1e9)?.hits).toBeNull();
    core.handle({ type: 'next', id: 2, query: { t: 0, seq: null, what: 'hit', direction: 1 } });
    expect(places.at(-1)).toBeNull();
    rest();
  });

  it('searches a new session with the filter there is', () => {
    const { core, tasks, hits } = handWorker();
    core.handle({ type: 'find', text: 'res<0' });
    core.handle({ type: 'session', id: 'two', startNs: '0' });
    core.handle({ type: 'blocks', bytes: blockAt(0) });
    while (tasks.length > 0) tasks.shift()?.();
    expect(hits.at(-1)).toMatchObject({ count: 10, done: true });
  });

  it('says what it could not read', () => {
    const { core, tasks, troubles } = handWorker();
    core.handle({ type: 'blocks', bytes: new ArrayBuffer(100) });
    expect(troubles).toHaveLength(1);
    expect(tasks).toHaveLength(0);
  });
});
