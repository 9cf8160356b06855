/** Recorded traces in a real browser: the shipped examples, through `ringlens replay`, as a handout and in the one-file page. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { startAgent } from '../support/agent.ts';
import { needsRing } from '../support/needs-ring.ts';
import { runAgent, spawnAgent } from '../support/run-agent.ts';
import { LivePage } from './live-page.ts';
import { pagesOfTests } from './pages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = (name: string): string => join(root, 'examples', name);
const site = pathToFileURL(join(root, 'dist/site/index.html')).href;
const folder = mkdtempSync(join(tmpdir(), 'ringlens-replay-'));
const wait = { timeout: 60_000, interval: 50 };

const pages = pagesOfTests();
const { open } = pages;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function page(url: string, hash = ''): Promise<LivePage> {
  const live = await LivePage.open(pages.browser, url, hash);
  open.push(() => live.close());
  return live;
}

async function replayed(path: string, hash = ''): Promise<LivePage> {
  const agent = spawnAgent(['replay', path, '--port', '0']);
  open.push(async () => {
    agent.child.kill('SIGINT');
    expect((await agent.ended).code).toBe(0);
  });
  const address = await agent.says(/http:\S+/);
  const live = await LivePage.open(pages.browser, address.replace(/\?.*$/, ''), `${address.replace(/^[^?]*/, '')}${hash}`);
  open.push(() => live.close());
  return live;
}

/** The page stands: paused, with CQEs in the list, and with the moment in the address, which comes when the picture rests. */
async function stands(live: LivePage): Promise<void> {
  await expect.poll(async () => (await live.cqeList()).length, wait).toBeGreaterThan(3);
  if ((await live.button(/^Pause/).count()) > 0) await live.button(/^Pause/).click();
  await live.button(/^Play/).waitFor();
  await expect.poll(() => live.page.url(), wait).toMatch(/#v=1&t=\d+&span=\d+/);
  // Bars and their texts: the worker that draws knows the page's colours and fonts.
  await expect.poll(() => live.drawn('data'), wait).toBeGreaterThan(20);
  await expect.poll(async () => (await live.workerFonts()).length, wait).toBe(2);
}

/** The list when it has come to rest after a step. */
async function listAfter(live: LivePage, before: readonly string[]): Promise<string[]> {
  let list: string[] = [];
  await expect
    .poll(async () => {
      list = await live.cqeList();
      return list.join() !== before.join();
    }, wait)
    .toBe(true);
  return list;
}

describe('a recorded trace', () => {
  it('is played, stepped forth and back, and described', async () => {
    const live = await replayed(example('bursts.ringlens'));
    const { page: p } = live;
    await p.getByText(/^Recorded \d{4}-/).waitFor();
    await p.getByRole('region', { name: 'Trace', exact: true }).getByText('multishot, recv over tcp').waitFor();
    await stands(live);
    // The group was never unknown: its cells are there.
    await p.getByText(/^Buffer group 0/).waitFor();
    const first = await live.cqeList();
    await p.keyboard.press('.');
    const second = await listAfter(live, first);
    await p.keyboard.press('.');
    await listAfter(live, second);
    await p.keyboard.press(',');
    // Rows out of sight may be there or not: how many depends on the moment.
    await expect.poll(async () => (await live.cqeList()).slice(-10), wait).toEqual(second.slice(-10));
    // The next end of a request is the newest row there.
    await p.keyboard.press(']');
    await expect.poll(async () => (await live.cqeList()).at(-1), wait).toMatch(/^c\d+ (-105|0) /);
    expect(live.problems).toEqual([]);
  });

  it('is gone through with the minimap, and its end is its end', async () => {
    const live = await replayed(example('bursts.ringlens'));
    await stands(live);
    const strip = live.slider('Moment in the whole trace');
    await strip.focus();
    await live.page.keyboard.press('End');
    await expect.poll(async () => strip.getAttribute('aria-valuenow'), wait).toBe(await strip.getAttribute('aria-valuemax'));
    const atEnd = await live.clock();
    await live.page.keyboard.press('Home');
    await expect.poll(() => live.clock(), wait).not.toBe(atEnd);
    const box = await strip.boundingBox();
    if (box === null) throw new Error('the minimap is not there');
    const before = await live.clock();
    await live.page.mouse.click(box.x + box.width * 0.6, box.y + box.height / 2);
    await expect.poll(() => live.clock(), wait).not.toBe(before);
    expect(live.problems).toEqual([]);
  });

  it('keeps notes in its file, and a link brings back moment, zoom and filter', async () => {
    const path = join(folder, 'notes.ringlens');
    copyFileSync(example('bursts.ringlens'), path);
    const live = await replayed(path);
    const { page: p } = live;
    await stands(live);
    await p.keyboard.press(']');
    await p.keyboard.press('n');
    await p.getByRole('textbox', { name: /^Note at/ }).fill('here the group is empty');
    const kept = p.waitForResponse((r) => r.url().endsWith('/trace/notes') && r.ok());
    await p.keyboard.press('Enter');
    await kept;
    const bookmarked = p.waitForResponse((r) => r.url().endsWith('/trace/notes') && r.ok());
    await p.keyboard.press('b');
    await bookmarked;
    await p.getByRole('combobox', { name: 'Filter' }).fill('res<0');
    await expect.poll(() => p.url(), wait).toMatch(/#v=1&t=\d+&span=\d+/);
    await p.getByRole('region', { name: 'Notes' }).getByText('here the group is empty').waitFor();
    await p.getByRole('slider', { name: 'Moment in the whole trace' }).focus();
    await p.keyboard.press('+');
    await expect.poll(() => p.url(), wait).toContain('filter=res%3C0');
    const [at, list] = [await live.clock(), await live.cqeList()];
    await p.reload();
    await expect.poll(() => live.clock(), wait).toBe(at);
    await expect.poll(() => live.cqeList(), wait).toEqual(list);
    await p.getByRole('region', { name: 'Notes' }).getByText('here the group is empty').waitFor();
    const { out } = await runAgent('stats', path, '--json');
    expect(JSON.parse(out)).toMatchObject({ notes: 2, complete: true, trouble: [] });
    expect(live.problems).toEqual([]);
  });

  for (const name of ['bursts', 'single-shot', 'bundles', 'recvmsg-udp']) {
    it(`${name}: opens as a handout, under file://`, async () => {
      const html = join(folder, `${name}.html`);
      const made = await runAgent('handout', example(`${name}.ringlens`), '-o', html);
      expect(made.code).toBe(0);
      const live = await page(pathToFileURL(html).href);
      await live.page.getByText(/^Recorded \d{4}-/).waitFor();
      await stands(live);
      expect(live.problems).toEqual([]);
      // A handout is not written over unless that is wished.
      expect((await runAgent('handout', example(`${name}.ringlens`), '-o', html)).err).toContain('--force');
    });
  }

  it('opens in the one-file page under file://, where a file that is none is told in a sentence', async () => {
    const live = await page(site);
    const { page: p } = live;
    await p.getByRole('heading', { name: 'No trace opened' }).waitFor();
    const input = p.getByLabel('Recorded trace');
    await input.setInputFiles(join(root, 'package.json'));
    await p.getByRole('heading', { name: "package.json can't be shown" }).waitFor();
    await p.getByText(/This is not a ringlens trace/).waitFor();
    await p.getByLabel('Recorded trace').setInputFiles(example('bursts.ringlens'));
    await p.getByText('bursts.ringlens').first().waitFor();
    await stands(live);
    expect(live.problems).toEqual([]);
  });

  it('is made of the text of another tracer that is opened in the page', async () => {
    const live = await page(site);
    const { page: p } = live;
    await p.getByLabel('Recorded trace').setInputFiles(join(root, 'shared/import/fixtures/perf-script.txt'));
    await p.getByText('Imported from perf script').waitFor();
    await p.getByRole('region', { name: 'Trace', exact: true }).getByText('all tracepoints, through perf script').waitFor();
    await p.keyboard.press('9');
    await expect.poll(() => p.getByRole('row', { name: /fd 5/ }).count(), wait).toBe(9);
    expect(await p.getByRole('status', { name: 'Free buffers, min' }).textContent()).toBe('not observable');
    expect(live.problems).toEqual([]);
  });

  it('that was cut off in the middle is shown as far as it goes', async () => {
    const { readFileSync, writeFileSync } = await import('node:fs');
    const path = join(folder, 'cut.ringlens');
    const bytes = readFileSync(example('bursts.ringlens'));
    writeFileSync(path, bytes.subarray(0, Math.round(bytes.length * 0.5)));
    const live = await replayed(path);
    await live.page.getByText(/^Recorded, cut off/).waitFor();
    await live.page.getByText('The recording was cut off: its last moments may be missing.').first().waitFor();
    await stands(live);
    expect(live.problems).toEqual([]);
  });
});

describe('a live session', () => {
  it('is recorded from the page, and what was recorded can be replayed', async (context) => {
    needsRing(context);
    const agent = await startAgent([]);
    open.push(() => agent.stop());
    const live = await page(agent.url);
    await live.connected();
    await live.button(/^Record$/).click();
    const stop = live.button(/^Stop recording/);
    await stop.waitFor();
    await expect.poll(async () => (await stop.textContent()) ?? '', wait).toMatch(/0\.[1-9] MB|[1-9]\.\d MB/);
    await stop.click();
    const done = live.page.getByText(/^Recorded ringlens-\d{8}-\d{6}/);
    await done.waitFor();
    const name = ((await done.textContent()) ?? '').replace('Recorded ', '');
    const path = join(root, name);
    open.push(async () => rmSync(path, { force: true }));
    const { out } = await runAgent('stats', path, '--json');
    expect(JSON.parse(out)).toMatchObject({ complete: true, trouble: [], source: 'live' });
    // It begins with a snapshot: the group is known from the first moment on.
    const recorded = await replayed(path);
    await stands(recorded);
    await recorded.page.getByText(/^Buffer group 0/).waitFor();
    expect(live.problems).toEqual([]);
    expect(recorded.problems).toEqual([]);
  });
});
