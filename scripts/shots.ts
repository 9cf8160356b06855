/**
 * `npm run shots [-- --out FOLDER] [-- --preset NAME]`: pictures of the running page at the three sizes, in both themes.
 * The agent must have been built. docs/live.png, the README's picture, is one of them. Of another process:
 *
 *     npm run shots -- --target 'recv_tcp --connections 3' --traffic 'tcp --connections 3 --messages 100000 --gap 500'
 *     npm run shots -- --how run --target twins
 *
 * The targets are those of test/targets (`make -C test/targets targets`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startAgent } from '../test/support/agent.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { spawnAgent } from '../test/support/run-agent.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'build/shots' },
    preset: { type: 'string', default: 'bursts' },
    hash: { type: 'string', default: '' },
    wait: { type: 'string', default: '5' },
    target: { type: 'string' },
    how: { type: 'string', default: 'attach' },
    traffic: { type: 'string' },
    kernel: { type: 'string', default: 'all' },
    name: { type: 'string' },
    sizes: { type: 'string', default: '1280x720,1440x900,1920x1080' },
    themes: { type: 'string', default: 'dark,light' },
    /** Keys that are pressed before the picture is taken, parted by spaces. */
    keys: { type: 'string', default: '' },
    /** Point at this place of the page: "700,400". */
    point: { type: 'string' },
    /** The target is ended before the pictures. */
    ended: { type: 'boolean', default: false },
  },
});

const targets = fileURLToPath(new URL('../test/targets/build/', import.meta.url));
const children: ChildProcess[] = [];

function start(line: string, input: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
  const [program = '', ...args] = line.split(/\s+/);
  const child = spawn(targets + program, args, { stdio: [input, 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** The first line of the target that tells its port, or its pid. */
async function firstLine({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new Error('The target has no output.');
  for await (const line of createInterface(stdout)) {
    const told = /^(?:port|pid) (\d+)/.exec(line);
    if (told) return Number(told[1]);
  }
  throw new Error('The target ended before it told its port.');
}

async function startTarget(line: string) {
  if (values.how === 'run') {
    const [program = '', ...args] = line.split(/\s+/);
    const agent = spawnAgent(['run', '--port', '0', '--kernel', values.kernel, '--', targets + program, ...args]);
    let err = '';
    const url = new Promise<string>((resolve) => {
      agent.child.stderr?.on('data', (text) => {
        err += text;
        const found = /http:\/\/\S+\//.exec(err);
        if (found) resolve(found[0]);
      });
    });
    const port = await agent.says(/port (\d+)/);
    if (values.traffic !== undefined) start(`traffic ${values.traffic.replace(/^\w+/, `$& ${port}`)}`);
    return { url: await url, stop: async () => void agent.child.kill('SIGTERM'), name: 'run' };
  }
  const target = start(line, 'pipe');
  const port = await firstLine(target);
  const agent = spawnAgent(['attach', String(target.pid), '--port', '0', '--kernel', values.kernel]);
  const url = await agent.says(/http:\/\/[\w.:[\]]+\/?/);
  target.stdin?.write('x');
  if (values.traffic !== undefined) start(`traffic ${values.traffic.replace(/^\w+/, `$& ${port}`)}`);
  if (values.ended) setTimeout(() => target.kill('SIGTERM'), 2500);
  return { url: `${url.replace(/\/$/, '')}/`, stop: async () => void agent.child.kill('SIGTERM'), name: 'attach' };
}

mkdirSync(values.out, { recursive: true });
const agent =
  values.target === undefined ? { ...(await startAgent(['--preset', values.preset])), name: 'live' } : await startTarget(values.target);
const subject = values.name ?? (values.target === undefined ? values.preset : (values.target.split(' ')[0] as string));
const browser = await launchChromium();
try {
  for (const theme of values.themes.split(',')) {
    for (const size of values.sizes.split(',')) {
      const [width = 1440, height = 900] = size.split('x').map(Number);
      const page = await browser.newPage({ viewport: { width, height } });
      page.on('console', (m) => m.type() === 'error' && console.error(`page: ${m.text()}`));
      page.on('pageerror', (e) => console.error(`page: ${e.message}`));
      await page.goto(`${agent.url}#theme=${theme}${values.hash === '' ? '' : `&${values.hash}`}`);
      await page.waitForTimeout(Number(values.wait) * 1000);
      for (const key of values.keys.split(' ').filter(Boolean)) await page.keyboard.press(key);
      if (values.point !== undefined) {
        const [x = 0, y = 0] = values.point.split(',').map(Number);
        await page.mouse.move(x, y);
        await page.waitForTimeout(400);
      }
      await page.screenshot({ path: join(values.out, `${agent.name}-${subject}-${width}x${height}-${theme}.png`) });
      await page.close();
    }
  }
} finally {
  await browser.close();
  await agent.stop();
  for (const child of children) child.kill('SIGKILL');
}
