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
    // High enough for a list of twelve rows.
    const size = { width: 1280, height: 1000 };
    const live = await LivePage.open(pages.browser, agent.url, '', size);
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
    // A CQE is shown where it was seen first: where the kernel posted it, or, where the kernel is not traced, where it was reaped.
    const seen = (kind: number) => client.events((e) => e.kind === kind && isOwnRecv(Number(e.userData & 0xffffn)));
    const posted = seen(Kind.complete);
    const cqes = posted.length > 0 ? posted : seen(Kind.reap);
    const all = cqes.map((e) => `c${slotOf(Number(e.userData & 0xffffn))} ${e.res} 0x${e.flags.toString(16).padStart(5, '0')}`);
    const startNs = Number(hello?.session.startNs);
    /** The moment that the page shows, µs of the session. */
    const clockOf = async (of: LivePage): Promise<number> => {
      const [, minutes, seconds, micros] = /^(\d+):([\d.]+) (\d+)$/.exec(await of.clock()) ?? [];
      return Number(minutes) * 60e6 + Number(seconds) * 1e6 + Number(micros);
    };
    /** Longer ago no CQE is the newest one: the list is of the picture before. */
    const NEWEST = 20e3;
    /**
     * How many CQEs of the session there are up to the newest row of the list; -1 = the list is not of these. What happens once
     * happens again with the same bids: of several such places it is the last one up to the moment of the page.
     */
    const upTo = async (of = live): Promise<number> => {
      const us = await clockOf(of);
      // Above the newest rows stands the last end by error, too.
      const list = (await of.cqeList()).map((row) => row.replaceAll('−', '-')).slice(-12);
      if (list.length < 12) return -1;
      const timeOf = (n: number): number => (Number(cqes[n]?.t) - startNs) / 1e3;
      const isAt = (n: number): boolean => list.every((row, i) => all[n - list.length + 1 + i] === row);
      const last = all.findLastIndex((_, n) => timeOf(n) < us + 1 && timeOf(n) > us - NEWEST && isAt(n));
      return last < 0 ? -1 : last + 1;
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
    const other = await LivePage.open(pages.browser, agent.url, new URL(p.url()).hash, size);
    open.push(() => other.close());
    // What it shows before may be of the same session, too.
    const isThere = async (): Promise<boolean> => {
      const at = await upTo(other);
      return at > there - 2 && at < 1000;
    };
    await expect.poll(isThere, wait).toBe(true);

    // The search finds what only the disk has: the next CQE with this bid is one of the first of the session.
    await p.keyboard.press('/');
    await p.keyboard.type('cqe bid=5');
    await p.keyboard.press('Enter');
    const hit = all.findIndex((row, n) => n > there && / 0x5....$/.test(row));
    await expect.poll(() => upTo(), wait).toBe(hit + 1);
    await live.button('Clear the filter').click();
    await live.button(/^Resume/).focus();

    await p.keyboard.press('0');
    await live.button(/^Pause/).waitFor();
    await live.waitForCounter('CQE/s', (n) => n > 0);
    expect([...live.problems, ...other.problems]).toEqual([]);
  });
});
