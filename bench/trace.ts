/** Recorded traces: size, opening, seeking, panning and memory at 0.1, 1 and 10 million events, beside other programs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createGzip } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { openTraceFile } from '../agent/src/trace/open-file.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { agentPath, runAgent, spawnAgent } from '../test/support/run-agent.ts';
import { type BenchOptions, median, pause, type Result, short, type Table } from './harness.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Seconds of a run at some 290,000 events a second, which the machine records without a loss. */
const sizes = [
  ['0.1 M', 0.35],
  ['1 M', 3.5],
  ['10 M', 36],
] as const;
const STEPS = 16;

interface Recorded {
  path: string;
  events: number;
  bytes: number;
  partBytes: number;
}

async function record(path: string, seconds: number, args: readonly string[]): Promise<Recorded> {
  const run = await runAgent('live', '--headless', '--json', '--duration', `${Math.round(seconds * 1000)}ms`, '--record', path, ...args);
  if (run.code !== 0) throw new Error(run.err);
  return measureFile(path);
}

async function measureFile(path: string): Promise<Recorded> {
  const { trace, close } = await openTraceFile(path);
  const events = trace.parts.reduce((n, part) => n + part.count, 0);
  const partBytes = trace.parts.reduce((n, part) => n + part.stored, 0);
  await close();
  return { path, events, bytes: statSync(path).size, partBytes };
}

/** In the page, before it begins: when a picture was asked for and when it came. A text, since the tools that run this file rename functions. */
const watchWorker = `(() => {
  const Plain = window.Worker;
  window.pictures = [];
  let asked = 0;
  window.Worker = class extends Plain {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (data.type !== 'picture' || data.picture === null) return;
        window.pictures.push([asked, performance.now()]);
        window.pictureCame?.();
      });
    }
    postMessage(message, transfer) {
      if (message.type === 'open') window.openedAt = performance.now();
      if (message.type === 'view') asked = performance.now();
      super.postMessage(message, transfer);
    }
  };
})()`;

/** The page's CSP lets no text be evaluated in it by itself: it is asked again and again, and tells its own times. */
async function until(page: Page, expression: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await page.evaluate<boolean>(expression))) {
    if (performance.now() > end) throw new Error(`the page never came to ${expression}`);
    await pause(3);
  }
}

const newest = (page: Page): Promise<[number, number]> => page.evaluate<[number, number]>('window.pictures.at(-1) ?? [0, 0]');
const pictures = (page: Page): Promise<number> => page.evaluate<number>('window.pictures.length');

/** What changes nothing (a pan at the end of the trace) asks for no picture. */
const PATIENCE_MS = 1000;

/** ms from the request of a picture to its coming, after what `act` does; none where nothing was asked for. */
async function latency(page: Page, act: () => Promise<unknown>): Promise<number[]> {
  const before = await pictures(page);
  await act();
  const end = performance.now() + PATIENCE_MS;
  while ((await pictures(page)) === before) {
    if (performance.now() > end) return [];
    await pause(2);
  }
  const [asked, came] = await newest(page);
  return [came - asked];
}

/**
 * Presses the keys in the page itself, each once the picture of the one before is drawn: nothing else works there meanwhile.
 * Resolves with how many there were.
 */
const pressed = (keys: readonly string[]): string => `(async () => {
  for (const key of ${JSON.stringify(keys)}) {
    const came = new Promise((resolve) => {
      window.pictureCame = resolve;
      setTimeout(resolve, ${PATIENCE_MS});
    });
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    await came;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }
  window.pictureCame = undefined;
  return ${keys.length};
})()`;

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;

/** Of all renderers of the browser together. */
async function renderers(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { id }) => sum + rssMiB(id), 0);
}

interface PageRun {
  cold: number;
  dropped: number;
  seek: number;
  pan: number;
  /** Of the page's thread for each step: time on a core, and with the waits for one. */
  panWork: number;
  panTask: number;
  zoomWork: number;
  zoom: number;
  memory: number;
}

