import { describe, expect, it } from 'vitest';
import type { Place } from '../feed.ts';
import { pictureAt } from '../testing.ts';
import { agent, newestTime, page, restated, shown, storeOf, whole } from './testing.ts';

describe('the past of a live session', () => {
  it('is shown as it was, and what is kept in the page without asking', async () => {
    const from = agent();
    const { core, look, troubles, reading } = await page(from);
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
    // It was opened once.
    expect(reading).toEqual([true, false]);
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

  it('of a long session begins with the snapshot before what is looked at, and again before that', async () => {
    const all = restated();
    const from = agent(0, all);
    const reference = storeOf(all);
    const { core, look, troubles, places, settled } = await page(from, { pastLimits: { mostBefore: 40_000 } });
    core.handle({ type: 'past', oldest: 0 });
    /** First events of what was read since the last time. */
    const read = (): number[] => from.asked.splice(0).flatMap((path) => (path === '/past' ? [] : [Number(/from=(\d+)/.exec(path)?.[1])]));
    // Round 11,500 of 20,000; a round has 8 events, a part 10,000.
    const us = 1_150_000;
    const alike = async (at: number): Promise<void> => {
      const [seen, known] = [await look(at, { span: 1e6 }), pictureAt(reference, at, { span: 1e6 })];
      expect(seen?.group).toEqual(known.group);
      expect([...(seen?.cqes.t ?? [])].slice(-8)).toEqual([...known.cqes.t].slice(-8));
      expect(seen?.lanes.info.map(({ armed, name }) => [name, armed])).toEqual(known.lanes.info.map(({ armed, name }) => [name, armed]));
      expect(seen?.uncertain).toBe(false);
    };
    await alike(us);
    const first = Math.min(...read());
    // The snapshot before round 10,000 is the nearest; others are within 40,000 events.
    expect(first).toBe(80_000);
    // Back: more is read at once, so that going on back reads nothing.
    await alike(us - 300_000);
    expect(Math.min(...read())).toBe(30_000);
    await alike(us - 550_000);
    expect(read()).toEqual([]);
    // Back over where it begins, one after another: no CQE is missing, and each is before the one before.
    let place: Place | null = { t: us * 250, seq: -1 };
    const step = async (what: 'batch' | 'end', seq: number | null): Promise<void> => {
      const { t } = place as Place;
      core.handle({ type: 'next', id: 1, query: { t, seq, what, direction: -1 } });
      await settled();
      place = places.at(-1) as Place;
    };
    for (let i = 0; i < 30; i++) {
      const { t, seq } = place as Place;
      await step('batch', i === 0 ? null : seq);
      // The first one leads to a batch, from wherever it began.
      if (i > 0) expect(t - (place as Place).t).toBe(100e3);
    }
    // However far it is.
    place = { t: us * 1e3, seq: -1 };
    await look(us);
    await step('end', null);
    expect((place as Place | null)?.t).toBe(10_000e3);
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
    const { core, look, troubles, settled, places, reading } = await page(from);
    core.handle({ type: 'past', oldest: 0 });
    from.goes();
    expect(await look(1000)).not.toBeNull();
    expect(troubles.at(-1)).toBe("What is past can't be shown: The agent does not answer.");
    expect(reading).toEqual([true, false]);
    core.handle({ type: 'next', id: 1, query: { t: 1e6, seq: null, what: 'end', direction: 1 } });
    await settled();
    expect(places).toEqual([null]);
    expect((await look(newestTime / 1e3))?.cqes.length).toBeGreaterThan(0);
  });
});
