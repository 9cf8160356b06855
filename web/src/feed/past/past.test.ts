import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../../shared/codec/block.ts';
import { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import type { FilterHits, Place } from '../feed.ts';
import { Finder } from '../finder.ts';
import type { Inspection, InspectQuery } from '../inspection.ts';
import type { Overview } from '../overview.ts';
import type { Picture } from '../picture.ts';
import { PictureBuilder } from '../picture-builder.ts';
import { liveSource } from '../picture-source.ts';
import { blocksOf, START } from '../replay/testing.ts';
import { partOf } from '../replay/trace-reader.ts';
import { longTrace, pictureAt, requestAt } from '../testing.ts';
import { createWorkerCore } from '../worker-core.ts';
import type { PastLimits } from './past.ts';

/** Some 180,000 events. */
const blocks = blocksOf(longTrace(20_000), 2000);
const whole = new TraceStore(START);
for (const block of blocks) whole.accept(block);
const { newestTime } = whole.events;

/** What a picture shows, without what is told of the whole trace. */
function shown(p: Picture | null | undefined): unknown {
  if (p === null || p === undefined) return p;
  const { totals, latencies, rates, history, oldest, kept, leftOut, now, lastEnd, ...rest } = p;
  // Numbers of events are the own ones of whoever keeps them.
  return { ...rest, cqes: { ...rest.cqes, seq: rest.cqes.seq.length, batch: 0 } };
}

/** The agent, which keeps the blocks from `first` on, in parts of 5. */
function agent(first = 0) {
  const asked: string[] = [];
  let down = false;
  const fetchPast = async (path: string): Promise<ArrayBuffer | null> => {
    asked.push(path);
    if (down) throw new Error('The agent does not answer.');
    const kept = blocks.slice(first);
    if (path === '/past') {
      const parts = [];
      for (let i = 0; i < kept.length; i += 5) {
        const { seq, count, tFirst, tLast } = partOf(kept.slice(i, i + 5), START);
        parts.push([Number(seq), count, tFirst, tLast]);
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
    asked,
    fetchPast,
    goes: () => {
      down = true;
    },
  };
}

/** A page that has all blocks and keeps the newest 32,768 to 65,536 events of them. */
async function page({ fetchPast }: ReturnType<typeof agent>, pastLimits?: PastLimits, filter: string | null = null) {
  const pictures: (Picture | null)[] = [];
  const places: (Place | null)[] = [];
  const troubles: string[] = [];
  const overviews: Overview[] = [];
  const inspections: (Inspection | null)[] = [];
  const hits: FilterHits[] = [];
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
      await new Promise((resolve) => setImmediate(resolve));
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
  for (const block of blocks) {
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
  return { core, settled, look, inspect, step, pictures, places, troubles, overviews, inspections, hits };
}

describe('the past of a live session', () => {
  it('is shown as it was, and what is kept in the page without asking', async () => {
    const from = agent();
    const { core, look, troubles } = await page(from);
    core.handle({ type: 'past', oldest: 0 });
    const recent = await look(newestTime / 1e3);
    expect(from.asked).toEqual([]);
    expect(recent?.oldest).toBe(0);
    for (const part of [0.5, 0.1, 0.3]) {
      const us = (newestTime * part) / 1e3;
      expect(shown(await look(us)), `at ${part}`).toEqual(shown(pictureAt(whole, us, { span: 2e6 })));
    }
    expect(shown(await look(newestTime / 1e3))).toEqual(shown(recent));
    expect(troubles).toEqual([]);
  });

  it('has events that are found by their looks, and by numbers below zero from then on', async () => {
    const { core, look, inspect, troubles } = await page(agent());
    core.handle({ type: 'past', oldest: 0 });
    await look(100);
    const found = await inspect({ t: 100e3, nth: 2 });
    expect(found).toMatchObject({ event: { t: 100e3, res: 48 }, nth: 2, slot: 0 });
    expect(found?.seq).toBeLessThan(0);
    expect(found?.causes.links.length).toBeGreaterThan(0);
    for (const { seq, t } of found?.causes.links ?? []) {
      const linked = await inspect({ seq });
      expect([linked?.seq, linked?.event.t]).toEqual([seq, t]);
    }
    const again = await inspect({ seq: found?.seq ?? 0 });
    expect(again?.event).toEqual(found?.event);
    const recent = await inspect({ t: newestTime });
    expect(recent?.seq).toBe(whole.events.end - 1);
    expect(await inspect({ seq: -1 - whole.events.end })).toBeNull();
    expect(troubles).toEqual([]);
  });

  it('lights the loop as the live picture does', async () => {
    const { core, look } = await page(agent());
    core.handle({ type: 'past', oldest: 0 });
    const us = newestTime / 2e3;
    const { newest, ...counts } = (await look(us, { loop: true }))?.loop ?? { newest: null };
    const { newest: known, ...expected } = pictureAt(whole, us, { span: 2e6, loop: true }).loop ?? { newest: null };
    expect(counts).toEqual(expected);
    expect({ ...newest, seq: 0 }).toEqual({ ...known, seq: 0 });
  });

  it('tells of the events that its CQE list names; what was before has the smaller number', async () => {
    const { core, look, settled, inspections } = await page(agent());
    core.handle({ type: 'past', oldest: 0 });
    for (const part of [0.1, 0.3]) {
      const cqes = (await look((newestTime * part) / 1e3))?.cqes;
      const [seq, t] = [cqes?.seq.at(-1) ?? Number.NaN, cqes?.t.at(-1)];
      core.handle({ type: 'inspect', id: 1, query: { seq } });
      await settled();
      const found = inspections.at(-1);
      expect(found).toMatchObject({ seq, event: { t, res: cqes?.res.at(-1) } });
      const links = found?.causes.links ?? [];
      expect(links.some((link) => link.seq < seq)).toBe(true);
      for (const link of links) expect(Math.sign(link.t - (t ?? 0))).not.toBe(-Math.sign(link.seq - seq));
    }
  });

  it('is stepped through, over the border to what is kept, both ways', async () => {
    const { core, look, places, settled } = await page(agent());
    core.handle({ type: 'past', oldest: 0 });
    await look(100);
    const times = Array.from({ length: whole.events.end }, (_, n) => whole.events.timeOf(n));
    /** Moments of ends, where each has a time of its own. */
    const ends: number[] = [];
    for (let r = 9; r < 20_000; r += 10) ends.push((100 + r * 100) * 1e3);
    const step = async (t: number, seq: number | null, direction: 1 | -1): Promise<Place> => {
      core.handle({ type: 'next', id: 1, query: { t, seq, what: 'end', direction } });
      await settled();
      return places.at(-1) as Place;
    };
    for (const start of [10, 1000]) {
      let place = await step((ends[start] as number) - 1, null, 1);
      expect(place.t).toBe(ends[start]);
      for (let i = 1; i <= 3; i++) {
        place = await step(place.t, place.seq, 1);
        expect(place.t).toBe(ends[start + i]);
      }
      for (let i = 2; i >= 0; i--) {
        place = await step(place.t, place.seq, -1);
        expect(place.t).toBe(ends[start + i]);
      }
    }
    // The border lies where the newest 32,768 to 65,536 events begin: go over it, forth and back.
    const last = await look(newestTime / 1e3);
    const store = (last?.kept ?? 0) > 0 ? (times[whole.events.end - (last?.kept ?? 0)] as number) : 0;
    const before = ends.findLastIndex((t) => t < store);
    let place = await step((ends[before - 1] as number) - 1, null, 1);
    for (let i = before; i <= before + 2; i++) {
      place = await step(place.t, place.seq, 1);
      expect(place.t).toBe(ends[i]);
    }
    for (let i = before + 1; i >= before - 2; i--) {
      place = await step(place.t, place.seq, -1);
      expect(place.t).toBe(ends[i]);
    }
  });

  it('of a long session begins shortly before what is looked at, and again before that', async () => {
    const from = agent();
    const { core, look, troubles, places, settled } = await page(from, { mostBefore: 20_000, leadNs: 0.05e9 });
    core.handle({ type: 'past', oldest: 0 });
    const us = newestTime / 2e3;
    const rows = (p: Picture | null): number[] => [...(p?.cqes.t ?? [])].slice(-8);
    expect(rows(await look(us, { span: 1e6 }))).toEqual(rows(pictureAt(whole, us, { span: 1e6 })));
    const early = /from=(\d+)/;
    const first = from.asked.map((path) => Number(early.exec(path)?.[1] ?? Number.POSITIVE_INFINITY)).reduce((a, b) => Math.min(a, b));
    expect(first).toBeGreaterThan(60_000);
    expect(rows(await look(us / 4, { span: 1e6 }))).toEqual(rows(pictureAt(whole, us / 4, { span: 1e6 })));
    // Back over where it begins, one after another: no CQE is missing, and each is before the one before.
    let place: Place | null = { t: us * 250, seq: -1 };
    for (let i = 0; i < 30; i++) {
      const { t } = place as Place;
      core.handle({ type: 'next', id: 1, query: { t, seq: i === 0 ? null : (place as Place).seq, what: 'batch', direction: -1 } });
      await settled();
      place = places.at(-1) as Place;
      // The first one leads to a batch, from wherever it began.
      if (i > 0) expect(t - place.t).toBe(100e3);
    }
    expect(troubles).toEqual([]);
  });

  it('has its place in the overview once it was read, and is marked as not read before', async () => {
    const { core, look, overviews, settled } = await page(agent());
    core.handle({ type: 'past', oldest: 0 });
    await look(newestTime / 1e3);
    const marked = overviews.at(-1);
    expect(marked?.t0).toBe(0);
    expect(marked?.knownFrom).toBeGreaterThan(newestTime / 2);
    await look(1000);
    await settled();
    await look(2000);
    const read = overviews.at(-1);
    expect(read?.knownFrom).toBe(0);
    expect(read?.cqes.reduce((n, m) => n + m, 0)).toBeGreaterThan(79_000);
  });

  it('of a part that is gone says so, and shows what is there', async () => {
    const { core, look, troubles } = await page(agent(40));
    core.handle({ type: 'past', oldest: 0 });
    const there = newestTime / 2e3;
    // The state from before it began is not known, the CQEs since are.
    expect((await look(there))?.cqes.res).toEqual(pictureAt(whole, there, { span: 2e6 }).cqes.res);
    expect((await look(1000))?.cqes.length).toBe(0);
    expect(troubles).toEqual([]);
  });

  it('is told in a sentence when the agent does not answer, and the page goes on', async () => {
    const from = agent();
    const { core, look, troubles, settled, places } = await page(from);
    core.handle({ type: 'past', oldest: 0 });
    from.goes();
    expect(await look(1000)).not.toBeNull();
    expect(troubles.at(-1)).toBe("What is past can't be shown: The agent does not answer.");
    core.handle({ type: 'next', id: 1, query: { t: 1e6, seq: null, what: 'end', direction: 1 } });
    await settled();
    expect(places).toEqual([null]);
    expect((await look(newestTime / 1e3))?.cqes.length).toBeGreaterThan(0);
  });
});

describe('a search of a live session', () => {
  const FILTER = 'res<0';
  const finder = new Finder(whole.events, FILTER);
  finder.scan(() => false);
  const { first, end } = whole.events;
  const all = [...finder.timesIn(first, end, 1)];

  it('goes on with what the agent keeps of before, and nothing is found twice', async () => {
    const { core, settled, hits, look } = await page(agent());
    core.handle({ type: 'past', oldest: 0 });
    core.handle({ type: 'find', text: FILTER });
    await settled();
    expect(hits.at(-1)).toMatchObject({ count: all.length, reachable: all.length, missed: 0, done: true, progress: 1 });
    // What the page has is told before.
    expect(hits[0]?.count).toBeLessThan(all.length / 2);
    expect(hits.at(-1)?.bins.n.reduce((n, m) => n + m, 0)).toBe(all.length);
    // Marked in a picture of the past as in one of the whole.
    const us = newestTime / 4e3;
    const picture = await look(us);
    const reference = new PictureBuilder(liveSource(whole));
    reference.finder = finder;
    expect(picture?.hits).toEqual(reference.build(requestAt(us, { span: 2e6 }), newestTime).hits);
    expect(picture?.hits?.t.length).toBeGreaterThan(0);
  });

  it('leads from hit to hit over the border, both ways', async () => {
    const { core, settled, look, step } = await page(agent());
    core.handle({ type: 'past', oldest: 0 });
    core.handle({ type: 'find', text: FILTER });
    await settled();
    const at = async (t: number): Promise<Place> => {
      await look(t / 1e3 - 1);
      return (await step({ t: t - 1e3, seq: null }, 1)) as Place;
    };
    // The first hit that the page has itself.
    let [before, border] = [0, all.length - 1];
    while (border - before > 1) {
      const middle = (before + border) >> 1;
      const place = await at(all[middle] as number);
      expect(place.t).toBe(all[middle]);
      if (place.seq < 0) before = middle;
      else border = middle;
    }
    let place = await at(all[border + 3] as number);
    const forth = [place];
    for (let i = border + 2; i >= border - 4; i--) {
      place = (await step(place, -1)) as Place;
      expect(place.t).toBe(all[i]);
      expect(place.seq < 0).toBe(i < border);
      forth.unshift(place);
      await look(place.t / 1e3, { seq: place.seq });
    }
    for (const next of forth.slice(1)) {
      place = (await step(place, 1)) as Place;
      expect(place).toEqual(next);
      await look(place.t / 1e3, { seq: place.seq });
    }
    await look(newestTime / 1e3);
    expect(await step({ t: newestTime, seq: null }, 1)).toBeNull();
  });

  it('that began with the session finds again on disk what has left the page', async () => {
    const from = agent();
    const { hits, look, step } = await page(from, undefined, FILTER);
    // The page was there from the first event on: nothing is read for the search.
    expect(from.asked).toEqual([]);
    expect(hits.at(-1)?.count).toBe(all.length);
    expect(hits.at(-1)?.reachable).toBe(all.length);
    await look(100);
    expect((await step({ t: 0, seq: null }, 1))?.t).toBe(all[0]);
  });

  it('counts what the agent has let go as missed', async () => {
    const from = agent();
    const { core, settled, hits, troubles } = await page(from);
    from.goes();
    core.handle({ type: 'past', oldest: 0 });
    core.handle({ type: 'find', text: FILTER });
    await settled();
    const [last] = hits.slice(-1);
    expect(last).toMatchObject({ done: true });
    expect(last?.count).toBeGreaterThan(0);
    expect(last?.count).toBeLessThan(all.length / 2);
    expect(last?.missed).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
  });
});
