import { describe, expect, it } from 'vitest';
import type { Place } from '../feed.ts';
import { Finder } from '../finder.ts';
import { PictureBuilder } from '../picture-builder.ts';
import { liveSource } from '../picture-source.ts';
import { requestAt } from '../testing.ts';
import { agent, newestTime, page, whole } from './testing.ts';

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
    const { hits, look, step } = await page(from, { filter: FILTER });
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
