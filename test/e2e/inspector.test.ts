/** Events selected, followed and linked to, and what is done by hand, over a real ring and in a recorded trace. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { slotOf } from '../../shared/model/requests.ts';
import { formatClock } from '../../web/src/canvas/time-text.ts';
import { spawnAgent } from '../support/run-agent.ts';
import { violations } from './axe.ts';
import { banner, debugSession, inspector, isAt, isRecvReap, openPage, place, shownEvent, title, wait } from './debug-page.ts';
import type { LivePage } from './live-page.ts';
import { pagesOfTests } from './pages.ts';

const pages = pagesOfTests();
const isOf = (conn: number) => (e: { userData: bigint }) => slotOf(Number(e.userData & 0xffffffffn)) === conn;

/** `ringlens replay` of a shipped example: the address of its page, and what stands behind it to choose the trace. */
async function replayOf(name: string): Promise<{ url: string; search: string }> {
  const agent = spawnAgent(['replay', fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)), '--port', '0']);
  pages.open.push(async () => {
    agent.child.kill('SIGINT');
    await agent.ended;
  });
  const address = await agent.says(/http:\S+/);
  return { url: address.replace(/\?.*$/, ''), search: address.replace(/^[^?]*/, '') };
}

const byHand = ({ page }: LivePage) => page.getByRole('region', { name: 'By hand' });
const bufferCanvas = ({ page }: LivePage) => page.getByRole('region', { name: 'Buffer group now' }).getByRole('img');
const result = ({ page }: LivePage) => page.getByRole('tabpanel', { name: 'Debugger' }).getByRole('status').first();

describe('by hand', () => {
  const silent = ['--no-traffic', '--connections', '2', '--hold', '10s', '--buffers', '32', '--buffer-size', '64'];

  it('sends, gives back the buffer that was clicked, gives one back twice, is refused by the kernel and cancels', async () => {
    const { live, reactor } = await debugSession(pages, silent, '#speed=1');
    const { page } = live;
    await reactor.client.event((e) => e.kind === 17 && e.a === 2);
    const conn = byHand(live).getByRole('spinbutton', { name: 'Connection' });
    await conn.fill('1');
    const send = byHand(live).getByRole('button', { name: 'Send', exact: true });
    const reaped = () => reactor.client.events((e) => isRecvReap(e) && isOf(1)(e));
    const sent = async (cqes: number) => {
      await send.click();
      await reactor.client.until(() => (reaped().length >= cqes ? true : undefined));
    };
    await sent(2);
    expect(reaped().map((e) => e.res)).toEqual([64, 36]);
    await expect.poll(async () => (await live.cqeList()).map((row) => row.split(' ', 2).join(' ')), wait).toEqual(['c1 64', 'c1 36']);
    await expect.poll(() => result(live).textContent(), wait).toBe('Send c1: 100');
    await sent(4);
    // Nothing comes back by itself, however slow this machine is.
    for (const target of [0, 1, 2, 3])
      expect(await reactor.client.request({ type: 'act', name: 'leak', target, value: 0 })).toMatchObject({ type: 'ok' });
    await expect.poll(() => bufferCanvas(live).getAttribute('aria-label'), wait).toMatch(/^28 available, .*4 held by the app$/);

    // A click on the cell of b1, the second in the first row, chooses it.
    const box = await bufferCanvas(live).boundingBox();
    if (box === null) throw new Error('no canvas');
    const pitch = (box.width - 8 - 24) / 10;
    await page.mouse.click(box.x + 4 + pitch + 12, box.y + 86 + 12);
    await expect.poll(() => byHand(live).getByRole('spinbutton', { name: 'Buffer', exact: true }).inputValue(), wait).toBe('1');
    await byHand(live).getByRole('button', { name: 'Give back', exact: true }).click();
    await expect.poll(() => result(live).textContent(), wait).toBe('Give back b1');
    await expect.poll(() => bufferCanvas(live).getAttribute('aria-label'), wait).toMatch(/^29 available, .*3 held by the app$/);
    // Held by nobody it can't be given back, and the agent says why.
    await byHand(live).getByRole('button', { name: 'Give back', exact: true }).click();
    await expect.poll(() => result(live).textContent(), wait).toMatch(/b1.*\.$/);

    await byHand(live).getByRole('spinbutton', { name: 'Buffer', exact: true }).fill('0');
    await byHand(live).getByRole('button', { name: 'Give back twice' }).click();
    const group = page.getByRole('region', { name: 'Buffer group now' });
    await group.getByText('b0 was given back twice. The kernel has it once more than there is of it.').waitFor();
    await bufferCanvas(live).hover({ position: { x: 4 + 12, y: 86 + 12 } });
    await group.getByText(/^bid 0[\s\S]*given back twice: the kernel will fill it twice$/).waitFor();
    // 28 that are there, b1, and b0 two times: all that the kernel has.
    await byHand(live)
      .getByRole('spinbutton', { name: 'Send: bytes' })
      .fill(String(31 * 64));
    await sent(4 + 31);
    await group.getByText('The kernel filled a buffer that the app still held once so far.').waitFor();
    expect(await group.getByText(/was given back twice\./).count()).toBe(0);
    await byHand(live).getByRole('button', { name: 'Give all back' }).click();
    await expect.poll(() => bufferCanvas(live).getAttribute('aria-label'), wait).toMatch(/^\d+ available, .*0 held by the app$/);

    const rows = page.getByRole('table', { name: /^CQE list/ }).getByRole('row');
    await byHand(live).getByRole('button', { name: 'Refused request' }).click();
    await rows.filter({ hasText: /c1′/ }).filter({ hasText: '-22' }).filter({ hasText: 'EINVAL' }).first().waitFor();
    await byHand(live).getByRole('button', { name: 'Cancel', exact: true }).click();
    await rows
      .filter({ hasText: /c1(?!′)/ })
      .filter({ hasText: 'ECANCELED' })
      .first()
      .waitFor();
  });
});

