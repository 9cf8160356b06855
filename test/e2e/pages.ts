/** What the tests in Chromium share: one browser a file, and all that a test has opened is closed behind it, the newest first. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { launchChromium } from '../support/chromium.ts';

export interface Pages {
  readonly browser: Browser;
  /** To be closed when the test is over. */
  readonly open: (() => Promise<unknown>)[];
}

export function pagesOfTests(): Pages {
  let browser: Browser | undefined;
  const open: Pages['open'] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  afterAll(() => browser?.close());
  return {
    get browser() {
      if (browser === undefined) throw new Error('The browser is there in tests alone.');
      return browser;
    },
    open,
  };
}
