/** The command palette over a real ring: opened by key, typed into, run from. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent.ts';
import { violations } from './axe.ts';
import { LivePage } from './live-page.ts';
import { pagesOfTests } from './pages.ts';

const pages = pagesOfTests();

/** A page that has seen the group run dry. */
async function open(hash = ''): Promise<LivePage> {
  const agent = await startAgent([]);
  pages.open.push(agent.stop);
  const live = await LivePage.open(pages.browser, agent.url, hash);
  pages.open.push(() => live.close());
  await live.waitForCounter('ENOBUFS', (n) => n > 0);
  return live;
}

const palette = (page: Page) => page.getByRole('dialog', { name: 'Commands' });
const field = (page: Page) => palette(page).getByRole('combobox', { name: 'Command' });
const chosen = (page: Page) => palette(page).getByRole('option', { selected: true });
const focused = (page: Page, name: string) => page.getByRole('combobox', { name }).evaluate((e) => e === document.activeElement);

/** With the focus in its field and its first command chosen. */
async function openPalette(page: Page, key = 'Control+k'): Promise<void> {
  await page.keyboard.press(key);
  await chosen(page).waitFor();
  await expect.poll(() => focused(page, 'Command')).toBe(true);
}

async function run(page: Page, typed: string): Promise<void> {
  await openPalette(page);
  await page.keyboard.type(typed);
  await chosen(page)
    .filter({ hasText: new RegExp(typed, 'i') })
    .waitFor();
  await page.keyboard.press('Enter');
  await palette(page).waitFor({ state: 'detached' });
}

describe('the command palette', () => {
  it('opens by each of its keys, and closes with Esc', async () => {
    const { page, problems } = await open();
    for (const key of ['Control+k', 'Meta+k', 'Control+Shift+P', ':']) {
      await openPalette(page, key);
      await page.keyboard.press('Escape');
      await palette(page).waitFor({ state: 'detached' });
    }
    expect(problems).toEqual([]);
  });

  it('finds "fit" and shows the whole trace', async () => {
    const live = await open();
    const { page } = live;
    await live.button(/^Pause/).waitFor();
    await openPalette(page);
    await page.keyboard.type('trace fit');
    const first = chosen(page);
    await first.filter({ hasText: 'Fit: the whole trace' }).waitFor();
    expect(await first.locator('mark').allTextContents()).toEqual(['Fit', 'trace']);
    expect(await first.locator('kbd').textContent()).toBe('9');
    expect(await field(page).getAttribute('aria-activedescendant')).toBe(await first.getAttribute('id'));
    await page.keyboard.press('Enter');
    await palette(page).waitFor({ state: 'detached' });
    await live.button(/^Resume/).waitFor();
    // A trace of some seconds in a window that was 48 ms long: the link says how long it is now.
    await expect.poll(() => Number(/span=(\d+)/.exec(page.url())?.[1] ?? 0), { timeout: 60_000 }).toBeGreaterThan(500e6);
    expect(live.problems).toEqual([]);
  });

  it('goes through the list by arrows, round and round, in the order that is shown', async () => {
    const { page, problems } = await open();
    await openPalette(page);
    const names = await palette(page).getByRole('option').allTextContents();
    expect(await palette(page).getByRole('group').count()).toBeGreaterThan(4);
    const at = () => chosen(page).textContent();
    expect(await at()).toBe(names[0]);
    for (const [key, index] of [
      ['ArrowDown', 1],
      ['ArrowDown', 2],
      ['ArrowUp', 1],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(at).toBe(names[index]);
    }
    await page.keyboard.type('zoom');
    await expect.poll(at).toBe('Zoom inTime+');
    await page.keyboard.type(' nowhere');
    await palette(page).getByText('No command has these words').waitFor();
    await page.keyboard.press('Enter');
    await palette(page).waitFor();
    expect(problems).toEqual([]);
  });

  it('gives the focus to the field or dialog that a command opens', async () => {
    const { page, problems } = await open();
    await run(page, 'Write a filter');
    await expect.poll(() => focused(page, 'Filter')).toBe(true);
    // From the field, too: where someone types, this chord is still the palette's.
    await page.keyboard.type('res<0');
    await run(page, 'Write a note');
    await page.getByRole('textbox', { name: /^Note at/ }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Note at/);
    await run(page, 'Keyboard map');
    await page.getByRole('dialog', { name: 'Keyboard map' }).waitFor();
    expect(await page.getByRole('combobox', { name: 'Filter', includeHidden: true }).inputValue()).toBe('res<0');
    expect(problems).toEqual([]);
  });

  it('shows why a command can not be used, and says so when it is chosen', async () => {
    const { page, problems } = await open();
    await openPalette(page);
    await page.keyboard.type('clear');
    await chosen(page).filter({ hasText: 'There is no filter to clear' }).waitFor();
    expect(await chosen(page).getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter');
    await palette(page).waitFor({ state: 'detached' });
    await page.getByRole('status').filter({ hasText: 'There is no filter to clear' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('stands in the keyboard map, which leads to it', async () => {
    const { page, problems } = await open();
    await page.keyboard.press('?');
    const map = page.getByRole('dialog', { name: 'Keyboard map' });
    for (const key of ['ctrl+k', 'ctrl+shift+p', ':']) await map.getByText(key, { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await map.getByRole('button', { name: 'All commands' }).click();
    await map.waitFor({ state: 'detached' });
    await expect.poll(() => focused(page, 'Command')).toBe(true);
    await page.keyboard.type('dark');
    await palette(page).getByRole('option', { name: 'Dark or light' }).click();
    await palette(page).waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('light');
    expect(problems).toEqual([]);
  });

  it.each(['dark', 'light'])('has no accessibility violation, with all commands and with those found (%s)', async (theme) => {
    const { page, problems } = await open(`#theme=${theme}`);
    await openPalette(page);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.type('clear');
    await chosen(page).filter({ hasText: 'There is no filter to clear' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.type(' nothing');
    await palette(page).getByText('No command has these words').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });
});