/** What has the focus, in a few words; and whether one can see that. */
const focus = (page: Page) =>
  page.evaluate(() => {
    const e = document.activeElement;
    if (e === null || e === document.body) return 'nothing';
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e);
    const isSeen = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none' || e.matches('input[role=combobox]');
    return `${isSeen ? '' : 'unseen: '}${e.getAttribute('role') ?? e.localName} ${e.getAttribute('aria-label') ?? e.textContent?.slice(0, 40)}`;
  });
const seen = /^(?!nothing|unseen)/;

describe('the keyboard alone', () => {
  it('stops, steps, selects, follows causes and goes on; the focus is always somewhere and seen', async () => {
    const { live, reactor } = await debugSession(pages, ['--preset', 'steady']);
    const { page } = live;
    // As it is loaded: nobody has clicked anything yet.
    await page.reload();
    await live.waitForCounter('CQE/s', (n) => n > 0);
    const isTab = (name: string) => page.getByRole('tab', { name }).evaluate((e) => e === document.activeElement);
    for (let n = 0; n < 60 && !(await isTab('Workload')); n++) {
      await page.keyboard.press('Tab');
      expect(await focus(page)).toMatch(seen);
    }
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => isTab('Debugger'), wait).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Reactor' }).waitFor();

    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Commands' });
    await palette.getByRole('option', { selected: true }).waitFor();
    await page.keyboard.type('stop it');
    await palette.getByRole('option', { selected: true }).filter({ hasText: 'Reactor: stop it' }).waitFor();
    await reactor.stopAfter(() => page.keyboard.press('Enter'));
    await banner(live).getByRole('heading', { name: 'The reactor is stopped' }).waitFor();
    await palette.waitFor({ state: 'detached' });
    await expect.poll(() => isTab('Debugger'), wait).toBe(true);

    await reactor.stopAfter(() => page.keyboard.press('o'));
    const { stop } = await reactor.told((d) => d.stopped && d.stop?.event != null);
    await isAt(live, formatClock(stop?.event?.t ?? Number.NaN));
    const cqe = await shownEvent(live);
    await page.keyboard.press('c');
    await expect.poll(() => shownEvent(live), wait).toBeLessThan(cqe);
    const cause = await shownEvent(live);
    await page.keyboard.press('e');
    await expect.poll(() => shownEvent(live), wait).toBeGreaterThan(cause);
    await page.keyboard.press('Escape');
    await inspector(live).waitFor({ state: 'detached' });
    await page.keyboard.press('i');
    await inspector(live).waitFor();
    expect(await isTab('Debugger')).toBe(true);

    // Into the inspector and along a link: the link is gone with its event, the focus is at the next one's.
    const links = inspector(live).getByRole('region', { name: 'Causes and effects' }).getByRole('button');
    await links.first().focus();
    const before = await title(live).textContent();
    await page.keyboard.press('Enter');
    await expect.poll(() => title(live).textContent(), wait).not.toBe(before);
    await expect.poll(() => focus(page), wait).toMatch(seen);
    expect(await page.getByRole('tabpanel', { name: 'Event' }).evaluate((e) => e.contains(document.activeElement))).toBe(true);

    // The banner goes with its button.
    await banner(live)
      .getByRole('button', { name: /^Go on/ })
      .focus();
    await page.keyboard.press('Enter');
    await banner(live).waitFor({ state: 'detached' });
    await expect.poll(() => focus(page), wait).toMatch(seen);
    await reactor.told((d) => !d.stopped);

    // So do a usual breakpoint, chosen, and a breakpoint, deleted.
    const breaks = page.getByRole('region', { name: 'Break when' });
    await breaks.getByRole('button', { name: 'kind=cqe_overflow' }).focus();
    await page.keyboard.press('Enter');
    await breaks.getByRole('button', { name: 'Delete breakpoint 1' }).waitFor();
    await expect.poll(() => focus(page), wait).toMatch(seen);
    await breaks.getByRole('button', { name: 'Delete breakpoint 1' }).focus();
    await page.keyboard.press('Enter');
    await breaks.getByRole('button', { name: 'Delete breakpoint 1' }).waitFor({ state: 'detached' });
    await expect.poll(() => focus(page), wait).toMatch(seen);
    expect(await breaks.evaluate((e) => e.contains(document.activeElement))).toBe(true);

    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focus(page), wait).toMatch(seen);
  });
});

