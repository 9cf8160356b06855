/** The whole way: a real ring, the agent in its own process, the page in Chromium. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isMultishotRecv, isOwnRecv, isRecv, slotOf } from '../../shared/model/requests.ts';
import { Kind } from '../../shared/schema/events.ts';
import { type LiveAgent, startAgent } from '../support/agent.ts';
import { launchChromium } from '../support/chromium.ts';
import { WsClient } from '../support/ws-client.ts';
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

async function open(args: string[] = [], hash = ''): Promise<{ agent: LiveAgent; live: LivePage }> {
  agent = await startAgent(args);
  live = await LivePage.open(browser, agent.url, hash);
  return { agent, live };
}

/** Waits until the ring gets a recv of that mode, as a client of its own sees it from now on. */
const recvSubmitted = (client: WsClient, multishot: boolean) =>
  client.event((e) => e.kind === Kind.submit && isRecv(e.a) && isMultishotRecv(e.a) === multishot, client.blocks.length);

describe('the live page', () => {
  it('shows a newcomer the group run dry, an ENOBUFS and a re-arm', async () => {
    const { live } = await open();
    await live.connected();
    await live.waitForCounter('ENOBUFS', (n) => n > 0);
    await live.waitForCounter('Re-arms', (n) => n > 0);
    await live.waitForCounter('Free buffers, min', (n) => n === 0);
    expect(await live.counter('Trace events lost')).toBe(0);
    expect(await live.counter('CQ overflow')).toBe(0);
    await live.page.getByText(/^Poll arms (observed|inferred, not observed)$/).waitFor();
  });

  it('lists the CQEs of the ring: the same, in the same order, as another client gets them', async () => {
    const { agent, live } = await open();
    const client = await WsClient.connect(agent.url);
    await live.waitForCounter('ENOBUFS', (n) => n > 0);
    // The client holds all that came up to now, so the page can only be behind it once the client has seen one more block.
    await live.page.keyboard.press('0');
    await live.page.keyboard.press(' ');
    await live.button(/^Resume/).waitFor();
    const list = await live.cqeList();
    expect(list.length).toBeGreaterThan(5);
    const seen = client.blocks.length;
    await client.until(() => (client.blocks.length > seen ? true : undefined));
    const reaped = client.events((e) => e.kind === Kind.reap && isOwnRecv(Number(e.userData & 0xffffn)));
    const text = reaped
      .map((e) => `c${slotOf(Number(e.userData & 0xffffn))} ${e.res} 0x${e.flags.toString(16).padStart(5, '0')}`)
      .join('\n');
    expect(text).toContain(list.slice(-5).join('\n').replaceAll('−', '-'));
  });

  it('observes poll arms in the kernel, and says so when it only infers them', async () => {
    const { live } = await open(['--preset', 'steady', '--kernel', 'off']);
    await live.waitForCounter('CQE/s', (n) => n > 0);
    await live.page.getByText('Poll arms inferred, not observed').waitFor();
    await live.button('More').click();
    await live.page.getByRole('group', { name: 'Kernel tracepoints' }).getByRole('button', { name: 'All' }).click();
    await live.page.getByText('Poll arms observed').waitFor();
    await live.waitForCounter('Poll arms per recv', (n) => n > 0);
  });

  it('changes the running workload: mode, connections, preset', async () => {
    const { agent, live } = await open(['--preset', 'steady']);
    const client = await WsClient.connect(agent.url);
    await live.waitForCounter('CQE/s', (n) => n > 0);

    const single = recvSubmitted(client, false);
    await live.button('Single shot').click();
    await single;
    const multishot = recvSubmitted(client, true);
    await live.button('Multishot').click();
    await multishot;

    const connections = live.slider('Connections');
    const before = Number((await connections.getAttribute('aria-valuetext'))?.replaceAll(/\D/g, ''));
    await connections.focus();
    await live.page.keyboard.press('ArrowRight');
    await client.until(() => client.messages.findLast((m) => m.type === 'stats' && (m.stats.workload?.connections ?? 0) > before));

    await live.page.getByRole('combobox', { name: 'Preset' }).click();
    await live.page.getByRole('option', { name: /Bursts, slow app/ }).click();
    await live.waitForCounter('ENOBUFS', (n) => n > 0);
  });

  it('pauses, steps and goes back to now by the keyboard alone', async () => {
    const { live } = await open();
    await live.waitForCounter('ENOBUFS', (n) => n > 0);
    await live.page.keyboard.press(' ');
    await live.button(/^Resume/).waitFor();
    const paused = await live.clock();
    // There may be no later CQE or end yet; the ring goes on while the picture stands, so there will be.
    const clockAfter = async (key: string) => {
      await live.page.keyboard.press(key);
      return live.clock();
    };
    await expect.poll(() => clockAfter('.'), { timeout: 60_000, interval: 500 }).not.toBe(paused);
    const stepped = await live.clock();
    await expect.poll(() => clockAfter(']'), { timeout: 60_000, interval: 500 }).not.toBe(stepped);
    await live.page.keyboard.press('?');
    await live.page.getByRole('dialog').waitFor();
    await live.page.keyboard.press('Escape');
    await live.page.getByRole('dialog').waitFor({ state: 'hidden' });
    await live.page.keyboard.press('0');
    await live.button(/^Pause/).waitFor();
  });

  it('keeps the picture when the agent goes, and comes back with it', async () => {
    const { agent: first, live } = await open();
    const { port } = new URL(first.url);
    await live.waitForCounter('ENOBUFS', (n) => n > 0);
    await first.stop();
    await live.page.getByText('Agent gone, picture kept').waitFor();
    expect(await live.counter('ENOBUFS')).toBeGreaterThan(0);
    agent = await startAgent([], Number(port));
    await live.connected();
    await live.waitForCounter('CQE/s', (n) => n > 0);
  });

  it('keeps up with a ring that goes as fast as it can', async () => {
    const { live } = await open(['--preset', 'firehose'], '#speed=1');
    await live.waitForCounter('CQE/s', (n) => n > 50_000);
    // It still answers: a dialog opens while the data comes.
    await live.page.keyboard.press('?');
    await live.page.getByRole('dialog').waitFor();
  });

  it.each(['dark', 'light'])('has no accessibility violation (%s)', async (theme) => {
    const { live } = await open([], `#theme=${theme}`);
    await live.waitForCounter('ENOBUFS', (n) => n > 0);
    expect(await violations(live.page)).toEqual([]);
  });
});
