/** The debugger over a real ring: stop, step, breakpoint; what the page shows is what a second client hears. */
import { describe, expect, it } from 'vitest';
import { isOwnRecv, slotOf } from '../../shared/model/requests.ts';
import type { StopInfo } from '../../shared/protocol/debug.ts';
import { CqeFlag } from '../../shared/schema/uapi.ts';
import { formatClock } from '../../web/src/canvas/time-text.ts';
import { banner, debugSession, inspector, isAt, place, title, wait } from './debug-page.ts';
import type { LivePage } from './live-page.ts';
import { pagesOfTests } from './pages.ts';

const pages = pagesOfTests();

/** The banner's number of CQEs that wait. */
async function waiting(live: LivePage): Promise<number> {
  const words = (await banner(live).textContent()) ?? '';
  return Number(/([\d,]+) CQEs? waits? in the CQ/.exec(words)?.[1]?.replaceAll(',', '') ?? Number.NaN);
}

/** The inspector shows the event of that stop: its lane, its time, and of a CQE its bytes; and the cursor is there. */
async function showsEventOf(live: LivePage, { event }: StopInfo): Promise<void> {
  if (event === null) throw new Error('It stopped at no event.');
  await isAt(live, formatClock(event.t));
  const lo = Number(BigInt(event.userData) & 0xffffffffn);
  if (event.kind === 'replenish') {
    expect(await title(live).textContent()).toMatch(/^Replenish [\d,]+$/);
    expect(await inspector(live).locator('.eventSentence').textContent()).toContain(` ${event.a}`);
  }
  if (event.kind !== 'reap') return;
  if (isOwnRecv(lo)) expect(await place(live)).toMatch(new RegExp(`^c${slotOf(lo)}, `));
  expect(await title(live).textContent()).toMatch(/^Reaped CQE [\d,]+$/);
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(event.userData));
  bytes.writeInt32LE(event.res, 8);
  bytes.writeUInt32LE(event.flags, 12);
  const raw = inspector(live).getByRole('region', { name: 'Raw CQE' }).locator('.hexBytes > span');
  expect((await raw.allTextContents()).join('')).toBe(bytes.toString('hex'));
}