async function replay(browser: Browser, path: string): Promise<PageRun> {
  const agent = spawnAgent(['replay', path, '--port', '0']);
  const url = await agent.says(/http:\S+/);
  const blank = await browser.newPage();
  const empty = await renderers(browser);
  await blank.close();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  try {
    await page.addInitScript(watchWorker);
    await page.goto(url);
    await until(page, 'window.pictures.length > 0');
    const first = await page.evaluate<number>('window.pictures[0][1]');
    await page.keyboard.press('Space');
    // Somewhere else each time, in a window of 48 ms.
    const strip = page.getByRole('slider', { name: 'Moment in the whole trace' });
    const box = await strip.boundingBox();
    if (box === null) throw new Error('there is no minimap');
    const seeks: number[] = [];
    for (let i = 0; i < STEPS; i++) {
      const x = box.x + 90 + ((i * 0.618) % 1) * (box.width - 130);
      seeks.push(...(await latency(page, () => page.mouse.click(x, box.y + box.height / 2))));
    }
    /** Reads how long tasks of the page's thread have taken so far, ms. */
    const tasks = async (timeDomain: 'threadTicks' | 'timeTicks'): Promise<() => Promise<number>> => {
      const session = await page.context().newCDPSession(page);
      await session.send('Performance.enable', { timeDomain });
      return async () => {
        const { metrics } = await session.send('Performance.getMetrics');
        return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
      };
    };
    const [work, task] = [await tasks('threadTicks'), await tasks('timeTicks')];
    const keys = Array.from({ length: STEPS }, (_, i) => (i % 8 < 4 ? 'h' : 'l'));
    const pans: number[] = [];
    for (const key of keys) pans.push(...(await latency(page, () => page.keyboard.press(key))));
    const before = [await work(), await task()] as const;
    const n = await page.evaluate<number>(pressed(keys));
    const [panWork, panTask] = [((await work()) - before[0]) / n, ((await task()) - before[1]) / n];
    const zoomFrom = await work();
    const zoomed = await page.evaluate<number>(pressed([...Array.from({ length: 7 }, () => '-'), ...Array.from({ length: 7 }, () => '+')]));
    const zoomWork = ((await work()) - zoomFrom) / zoomed;
    const zooms: number[] = [];
    for (let i = 0; i < 14; i++) zooms.push(...(await latency(page, () => page.keyboard.press(i < 7 ? '-' : '+'))));
    const memory = (await renderers(browser)) - empty;
    // The page is warm now: the same file once more, as if it was dropped on it.
    const count = await pictures(page);
    await page.getByLabel('Recorded trace').setInputFiles(path);
    await until(page, `window.pictures.length > ${count}`);
    const dropped = await page.evaluate<number>(`window.pictures[${count}][1] - window.openedAt`);
    return { cold: first, dropped, seek: median(seeks), pan: median(pans), panWork, panTask, zoomWork, zoom: Math.max(...zooms), memory };
  } finally {
    await page.close();
    agent.child.kill('SIGTERM');
    await agent.ended;
  }
}

const SPEEDSCOPE_MS = 60_000;

/** ms until speedscope shows the profile; null where it does not within a minute. */
async function speedscope(browser: Browser, json: string): Promise<number | null> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  try {
    await page.goto(pathToFileURL(join(root, 'node_modules/speedscope/dist/release/index.html')).href);
    const input = page.locator('input[type=file]').first();
    await input.waitFor({ state: 'attached' });
    const t0 = performance.now();
    await input.setInputFiles(json, { timeout: 30_000 });
    while (!(await page.title()).includes('out.json')) {
      if (performance.now() - t0 > SPEEDSCOPE_MS) return null;
      await pause(5);
    }
    return performance.now() - t0;
  } catch {
    return null;
  } finally {
    await page.close();
  }
}

const gzipped = async (path: string): Promise<number> => {
  let bytes = 0;
  await pipeline(createReadStream(path), createGzip(), async (pieces) => {
    for await (const piece of pieces) bytes += (piece as Uint8Array).length;
  });
  return bytes;
};

