/**
 * `npm run shots [-- --out FOLDER] [-- --preset NAME]`: pictures of the running page at the three sizes, in both themes.
 * The agent must have been built. docs/live.png, the README's picture, is one of them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startAgent } from '../test/support/agent.ts';
import { launchChromium } from '../test/support/chromium.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'build/shots' },
    preset: { type: 'string', default: 'bursts' },
    hash: { type: 'string', default: '' },
    wait: { type: 'string', default: '5' },
  },
});
mkdirSync(values.out, { recursive: true });
const agent = await startAgent(['--preset', values.preset]);
const browser = await launchChromium();
try {
  for (const theme of ['dark', 'light']) {
    for (const [width, height] of [
      [1280, 720],
      [1440, 900],
      [1920, 1080],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height } });
      page.on('console', (m) => m.type() === 'error' && console.error(`page: ${m.text()}`));
      page.on('pageerror', (e) => console.error(`page: ${e.message}`));
      await page.goto(`${agent.url}#theme=${theme}${values.hash === '' ? '' : `&${values.hash}`}`);
      await page.waitForTimeout(Number(values.wait) * 1000);
      await page.screenshot({ path: join(values.out, `live-${values.preset}-${width}x${height}-${theme}.png`) });
      await page.close();
    }
  }
} finally {
  await browser.close();
  await agent.stop();
}