describe('the reactor', () => {
  it('is stopped by a button and by a key; the kernel goes on, and nothing is lost when the reactor does', async () => {
    // More buffers than the application may hold at that moment: the kernel has some left to fill.
    const { live, reactor } = await debugSession(pages, ['--preset', 'steady', '--buffers', '1024']);
    const { page } = live;
    await live.waitForCounter('CQE/s', (n) => n > 0);
    await page.getByRole('region', { name: 'Reactor' }).getByRole('button', { name: /^Stop/ }).click();
    await banner(live).getByRole('heading', { name: 'The reactor is stopped' }).waitFor();
    const stopped = await reactor.told((d) => d.stopped);
    expect(stopped.stop).toMatchObject({ reason: 'pause', event: null });
    const later = await reactor.told((d) => d.waiting > 20);
    await expect.poll(() => waiting(live), wait).toBeGreaterThan(20);
    expect(later.cqes).toBe(stopped.cqes);

    await page.keyboard.press('r');
    await banner(live).waitFor({ state: 'detached' });
    await reactor.told((d) => !d.stopped);
    const [, reaped] = await reactor.client.until(() => {
      const stats = reactor.client.messages.findLast((m) => m.type === 'stats')?.stats.workload;
      return stats != null && stats.cqes > later.cqes + later.waiting ? [true, stats.cqes] : undefined;
    });
    expect(reaped).toBeGreaterThan(later.cqes);

    // By key, and on by the banner's own button.
    await page.keyboard.press('r');
    await banner(live).getByRole('heading', { name: 'The reactor is stopped' }).waitFor();
    await reactor.told((d) => d.stopped);
    await banner(live)
      .getByRole('button', { name: /^Go on/ })
      .click();
    await banner(live).waitFor({ state: 'detached' });
    await reactor.told((d) => !d.stopped);
    expect(await live.counter('Trace events lost')).toBe(0);
    expect(await live.counter('CQ overflow')).toBe(0);
  });

  it('is stepped: one CQE, those of one recv, a turn, to an end; the page is at the event each time', async () => {
    const { live, reactor } = await debugSession(pages, []);
    const { page } = live;
    await live.waitForCounter('CQE/s', (n) => n > 0);
    await reactor.stopAfter(() => page.keyboard.press('r'));
    const stepped = async (key: string) => {
      const before = reactor.debug?.stop;
      const reaped = await reactor.stopAfter(() => page.keyboard.press(key));
      const { stop } = await reactor.told((d) => d.stopped && d.stop?.event != null && d.stop.event.t !== before?.event?.t);
      if (stop === null) throw new Error('It did not stop.');
      expect(stop.reason).toBe('step');
      const last = reaped.at(-1);
      expect(last).toMatchObject({ userData: BigInt(stop.event?.userData ?? 0), res: stop.event?.res, flags: stop.event?.flags });
      await showsEventOf(live, stop);
      await banner(live).getByRole('heading', { name: 'The reactor is stopped: the step is over' }).waitFor();
      return reaped;
    };
    for (let i = 0; i < 3; i++) expect(await stepped('o')).toHaveLength(1);
    expect(new Set((await stepped('O')).map((e) => e.userData)).size).toBe(1);
    const ended = await stepped('U');
    expect(ended.filter((e) => (e.flags & CqeFlag.F_MORE) === 0)).toEqual([ended.at(-1)]);
    await expect.poll(() => inspector(live).locator('.eventSentence').textContent(), wait).toContain('The request has ended.');
    // A turn ends at no event of its own: what was selected stays.
    const before = await title(live).textContent();
    await reactor.stopAfter(() => page.keyboard.press('u'));
    expect((await reactor.told((d) => d.stopped && d.stop?.event === null)).stop?.reason).toBe('step');
    await banner(live)
      .getByText(/^[\d,]+ CQEs reaped, none since\./)
      .waitFor();
    expect(await title(live).textContent()).toBe(before);
  });
});

const breaks = (live: LivePage) => live.page.getByRole('region', { name: 'Break when' });