/** The default workload, recorded by ringlens and by perf at once: bytes an event of each. */
async function formats(folder: string): Promise<Table> {
  const [ours, perfData, json] = [join(folder, 'default.ringlens'), join(folder, 'perf.data'), join(folder, 'default.json')];
  const run = [process.execPath, agentPath, 'live', '--headless', '--duration', '5s', '--record', ours, '--force'];
  const perf = spawnSync('perf', ['record', '-q', '-a', '-e', 'io_uring:*', '-o', perfData, '--', ...run], { encoding: 'utf8' });
  if (perf.status !== 0) await runAgent(...run.slice(2));
  const { events, bytes, partBytes } = await measureFile(ours);
  await runAgent('export', ours, '--to', 'chrome', '-o', json, '--force');
  const rows: (string | number)[][] = [
    ['ringlens, with its index', short(events), short(bytes), (bytes / events).toFixed(2)],
    ['ringlens, its blocks alone', short(events), short(partBytes), (partBytes / events).toFixed(2)],
    ['Chrome JSON', short(events), short(statSync(json).size), (statSync(json).size / events).toFixed(2)],
    ['Chrome JSON, gzip', short(events), short(await gzipped(json)), ((await gzipped(json)) / events).toFixed(2)],
  ];
  if (perf.status === 0) {
    const script = execFileSync('perf', ['script', '-i', perfData, '-F', 'comm'], {
      maxBuffer: 1e9,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const samples = script.split('\n').length - 1;
    rows.push([
      'perf.data (tracepoints only)',
      short(samples),
      short(statSync(perfData).size),
      (statSync(perfData).size / samples).toFixed(2),
    ]);
  }
  return {
    title: 'Size of a trace',
    note: 'The default workload for 5 s, recorded by ringlens and by `perf record -a -e io_uring:*` at once: ringlens has the events of its probe besides. trace-cmd may not run on every machine and is left out.',
    columns: ['file', 'events', 'bytes', 'bytes an event'],
    rows,
  };
}

export async function benchTrace({ rounds, runMs }: BenchOptions): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'ringlens-bench-'));
  const rows: (string | number)[][] = [];
  const data: Record<string, unknown> = {};
  const browser = await launchChromium();
  const ms = (n: number): string => `${n.toFixed(n < 10 ? 1 : 0)} ms`;
  try {
    const sizeTable = await formats(folder);
    for (const [name, seconds] of sizes) {
      // A quick bench leaves the largest out.
      if (runMs < 1000 && seconds > 10) continue;
      const path = join(folder, 'trace.ringlens');
      const recorded = await record(path, seconds, ['--preset', 'firehose', '--rate', '500000', '--kernel', 'off', '--force']);
      const runs: PageRun[] = [];
      for (let round = 0; round < Math.min(3, rounds); round++) runs.push(await replay(browser, path));
      let scope: number | null = null;
      if (seconds < 10) {
        const json = join(folder, 'out.json');
        await runAgent('export', path, '--to', 'chrome', '-o', json, '--force');
        scope = await speedscope(browser, json);
        rmSync(json, { force: true });
      }
      data[name] = { ...recorded, runs, speedscope: scope };
      const m = (key: keyof PageRun): number => median(runs.map((r) => r[key]));
      rows.push([
        short(recorded.events),
        `${(recorded.bytes / recorded.events).toFixed(2)} B`,
        ms(m('cold')),
        ms(m('dropped')),
        ms(m('seek')),
        ms(m('pan')),
        ms(m('panWork')),
        ms(m('panTask')),
        ms(m('zoomWork')),
        ms(m('zoom')),
        `${m('memory').toFixed(0)} MiB`,
        seconds >= 10 ? 'not tried: its JSON is larger than a string may be' : scope === null ? 'not within a minute' : ms(scope),
      ]);
    }
    return {
      name: 'trace',
      data,
      tables: [
        sizeTable,
        {
          title: 'Recorded traces in the page',
          note: 'A firehose of some 290 thousand events a second, without a loss, in headless Chromium at 1440×900 without a GPU, on the same two cores as everything else; medians. First picture: from the start of navigation in a fresh page (the program is loaded and compiled in it), and from the file given to a page that is warm. Seek: from the click on a place anywhere in the trace to its picture. Pan: a quarter of a window. Work is what a step takes of the page’s own thread: on a core, and with the waits for a free one, since drawing, compositing and the worker that reads need the two cores, too. Zoom: its work over 14 steps, up to 128 times the window and back, and the slowest picture of as many. Memory: resident memory of the renderer beyond that of an empty page. Speedscope opens the same events as Chrome JSON.',
          columns: [
            'events',
            'bytes an event',
            'first picture, fresh page',
            'first picture, warm page',
            'seek',
            'pan',
            'pan, work on a core',
            'pan, work with waits',
            'zoom, work on a core',
            'slowest zoom',
            'memory',
            'speedscope',
          ],
          rows,
        },
      ],
    };
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
