/** Other processes in the page: a real program, the real CLI, the page in Chromium, and the keyboard. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { needsRing } from '../support/needs-ring.ts';
import { LivePage } from './live-page.ts';
import { buildTargets, startTarget, startTrace, type Target, type TracePage, targetPath } from './targets.ts';

const wait = { timeout: 60_000, interval: 100 };

let browser: Browser;
let agent: TracePage | undefined;
let live: LivePage | undefined;
let running: Target[] = [];

beforeAll(async () => {
  buildTargets();
  browser = await launchChromium();
});
afterAll(() => browser?.close());
beforeEach(needsRing);
afterEach(async () => {
  const problems = live?.problems ?? [];
  await live?.close();
  await agent?.stop();
  for (const { child, over } of running) {
    child.kill('SIGKILL');
    await over;
  }
  live = undefined;
  agent = undefined;
  running = [];
  expect(problems).toEqual([]);
});

function started(name: string, ...args: string[]): Target {
  const target = startTarget(name, args);
  running.push(target);
  return target;
}

/** Names of the lanes in the CQE list. */
const listed = async (page: LivePage): Promise<string[]> => {
  const rows = page.page.getByRole('table', { name: /^CQE list/ }).getByRole('row');
  const names = await rows.evaluateAll((all) => all.map((row) => row.children[1]?.textContent?.trim() ?? ''));
  return [...new Set(names.filter((name) => /^(r\d+ )?(fd|file|ud) /.test(name)))].sort();
};

describe('a process that is attached to', () => {
  it('is shown with its lanes, its ring, and what nobody can see of it', async (context) => {
    const server = started('recv_tcp', '--connections', '3');
    const port = await server.says(/port (\d+)/);
    const traffic = started('traffic', 'tcp', port, '--connections', '3', '--messages', '20000', '--gap', '300', '--size', '64', '--go');
    await traffic.says(/connected/);
    agent = await startTrace(['attach', String(server.pid), '--port', '0'], context);
    live = await LivePage.open(browser, agent.url, '#speed=real');
    const { page } = live;
    await live.connected();
    await page.getByText(`attached to recv_tcp ${server.pid}`).waitFor();

    // The arms are older than the trace: a sample tells of the polls before any CQE tells whose they are.
    const ring = page.getByRole('radio', { name: /^r1 · fd 3/ });
    await ring.waitFor();
    await page.getByText(/^0 in CQ, 3 polls, 0 overflowed/).waitFor();
    traffic.go();
    await page.getByRole('radio', { name: /^r1 · fd 3 ?3 lanes, 3 armed ?SQ 8 · CQ 1,?024 · older than the trace/ }).waitFor();
    await live.waitForCounter('CQE/s', (n) => n > 0);
    const seen = live;
    await expect
      .poll(() => listed(seen), wait)
      .toEqual([expect.stringMatching(/^fd \d+$/), expect.stringMatching(/^fd/), expect.stringMatching(/^fd/)]);
    await page.getByRole('radio', { name: /^bgid 7/ }).waitFor();
    const spoken = page.getByRole('list', { name: 'Newest marks of the request lanes' }).getByRole('listitem');
    await expect
      .poll(async () => (await spoken.allTextContents()).filter((line) => /^fd \d+, .*64 bytes/.test(line)).length, wait)
      .toBeGreaterThan(0);

    // What is not observable is said, not drawn.
    expect(await page.getByRole('status', { name: 'Free buffers, min' }).textContent()).toBe('not observable');
    const unseen = page.getByRole('region', { name: 'Not observable from outside' });
    await unseen.getByText(/^When the app reaps/).waitFor();
    await unseen.getByText(/^When the app gives a buffer back/).waitFor();
    await page.getByText(/^at least \d+ buffers$/).waitFor();
    await page.getByText('Kernel observed, app not').waitFor();

    // Nothing of another process can be set: there is no preset, only the filter's field.
    const look = page.getByRole('complementary', { name: 'What you look at' });
    expect(await look.getByRole('slider').count()).toBe(0);
    expect(await page.getByRole('combobox', { name: 'Filter' }).count()).toBe(1);
    expect(await page.getByRole('combobox').count()).toBe(1);

    await page.getByRole('button', { name: /^Latencies/ }).focus();
    await page.keyboard.press('Enter');
    await live.waitForCounter('wake → CQE, count', (n) => n > 0);
    await page.getByText('not observable from this source: nobody tells when another process reaps').waitFor();
    await page.getByText('not observable from this source: nobody tells when it gives buffers back').waitFor();

    await traffic.says(/sent/);
    traffic.go();
    await server.over;
    await page.getByRole('heading', { name: `Process ${server.pid} (recv_tcp) has ended` }).waitFor();
    await page.getByRole('radio', { name: /^r1 · fd 3 ?closed/ }).waitFor();
    expect((await listed(live)).length).toBe(3);
    expect(await live.counter('Trace events lost')).toBe(0);
  });

  it('is shown as far as it went to who comes after its end', async (context) => {
    const server = started('recv_tcp');
    const port = await server.says(/port (\d+)/);
    agent = await startTrace(['attach', String(server.pid), '--port', '0'], context);
    const said = agent;
    started('traffic', 'tcp', port, '--messages', '20', '--gap', '500');
    await server.over;
    await said.says(/has ended/);
    live = await LivePage.open(browser, agent.url, '#speed=real');
    await live.page.getByRole('heading', { name: `Process ${server.pid} (recv_tcp) has ended` }).waitFor();
    const seen = live;
    await expect.poll(() => listed(seen), wait).toEqual([expect.stringMatching(/^fd \d+$/)]);
  });
});

describe('a command that ringlens runs', () => {
  it('has its rings side by side, chosen by the keyboard', async (context) => {
    agent = await startTrace(['run', '--port', '0', '--', targetPath('rings'), '--connections', '2'], context);
    const port = await agent.says(/port (\d+)/);
    live = await LivePage.open(browser, agent.url, '#speed=real');
    const { page } = live;
    await page.getByText(/^started rings \d+$/).waitFor();
    await page.getByRole('heading', { name: 'No recv so far' }).waitFor();
    const traffic = started('traffic', 'tcp', port, '--connections', '2', '--messages', '2000', '--gap', '500', '--go');
    await traffic.says(/connected/);
    traffic.go();
    const seen = live;
    const both = [expect.stringMatching(/^r2 fd \d+$/), expect.stringMatching(/^r3 fd \d+$/)];
    await expect.poll(() => listed(seen), wait).toEqual(both);

    await page.getByRole('radio', { name: /^All rings/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.getByRole('radio', { name: /^r2 · fd/ }).isChecked(), wait).toBe(true);
    await expect.poll(() => listed(seen), wait).toEqual([both[0]]);
    await page.getByText('Counters and latencies are of all rings.').waitFor();
    // Single keys are commands here too.
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    traffic.go();
    await page.getByRole('heading', { name: /^rings \(process \d+\) ended with exit status 0/ }).waitFor();
  });
});