describe('a breakpoint', () => {
  it('is typed, hit, shown with its event, counted, switched off and deleted', async () => {
    const { live, reactor } = await debugSession(pages, ['--preset', 'steady']);
    const { page } = live;
    await live.waitForCounter('CQE/s', (n) => n > 0);
    const field = breaks(live).getByRole('textbox', { name: 'Condition of a new breakpoint' });
    await field.fill('bidd=5');
    await field.press('Enter');
    await breaks(live).getByText('There is no field "bidd"; did you mean bid?').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await breaks(live).getByRole('listitem').count()).toBe(0);

    await field.fill('bid=5');
    await field.press('Enter');
    const first = await reactor.told((d) => d.stopped && d.stop?.breakpoint?.text === 'bid=5');
    await banner(live).getByRole('heading', { name: 'Stopped at breakpoint 1: bid=5' }).waitFor();
    await showsEventOf(live, first.stop as StopInfo);
    expect(await page.getByRole('tab', { name: 'Event' }).getAttribute('aria-selected')).toBe('true');
    // The bid of a CQE, or of a give-back.
    const bidOf = (e: StopInfo['event']) => (e?.kind === 'reap' ? e.flags >>> 16 : e?.a);
    expect(bidOf(first.stop?.event ?? null)).toBe(5);
    const hits = breaks(live).getByRole('status', { name: 'Hits of breakpoint 1' });
    await expect.poll(() => hits.textContent(), wait).toBe('1');

    // On, and into it again; in the field the key would be a letter.
    await page.keyboard.press('Tab');
    await page.keyboard.press('r');
    const second = await reactor.told((d) => d.stopped && d.stop?.event != null && d.stop.event.t > (first.stop?.event?.t ?? 0));
    await expect.poll(() => hits.textContent(), wait).toBe('2');
    await showsEventOf(live, second.stop as StopInfo);

    // Switched off it does not stop: bid 5 is reaped on and on.
    await breaks(live).getByRole('checkbox', { name: 'Breakpoint 1: bid=5' }).click();
    await reactor.told((d) => d.breakpoints[0]?.enabled === false);
    await page.keyboard.press('r');
    await reactor.told((d) => !d.stopped);
    const from = reactor.client.blocks.length;
    const isBid5 = (e: { flags: number }) => (e.flags & CqeFlag.F_BUFFER) !== 0 && e.flags >>> 16 === 5;
    const one = await reactor.client.event((e) => isBid5(e), from);
    await reactor.client.event((e) => isBid5(e) && e.t > one.t, from);
    expect(reactor.debug?.stopped).toBe(false);
    expect(await hits.textContent()).toBe('2');

    await breaks(live).getByRole('button', { name: 'Delete breakpoint 1' }).click();
    await hits.waitFor({ state: 'detached' });
    expect((await reactor.told((d) => d.breakpoints.length === 0)).stopped).toBe(false);
  });

  it('is one of the usual ones by a click, or one of the command line; hits can be skipped', async () => {
    const { live, reactor } = await debugSession(pages, ['--break', 'kind=error']);
    await breaks(live).getByRole('checkbox', { name: 'Breakpoint 1: kind=error' }).waitFor();
    const usual = breaks(live).getByRole('button', { name: 'ENOBUFS' });
    await usual.click();
    const { stop } = await reactor.told((d) => d.stopped && d.stop?.breakpoint?.id === 2);
    await banner(live).getByRole('heading', { name: 'Stopped at breakpoint 2: ENOBUFS' }).waitFor();
    await banner(live)
      .getByText(/^c\d+, res −105 \(ENOBUFS\), no flags at /)
      .waitFor();
    await showsEventOf(live, stop as StopInfo);
    // What is there is not offered.
    await usual.waitFor({ state: 'detached' });

    const hits = reactor.debug?.breakpoints[1]?.hits ?? Number.NaN;
    await breaks(live)
      .getByRole('spinbutton', { name: 'Hits of breakpoint 2 that do not stop' })
      .fill(String(hits + 2));
    await reactor.told((d) => d.breakpoints[1]?.ignore === hits + 2);
    await live.page
      .getByRole('region', { name: 'Reactor' })
      .getByRole('button', { name: /^Go on/ })
      .click();
    const next = await reactor.told((d) => d.stopped && d.stop?.event != null && d.stop.event.t > (stop?.event?.t ?? 0));
    expect(next.breakpoints[1]?.hits).toBe(hits + 3);
    await showsEventOf(live, next.stop as StopInfo);
  });

  it('stops at the next one like the selected CQE', async () => {
    const { live, reactor } = await debugSession(pages, ['--preset', 'steady']);
    const { page } = live;
    await live.waitForCounter('CQE/s', (n) => n > 0);
    await reactor.stopAfter(() => page.keyboard.press('r'));
    await reactor.stopAfter(() => page.keyboard.press('o'));
    const { stop } = await reactor.told((d) => d.stopped && d.stop?.event != null);
    await showsEventOf(live, stop as StopInfo);
    const conn = slotOf(Number(BigInt(stop?.event?.userData ?? 0) & 0xffffffffn));
    await live.button('Stop at the next one like this').click();
    await breaks(live)
      .getByRole('checkbox', { name: `Breakpoint 1: cqe MORE bytes>0 conn=${conn}` })
      .waitFor();
    await page.keyboard.press('r');
    const next = await reactor.told((d) => d.stopped && d.stop?.reason === 'breakpoint');
    await banner(live)
      .getByRole('heading', { name: /^Stopped at breakpoint 1: cqe MORE bytes>0 conn=/ })
      .waitFor();
    expect(next.stop?.event?.userData).toBe(stop?.event?.userData);
    await showsEventOf(live, next.stop as StopInfo);
  });
});
