/** The LIVE page as a test sees it: by roles and names, never by structure. */
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export class LivePage {
  /** What went wrong in the page, and where it asked for something that is not the agent's. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, url: string, hash = '', viewport = { width: 1280, height: 720 }): Promise<LivePage> {
    const page = await browser.newPage({ viewport });
    const live = new LivePage(page);
    page.on('pageerror', (e) => live.problems.push(e.message));
    page.on('console', (m) => {
      // A lost agent is reported by the browser itself.
      if (m.type() === 'error' && !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(m.text())) live.problems.push(m.text());
    });
    page.on('request', (r) => {
      if (!r.url().startsWith(url) && !r.url().startsWith('data:') && !r.url().startsWith('blob:'))
        live.problems.push(`asked for ${r.url()}`);
    });
    await page.goto(`${url}${hash}`);
    return live;
  }

  /** The number that a counter shows. */
  async counter(name: string): Promise<number> {
    const text = (await this.page.getByRole('status', { name, exact: true }).textContent()) ?? '';
    return Number(text.replaceAll(/[^\d.]/g, '') || Number.NaN);
  }

  /** Waits until a counter's number is as wanted; the test's own limit ends a wait that is in vain. */
  async waitForCounter(name: string, wanted: (n: number) => boolean): Promise<number> {
    let seen = Number.NaN;
    await expect
      .poll(
        async () => {
          seen = await this.counter(name);
          return wanted(seen);
        },
        { timeout: 60_000, interval: 100, message: `counter ${name}` },
      )
      .toBe(true);
    return seen;
  }

  slider(name: string): Locator {
    return this.page.getByRole('slider', { name });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  async clock(): Promise<string> {
    return (await this.page.getByRole('status', { name: 'Trace time' }).textContent()) ?? '';
  }

  /** The CQE list, oldest first: "c3 64 0x30007". */
  async cqeList(): Promise<string[]> {
    const rows = this.page.getByRole('table', { name: /^CQE list/ }).getByRole('row');
    const cells = await rows.evaluateAll((all) =>
      all.map((row) => [...row.children].slice(1, 4).map((cell) => cell.textContent?.trim() ?? '')),
    );
    return cells.filter(([conn]) => /^c\d+$/.test(conn ?? '')).map((row) => row.join(' '));
  }

  /** Pixels of the time views in a colour of the theme, say "arm": a worker draws them, so that they come when they come. */
  drawn(colour: string): Promise<number> {
    return this.page.getByRole('img', { name: /^Buffer group, request lanes/ }).evaluate((canvas, name) => {
      const { clientWidth: width, clientHeight: height } = canvas;
      const ctx = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      if (ctx === null) throw new Error('no context');
      ctx.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
      ctx.fillRect(0, 0, 1, 1);
      const wanted = new Uint32Array(ctx.getImageData(0, 0, 1, 1).data.buffer)[0];
      ctx.clearRect(0, 0, 1, 1);
      ctx.drawImage(canvas as HTMLCanvasElement, 0, 0);
      return new Uint32Array(ctx.getImageData(0, 0, width, height).data.buffer).filter((pixel) => pixel === wanted).length;
    }, colour);
  }

  /** Families of the fonts that the workers of the page have loaded. */
  async workerFonts(): Promise<string[]> {
    const families = await Promise.all(
      this.page
        .workers()
        .map((worker) =>
          worker.evaluate(() =>
            [...(self as unknown as { fonts: Iterable<FontFace> }).fonts].filter((f) => f.status === 'loaded').map((f) => f.family),
          ),
        ),
    );
    return [...new Set(families.flat())].sort();
  }

  connected(): Promise<void> {
    return this.page
      .getByText(/^Agent connected\s*[\d.]* ?(ms|µs|s)?$/)
      .first()
      .waitFor();
  }

  close(): Promise<void> {
    return this.page.close();
  }
}
