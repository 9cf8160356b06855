/** The filter bar over a real ring: written by keyboard, counted, gone through. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LiveAgent, startAgent } from '../support/agent.ts';
import { launchChromium } from '../support/chromium.ts';
import { violations } from './axe.ts';
import { LivePage } from './live-page.ts';

let browser: Browser;
let agent: LiveAgent | undefined;
let live: LivePage | undefined;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());
afterEach(async () => {
  const problems = live?.problems ?? [];
  await live?.close();
  await agent?.stop();
  live = undefined;
  agent = undefined;
  expect(problems).toEqual([]);
});

/** A page that has seen the group run dry, with the focus in the filter's field. */
async function openAtFilter(): Promise<LivePage> {
  agent = await startAgent([]);
  live = await LivePage.open(browser, agent.url);
  await live.waitForCounter('ENOBUFS', (n) => n > 2);
  await live.page.keyboard.press('/');
  return live;
}

const field = ({ page }: LivePage) => page.getByRole('combobox', { name: 'Filter' });
const hits = async ({ page }: LivePage): Promise<string> => (await page.getByRole('status', { name: 'Hits' }).textContent()) ?? '';
/** Rank of the hit that the picture is at, once it is at another one than `before`. */
async function rankAfter(live: LivePage, before: number): Promise<number> {
  let rank = Number.NaN;
  await expect
    .poll(
      async () => {
        rank = Number(/^([\d,]+) of /.exec(await hits(live))?.[1]?.replaceAll(',', '') ?? Number.NaN);
        return !Number.isNaN(rank) && rank !== before;
      },
      { timeout: 60_000, interval: 100 },
    )
    .toBe(true);
  return rank;
}

describe('the filter bar', () => {
  it('counts the hits of res<0, and goes from one to the next: the newest CQE of the list is the hit', async () => {
    const live = await openAtFilter();
    await live.page.keyboard.type('res<0');
    await expect.poll(() => hits(live), { timeout: 60_000 }).toMatch(/^[\d,]+ hits$/);
    await live.page.keyboard.press('Enter');
    const first = await rankAfter(live, 0);
    await live.button(/^Resume/).waitFor();
    const newest = async () => (await live.cqeList()).at(-1)?.replaceAll('−', '-');
    await expect.poll(newest).toMatch(/^c\d+ -105 0x00000$/);
    await live.button('Next hit of the filter').click();
    const second = await rankAfter(live, first);
    expect(second).toBe(first + 1);
    await expect.poll(newest).toMatch(/^c\d+ -105 0x00000$/);
    // With the focus elsewhere the keys of the page do it.
    await live.button(/^Resume/).focus();
    await live.page.keyboard.press('G');
    expect(await rankAfter(live, second)).toBe(first);
    await live.button('Clear the filter').click();
    expect(await field(live).inputValue()).toBe('');
    await live.page.getByRole('status', { name: 'Hits' }).waitFor({ state: 'detached' });
  });

  it('says in a sentence what is wrong, and offers what can stand at the cursor', async () => {
    const live = await openAtFilter();
    const { page } = live;
    await page.keyboard.type('resl<0');
    await page.getByText('There is no field "resl"; did you mean res?').waitFor();
    expect(await field(live).getAttribute('aria-invalid')).toBe('true');
    await page.keyboard.press('Escape');
    expect(await field(live).inputValue()).toBe('');

    await page.keyboard.type('caus');
    await page.getByRole('option', { name: /^cause/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    // Each list begins at its top again.
    for (const [option, downs] of [
      [/^cause/, 1],
      [/^=/, 1],
      [/^ENOBUFS/, 4],
    ] as const) {
      await page.getByRole('option', { name: option }).waitFor();
      for (let n = 0; n < downs; n++) await page.keyboard.press('ArrowDown');
      await page.getByRole('option', { name: option, selected: true }).waitFor();
      await page.keyboard.press('Enter');
    }
    expect(await field(live).inputValue()).toBe('cause=ENOBUFS ');
    await expect.poll(() => hits(live), { timeout: 60_000 }).toMatch(/^[\d,]+ hits$/);
  });
});
