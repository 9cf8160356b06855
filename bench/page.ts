/** Ring → agent → page: what Chromium takes in and draws, software rendered, everything on the same cores. */
import { startAgent } from '../test/support/agent.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { type BenchOptions, median, type Result, short } from './harness.ts';

interface PageRun {
  /** Events that the page's worker took in, a second. */
  events: number;
  framesPerSecond: number;
  /** Time between two frames of the page's main thread, milliseconds. */
  frameP50: number;
  frameP99: number;
  lost: number;
}

/** Runs in the page: the time between frames for `ms`. A text, since the tools that run this file rename functions. */
const timeFrames = (ms: number): string => `new Promise((resolve) => {
  const gaps = [];
  let before = performance.now();
  const end = before + ${ms};
  requestAnimationFrame(function frame(now) {
    gaps.push(now - before);
    before = now;
    if (now < end) requestAnimationFrame(frame);
    else resolve(gaps);
  });
})`;

export async function benchPage({ rounds, runMs }: BenchOptions): Promise<Result> {
  const rows: (string | number)[][] = [];
  const data: Record<string, PageRun[]> = {};
  const browser = await launchChromium();
  try {
    for (const [preset, speed] of [
      ['bursts', '0.01'],
      ['bursts', '1'],
      ['firehose', '0.01'],
      ['firehose', '1'],
    ] as const) {
      const runs: PageRun[] = [];
      for (let round = 0; round < rounds; round++) {
        const agent = await startAgent(['--preset', preset]);
        const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
        await page.goto(`${agent.url}#speed=${speed}`);
        const count = page.getByRole('status', { name: 'Trace events', exact: true });
        await count.filter({ hasNotText: /^0$/ }).waitFor();
        const number = async (name: string): Promise<number> =>
          Number(await page.getByRole('status', { name, exact: true }).getAttribute('data-value'));
        await page.waitForTimeout(runMs / 3);
        const [events0, t0] = [await number('Trace events'), performance.now()];
        const gaps = (await page.evaluate<number[]>(timeFrames(runMs))).slice(1).sort((x, y) => x - y);
        const [events1, t1] = [await number('Trace events'), performance.now()];
        const lost = Number((await page.getByRole('status', { name: 'Trace events lost' }).textContent())?.replaceAll(/\D/g, ''));
        await page.close();
        await agent.stop();
        runs.push({
          events: (events1 - events0) / ((t1 - t0) / 1000),
          framesPerSecond: gaps.length / (gaps.reduce((sum, g) => sum + g, 0) / 1000),
          frameP50: gaps[Math.floor(gaps.length * 0.5)] ?? Number.NaN,
          frameP99: gaps[Math.floor(gaps.length * 0.99)] ?? Number.NaN,
          lost,
        });
      }
      data[`${preset} at ${speed}`] = runs;
      const m = (key: keyof PageRun): number => median(runs.map((r) => r[key]));
      rows.push([
        preset,
        speed === '1' ? 'real' : '1/100',
        `${short(m('events'))}/s`,
        m('framesPerSecond').toFixed(0),
        `${m('frameP50').toFixed(1)} / ${m('frameP99').toFixed(1)} ms`,
        runs.reduce((n, r) => n + r.lost, 0),
      ]);
    }
  } finally {
    await browser.close();
  }
  return {
    name: 'page',
    data,
    tables: [
      {
        title: 'Ring to page',
        note: `Headless Chromium at 1440×900 without a GPU, ${rounds} rounds of ${runMs} ms; reactor, load generator, agent and browser share the cores. Events: taken in by the page's worker. Frames: of the page's main thread.`,
        columns: ['preset', 'speed', 'events', 'frames a second', 'frame time p50 / p99', 'lost'],
        rows,
      },
    ],
  };
}