describe('a link', () => {
  it('leads a second page to the selected event, while the reactor stands at another', async () => {
    const { agent, live, reactor } = await debugSession(pages, ['--preset', 'steady']);
    await live.waitForCounter('CQE/s', (n) => n > 0);
    await reactor.stopAfter(() => live.page.keyboard.press('r'));
    await reactor.stopAfter(() => live.page.keyboard.press('o'));
    const { stop } = await reactor.told((d) => d.stopped && d.stop?.event != null);
    await isAt(live, formatClock(stop?.event?.t ?? Number.NaN));
    const atStop = await shownEvent(live);
    await live.page.keyboard.press('c');
    await expect.poll(() => shownEvent(live), wait).toBeLessThan(atStop);
    const [where, what] = [await place(live), (await title(live).textContent())?.replace(/ [\d,]+$/, '')];
    // The address follows when the picture rests.
    const time = /\d\d:\d\d\.\d{3} \d{3}/.exec(where)?.[0] ?? '';
    const linked = () => Number(/event=(\d+)\./.exec(live.page.url())?.[1] ?? Number.NaN);
    await expect.poll(() => formatClock(linked()), wait).toBe(time);
    const second = await openPage(pages, agent.url, new URL(live.page.url()).hash);
    await expect.poll(() => place(second).catch(() => ''), wait).toBe(where);
    expect((await title(second).textContent())?.replace(/ [\d,]+$/, '')).toBe(what);
  });

  it('does so in a recorded trace', async () => {
    const { url, search } = await replayOf('bursts.ringlens');
    const live = await openPage(pages, url, search);
    await expect.poll(async () => (await live.cqeList()).length, wait).toBeGreaterThan(3);
    await live.page.keyboard.press(']');
    await live.page.keyboard.press('i');
    await inspector(live).waitFor();
    const before = await shownEvent(live);
    await live.page.keyboard.press('c');
    await expect.poll(() => shownEvent(live), wait).toBeLessThan(before);
    const [where, what] = [await place(live), await title(live).textContent()];
    const time = /\d\d:\d\d\.\d{3} \d{3}/.exec(where)?.[0] ?? '';
    await expect.poll(() => formatClock(Number(/event=(\d+)\./.exec(live.page.url())?.[1] ?? Number.NaN)), wait).toBe(time);
    const second = await openPage(pages, url, `${search}${new URL(live.page.url()).hash}`);
    await expect
      .poll(
        () =>
          title(second)
            .textContent()
            .catch(() => ''),
        wait,
      )
      .toBe(what);
    expect(await place(second)).toBe(where);
  });
});

