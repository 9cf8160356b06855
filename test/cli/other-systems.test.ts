/** Where there is no Linux there is no ring and no addon; whatever is recorded opens all the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isOneSentence, type RunningAgent, spawnAgent } from '../support/run-agent.ts';

/** Node, told that it runs on another system; its addon can't be loaded whatever the file. */
function onSystem(platform: string): string[] {
  const lie = `Object.defineProperty(process, 'platform', { value: '${platform}' });
    process.dlopen = () => { throw new Error('another system'); };`;
  return ['env', `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(lie)}`];
}
const example = join(import.meta.dirname, '../../examples/bursts.ringlens');

describe.each(['darwin', 'win32', 'freebsd'])('on %s', (platform) => {
  const started = (...args: string[]): RunningAgent => {
    const agent = spawnAgent(args, onSystem(platform));
    onTestFinished(() => void agent.child.kill('SIGKILL'));
    return agent;
  };

  it.each([['live'], ['attach', '1'], ['run', 'true']])('ringlens %s says that it needs Linux', async (...args) => {
    const ended = await started(...args).ended;
    expect(ended).toMatchObject({ code: 3, out: '' });
    expect(isOneSentence(ended.err), ended.err).toBe(true);
    expect(ended.err).toMatch(/needs? Linux/);
  });

  it('that comes before whatever else is wrong: a port that is taken, a process or a program that is not there', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    for (const args of [
      ['attach', '1', '--port', port],
      ['attach', '--comm', 'nobody-at-all'],
      ['run', '--port', port, '--', 'true'],
      ['run', '--', 'no-such-program'],
    ])
      expect(await started(...args).ended).toMatchObject({ code: 3, err: expect.stringMatching(/needs? Linux/) });
  });

  it('a recorded trace is replayed, told in numbers and exported', async () => {
    const replay = started('replay', example, '--port', '0');
    const url = await replay.says(/(http:\S+)/);
    const trace = await fetch(new URL('/trace', url));
    expect(trace.status).toBe(200);
    await trace.arrayBuffer();
    expect(JSON.parse((await started('stats', example, '--json').ended).out)).toMatchObject({ complete: true, trouble: [] });
    const csv = await started('export', example, '--to', 'csv').ended;
    expect(csv).toMatchObject({ code: 0, err: '' });
    expect(csv.out.split('\n').length).toBeGreaterThan(100);
  });

  it('npm start opens the page for recorded traces', async () => {
    const [command = '', ...wrapper] = onSystem(platform);
    const script = join(import.meta.dirname, '../../scripts/start.mjs');
    const child = spawn(command, [...wrapper, process.execPath, script, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      told += text;
    });
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (more) => {
        text += more;
        const found = /(http:\S+)/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.on('close', () => reject(new Error(`it ended: ${text}${told}`)));
    });
    expect(told).toContain('A live ring needs Linux');
    expect(url).toMatch(/\?trace=$/);
    expect((await fetch(url)).status).toBe(200);
  });
});
