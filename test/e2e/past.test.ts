/** Going back in a live session to what neither the page nor the agent's memory has any more: it is on disk. */
import { describe, expect, it } from 'vitest';
import { isOwnRecv, slotOf } from '../../shared/model/requests.ts';
import { Kind } from '../../shared/schema/events.ts';
import { startAgent } from '../support/agent.ts';
import { needsRing } from '../support/needs-ring.ts';
import { WsClient } from '../support/ws-client.ts';
import { LivePage } from './live-page.ts';
import { pagesOfTests } from './pages.ts';

const wait = { timeout: 60_000, interval: 100 };
const MIB = 1024 * 1024;

const pages = pagesOfTests();
const { open } = pages;

const momentOf = ({ page }: LivePage): number => Number(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('t') ?? Number.NaN);

describe('what has left the memory', () => {
  it('is gone back to: its CQEs are those that another client had, from the first one on', async (context) => {
    needsRing(context);
    const agent = await startAgent(['--memory', '1M', '--rate', '3k']);
    open.push(agent.stop);
    const client = await WsClient.connect(agent.url);
    // More than fits into memory, and than a new page is given.
    await client.until(() => (client.bytes > 4 * MIB ? true : undefined));
    const live = await LivePage.open(pages.browser, agent.url);
    open.push(() => live.close());
    const { page: p } = live;
    await live.waitForCounter('CQE/s', (n) => n > 0);
    await live.button(/^Pause/).click();
    await live.button(/^Resume/).waitFor();

    const strip = live.slider('Moment in the whole trace');
    // The session's own beginning, which the page has never seen.
    const hello = client.messages.find((m) => m.type === 'hello');
    const begin = (client.events(() => true)[0]?.t as number) - Number(hello?.session.startNs);
    await expect.poll(async () => Number(await strip.getAttribute('aria-valuemin')), wait).toBe(Math.round(begin / 1e6));
    await strip.focus();
    await p.keyboard.press('Home');
    await expect.poll(() => momentOf(live), wait).toBeLessThan(begin + 1e9);
    const reaped = client.events((e) => e.kind === Kind.reap && isOwnRecv(Number(e.userData & 0xffffn)));
    const all = reaped.map((e) => `c${slotOf(Number(e.userData & 0xffffn))} ${e.res} 0x${e.flags.toString(16).padStart(5, '0')}`);
    /** How many CQEs of the session there are up to the newest row of the list; -1 = the list is not of these. */
    const upTo = async (of = live): Promise<number> => {
      // So many rows are one place only; above them stands the last end by error, too.
      const list = (await of.cqeList()).map((row) => row.replaceAll('−', '-')).slice(-12);
      if (list.length < 12) return -1;
      const at = all.findIndex((_, n) => list.every((row, i) => all[n + i] === row));
      return at < 0 ? -1 : at + list.length;
    };
    await expect.poll(() => upTo(), wait).toBeGreaterThan(0);
    const there = await upTo();
    expect(there).toBeLessThan(1000);

    // A step is a step there too: one CQE more.
    await p.keyboard.press('.');
    await expect.poll(() => upTo(), wait).toBe(there + 1);
    await p.keyboard.press('.');
    await expect.poll(() => upTo(), wait).toBe(there + 2);
    await p.keyboard.press(',');
    await expect.poll(() => upTo(), wait).toBe(there + 1);

    // The link leads there, in a page that knows nothing yet.
    const other = await LivePage.open(pages.browser, agent.url, new URL(p.url()).hash);
    open.push(() => other.close());
    await expect.poll(() => upTo(other), wait).toBeGreaterThan(there - 2);
    expect(await upTo(other)).toBeLessThan(1000);

    await p.keyboard.press('0');
    await live.button(/^Pause/).waitFor();
    await live.waitForCounter('CQE/s', (n) => n > 0);
    expect([...live.problems, ...other.problems]).toEqual([]);
  });
});
