/** The kernel's loop over a real ring: its traffic, one event after the other, and the selected event; and the keys f and m. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent.ts';
import { violations } from './axe.ts';
import { LivePage } from './live-page.ts';
import { pagesOfTests } from './pages.ts';

const pages = pagesOfTests();

/** A page with the loop open, that has seen the group run dry. */
async function openAtLoop(args: string[] = []): Promise<LivePage> {
  const agent = await startAgent(args);
  pages.open.push(() => agent.stop());
  const live = await LivePage.open(pages.browser, agent.url);
  pages.open.push(async () => {
    await live.close();
    expect(live.problems).toEqual([]);
  });
  await live.waitForCounter('ENOBUFS', (n) => n > 2);
  await live.page.getByRole('tab', { name: 'Loop' }).click();
  return live;
}
const panel = (page: Page) => page.getByRole('region', { name: 'Loop' });
const words = async (page: Page): Promise<string> => (await panel(page).locator('.loopWords').textContent()) ?? '';

describe('the loop', () => {
  it('counts the traffic at Real speed, for all lanes and for the one that is chosen', async () => {
    const { page } = await openAtLoop();
    await page.keyboard.press('4');
    await expect.poll(() => words(page)).toMatch(/^All lanes last [\d.]+ m?s/);
    const visits = async (node: string): Promise<number> =>
      Number((await panel(page).getByRole('row', { name: node }).getByRole('cell').textContent()) ?? Number.NaN);
    await expect.poll(() => visits('CQE, MORE')).toBeGreaterThan(1);
    await panel(page).getByRole('combobox', { name: 'Lane' }).selectOption('c0');
    await expect.poll(() => words(page)).toMatch(/^c0 last/);
  });

  it('shows one event after the other at 1/100, with a token on its way', async () => {
    const { page } = await openAtLoop();
    await page.keyboard.press('2');
    await page.locator('.loopToken').first().waitFor({ state: 'attached' });
    const seen = new Set<string>();
    // A token that has arrived makes way for the next event.
    await expect.poll(async () => seen.add(await words(page)).size, { interval: 200 }).toBeGreaterThan(2);
  });

  it('moves no token where motion is unwanted', async () => {
    const { page } = await openAtLoop();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.reload();
    await page.getByRole('tab', { name: 'Loop' }).click();
    await page.keyboard.press('2');
    await expect.poll(() => words(page)).toMatch(/at −|at the cursor/);
    expect(await page.locator('.loopToken').count()).toBe(0);
  });

  it('shows what the selected event lit; f fits the window to it, m marks it', async () => {
    const live = await openAtLoop();
    const { page } = live;
    await page.keyboard.press(']');
    await live.button(/^Resume/).waitFor();
    await page.keyboard.press('i');
    await expect.poll(() => words(page)).toMatch(/^Selected: /);
    const lit = panel(page).getByRole('img', { name: /Last CQE/ });
    await lit.waitFor();
    await page.keyboard.press('f');
    const span = (): number => Number(/span=(\d+)/.exec(page.url())?.[1] ?? Number.NaN);
    await expect.poll(span).toBeLessThan(20e6);
    await expect.poll(() => words(page)).toMatch(/^Selected: /);
    await page.keyboard.press('m');
    await page.getByRole('region', { name: 'Notes' }).getByText('Bookmark 1').waitFor();
    await page.keyboard.press('m');
    await page.getByRole('region', { name: 'Notes' }).waitFor({ state: 'detached' });
  });

  it('says what is inferred where the kernel is not traced', async () => {
    const { page } = await openAtLoop(['--kernel', 'off']);
    await panel(page).getByText('The kernel is not traced: what is dashed is inferred from submits and reaped CQEs.').waitFor();
  });

  it('leaves nothing for axe to find, in both themes', async () => {
    const { page } = await openAtLoop();
    for (const theme of ['dark', 'light']) {
      if (theme === 'light') await page.keyboard.press('t');
      await panel(page).getByRole('img').waitFor();
      expect(await violations(page), theme).toEqual([]);
    }
  });
});