describe('a page that comes late', () => {
  it('ends at the newest stop, however many steps are made while it catches up', async () => {
    const { agent, live, reactor } = await debugSession(pages, ['--preset', 'steady', '--rate', '5000']);
    await reactor.client.until(() => (reactor.client.bytes > 3e6 ? true : undefined));
    await reactor.client.request({ type: 'pause' });
    const second = await openPage(pages, agent.url);
    for (let n = 0; n < 12; n++) expect(await reactor.client.request({ type: 'step', unit: 'cqe' })).toMatchObject({ type: 'ok' });
    const { stop } = await reactor.told((d) => d.stopped && d.stop?.event != null && d.cqes === d.stop.cqes);
    for (const page of [live, second]) {
      await isAt(page, formatClock(stop?.event?.t ?? Number.NaN));
      expect(await title(page).textContent()).toMatch(/^Reaped CQE /);
    }
    expect(await place(second)).toBe(await place(live));
  });
});

describe.each(['dark', 'light'])('accessibility (%s)', (theme) => {
  it('has no violation: debugger, stop, events of each sort, palette, help', async () => {
    const { live, reactor } = await debugSession(pages, ['--break', 'ENOBUFS'], `#theme=${theme}`);
    const { page } = live;
    await banner(live).getByRole('heading', { name: 'Stopped at breakpoint 1: ENOBUFS' }).waitFor();
    await title(live).waitFor();
    expect(await violations(page)).toEqual([]);
    // From the end along its causes and effects to events of other sorts.
    const met = new Set<string>();
    const sort = async () => ((await title(live).textContent()) ?? '').replace(/ [\d,]+$/, '');
    for (const key of ['c', 'c', 'c', 'c', 'e', 'c', 'c']) {
      met.add(await sort());
      const before = await title(live).textContent();
      await page.keyboard.press(key);
      const moved = await expect
        .poll(() => title(live).textContent(), { timeout: 5000, interval: 50 })
        .not.toBe(before)
        .then(
          () => true,
          () => false,
        );
      if (!moved) continue;
      if (!met.has(await sort())) expect(await violations(page)).toEqual([]);
    }
    expect(met.size).toBeGreaterThan(2);
    const text = 'kind=replenish';
    await page.getByRole('textbox', { name: 'Condition of a new breakpoint' }).fill(text);
    await page.keyboard.press('Enter');
    await reactor.told((d) => d.breakpoints.some((b) => b.text === text));
    await banner(live)
      .getByRole('button', { name: /^Go on/ })
      .click();
    await reactor.told((d) => d.stop?.event?.kind === 'replenish');
    await title(live).filter({ hasText: 'Replenish' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Event' }).focus();
    for (const [key, role] of [
      ['Control+k', 'Commands'],
      ['?', 'Keyboard'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('dialog', { name: new RegExp(role) }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  it('has none in a recorded trace with an event', async () => {
    const { url, search } = await replayOf('recvmsg-udp.ringlens');
    const live = await openPage(pages, url, `${search}#theme=${theme}`);
    await expect.poll(async () => (await live.cqeList()).length, wait).toBeGreaterThan(3);
    await live.page.keyboard.press('i');
    await inspector(live).waitFor();
    expect(await violations(live.page)).toEqual([]);
  });
});
