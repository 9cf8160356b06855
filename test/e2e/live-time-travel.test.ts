/** Going through what a live workload did, while it goes on. */
import { describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent.ts';
import { needsRing } from '../support/needs-ring.ts';
import { LivePage } from './live-page.ts';
import { pagesOfTests } from './pages.ts';

const wait = { timeout: 60_000, interval: 50 };

const pages = pagesOfTests();
const { open } = pages;

const hash = ({ page }: LivePage): string => new URL(page.url()).hash;
const momentOf = (text: string): number => Number(new URLSearchParams(text.slice(1)).get('t') ?? Number.NaN);

/** A page of a workload that ran dry some times, paused. */
async function paused(): Promise<LivePage> {
  const agent = await startAgent([]);
  open.push(agent.stop);
  const live = await LivePage.open(pages.browser, agent.url);
  open.push(() => live.close());
  await live.waitForCounter('ENOBUFS', (n) => n > 20);
  await live.button(/^Pause/).click();
  await live.button(/^Resume/).waitFor();
  await addressAfter(live, '');
  return live;
}

/** The address when it holds another moment than before. */
async function addressAfter(live: LivePage, before: string): Promise<string> {
  await expect.poll(() => !Number.isNaN(momentOf(hash(live))) && momentOf(hash(live)) !== momentOf(before), wait).toBe(true);
  return hash(live);
}

describe('time travel on a live workload', () => {
  it('goes back, steps both ways, and the state is as it was', async (context) => {
    needsRing(context);
    const live = await paused();
    const { page: p } = live;
    const strip = live.slider('Moment in the whole trace');
    const box = await strip.boundingBox();
    if (box === null) throw new Error('the minimap is not there');
    let before = hash(live);
    await p.mouse.click(box.x + box.width * 0.6, box.y + box.height / 2);
    before = await addressAfter(live, before);

    // Ends: each is another moment, and back leads to the one before it, from wherever behind it.
    await p.keyboard.press(']');
    const first = await addressAfter(live, before);
    await expect.poll(async () => (await live.cqeList()).at(-1), wait).toMatch(/^c\d+ (-105|0) /);
    const list = await live.cqeList();
    await p.keyboard.press('l');
    const behind = await addressAfter(live, first);
    expect(momentOf(behind)).toBeGreaterThan(momentOf(first));
    await p.keyboard.press(']');
    const later = await addressAfter(live, behind);
    for (let at = momentOf(later); at > momentOf(first); at = momentOf(hash(live))) {
      const from = hash(live);
      await p.keyboard.press('[');
      expect(momentOf(await addressAfter(live, from))).toBeLessThan(at);
    }
    expect(momentOf(hash(live))).toBe(momentOf(first));
    await expect.poll(() => live.cqeList(), wait).toEqual(list);

    // The workload goes on meanwhile, and what was then stays as it was.
    const now = async (): Promise<number> => Number(await strip.getAttribute('aria-valuemax'));
    const soFar = await now();
    await p.keyboard.press('.');
    await expect.poll(() => live.cqeList(), wait).not.toEqual(list);
    await p.keyboard.press(',');
    await expect.poll(() => live.cqeList(), wait).toEqual(list);
    await expect
      .poll(async () => {
        await p.keyboard.press('.');
        await p.keyboard.press(',');
        return now();
      }, wait)
      .toBeGreaterThan(soFar);
    await expect.poll(() => live.cqeList(), wait).toEqual(list);
    expect(live.problems).toEqual([]);
  });

  it('plays the past faster than it was, and is at now again', async (context) => {
    needsRing(context);
    const live = await paused();
    const { page: p } = live;
    await live.slider('Moment in the whole trace').focus();
    await p.keyboard.press('Home');
    const speed = (name: string) => p.getByRole('group', { name: 'Speed' }).getByRole('button', { name, exact: true });
    await speed('100×').waitFor();
    await p.keyboard.press('6');
    await live.button(/^Resume/).click();
    // What is past is played through, and the picture goes on with now, as fast as it happens.
    await expect.poll(() => speed('Real').getAttribute('aria-pressed'), wait).toBe('true');
    await expect.poll(() => live.button(/^Back to now/).count(), wait).toBe(0);
    expect(await speed('100×').count()).toBe(0);
    expect(live.problems).toEqual([]);
  });

  it('a bookmark and a link lead back, and a moment that is gone is told', async (context) => {
    needsRing(context);
    const live = await paused();
    const { page: p } = live;
    const before = hash(live);
    await p.keyboard.press('[');
    const link = await addressAfter(live, before);
    await expect.poll(async () => (await live.cqeList()).at(-1), wait).toMatch(/^c\d+ (-105|0) /);
    const [at, list] = [await live.clock(), await live.cqeList()];
    await p.keyboard.press('b');
    await p.getByRole('region', { name: 'Notes' }).getByText('Bookmark 1').waitFor();
    await p.keyboard.press('h');
    await expect.poll(() => live.clock(), wait).not.toBe(at);
    await p.getByRole('region', { name: 'Notes' }).getByText('Bookmark 1').click();
    await expect.poll(() => live.clock(), wait).toBe(at);
    await expect.poll(() => hash(live), wait).toBe(link);
    await p.keyboard.press('h');
    await addressAfter(live, link);

    // A link that is put into the address of the page.
    const follow = (to: string) => p.evaluate((text) => location.assign(text), to);
    await follow(link);
    await expect.poll(() => live.clock(), wait).toBe(at);
    await expect.poll(() => live.cqeList(), wait).toEqual(list);
    const told = p.locator('.transportNote');
    await follow('#v=1&t=900000000000000&span=48000000');
    await expect.poll(() => told.allTextContents(), wait).toEqual([expect.stringContaining('has not happened yet')]);
    await follow('#v=1&t=soon&span=48000000');
    await expect.poll(() => told.allTextContents(), wait).toEqual([expect.stringContaining('a t that is no number')]);

    // A page that comes anew has the last seconds only: it shows this moment, or says that it is gone, and never another.
    await follow(link);
    await expect.poll(() => live.clock(), wait).toBe(at);
    await p.reload();
    await expect
      .poll(async () => ((await live.clock()) === at && (await live.cqeList()).length > 0) || (await told.allTextContents()).join(), wait)
      .toSatisfy((seen) => seen === true || String(seen).includes('is no longer kept'));
    expect(live.problems).toEqual([]);
  });
});
