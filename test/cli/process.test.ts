/** `ringlens` as a process: how it ends, what it prints, what it leaves behind. Runs the built agent (npm run build). */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../agent/src/paths.ts';
import { needsRing } from '../support/needs-ring.ts';
import { isOneSentence, type RunningAgent, runAgent, spawnAgent } from '../support/run-agent.ts';
import { WsClient } from '../support/ws-client.ts';

const URL_LINE = /live: (http:\/\/\S+)/;
/** The promise is one second; machines of CI are slow. */
const ENDS_WITHIN_MS = 5000;

const agents: RunningAgent[] = [];
function start(...args: string[]): RunningAgent {
  const agent = spawnAgent(args);
  agents.push(agent);
  return agent;
}
const servers: Server[] = [];
afterEach(() => {
  for (const { child } of agents.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
});

/** A port that somebody uses. */
async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

async function freePort(): Promise<number> {
  const port = await takenPort();
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

describe('bad input', () => {
  it.each([
    [['live', '--conections', '3'], /did you mean --connections\?$/],
    [['lvie'], /did you mean live\?$/],
    [['live', '--buffers', '33'], /--buffers: 33 is not a power of two/],
    [['live', '--transport', 'udp', '--app', 'echo'], /echo needs a connected socket/],
    [['live', '--port', 'x'], /--port: "x" is not a port/],
  ])('gives %j one sentence and exit code 2', async (args, sentence) => {
    const { code, out, err } = await runAgent(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(isOneSentence(err)).toBe(true);
    expect(err.trimEnd()).toMatch(sentence);
  });

  it('prints help and version without touching the ring', async () => {
    expect(await runAgent('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect((await runAgent('live', '--help')).out).toContain('Examples:');
  });
});

describe('trouble', () => {
  beforeEach(needsRing);

  it('is told for a port in use, with what to do', async () => {
    const port = await takenPort();
    const { code, out, err } = await runAgent('live', '--port', `${port}`);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(isOneSentence(err)).toBe(true);
    expect(err).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is in use.*--port 0`));
  });

  it('is told for a port of the workload in use', async () => {
    const port = await takenPort();
    for (const more of [
      ['--port', '0'],
      ['--headless', '--duration', '1s'],
    ]) {
      const { code, out, err } = await runAgent('live', '--listen', `${port}`, ...more);
      expect(code).toBe(1);
      expect(out).toBe('');
      expect(isOneSentence(err)).toBe(true);
      expect(err).toContain(`${port}`);
    }
  });

  it('is told for an address that is not here', async () => {
    const { code, err } = await runAgent('live', '--port', '0', '--host', '192.0.2.1');
    expect(code).toBe(1);
    expect(isOneSentence(err)).toBe(true);
    expect(err).toContain('192.0.2.1 is no address of this machine');
  });

  it('is told for a socket path that can not be', async () => {
    const { code, err } = await runAgent('live', '--port', '0', '--transport', 'unix', '--unix-path', '/nonexistent/folder/socket');
    expect(code).toBe(1);
    expect(isOneSentence(err)).toBe(true);
  });
});

describe('without io_uring', () => {
  const script = fileURLToPath(new URL('../support/without-io-uring.py', import.meta.url));
  const EPERM = 1;
  const ENOMEM = 12;
  const ENOSYS = 38;

  it.each([
    [EPERM, /seccomp.*type: docker run/],
    [ENOMEM, /RLIMIT_MEMLOCK.*type: ulimit/],
    [ENOSYS, /has no io_uring: it needs Linux 6\.0/],
  ])('says why and what to do, with and without a page (errno %i)', async (errno, sentence) => {
    for (const more of [
      ['--port', '0'],
      ['--headless', '--duration', '1s', '--json'],
    ]) {
      const { code, out, err } = await spawnAgent(['live', ...more], ['python3', script, `${errno}`]).ended;
      expect(code).toBe(3);
      expect(out).toBe('');
      expect(isOneSentence(err)).toBe(true);
      expect(err).toMatch(sentence);
    }
  });
});

describe('the end', () => {
  beforeEach(needsRing);

  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 143],
  ] as const)('comes soon after %s, with a client that listens, and with exit code %i', async (signal, exitCode) => {
    const folder = mkdtempSync(join(tmpdir(), 'ringlens-test-'));
    try {
      const socket = join(folder, 'socket');
      const agent = start('live', '--port', '0', '--preset', 'firehose', '--transport', 'unix', '--unix-path', socket);
      const url = await agent.says(URL_LINE);
      const client = await WsClient.connect(url);
      await client.until(() => client.blocks[0]);
      expect(existsSync(socket)).toBe(true);
      const began = performance.now();
      agent.child.kill(signal);
      const { code, err } = await agent.ended;
      expect(code).toBe(exitCode);
      expect(err).toBe('');
      expect(performance.now() - began).toBeLessThan(ENDS_WITHIN_MS);
      await expect(client.until(() => undefined)).rejects.toThrow('closed');
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('comes once, although npm passes on a Ctrl-C that the terminal has sent too', async () => {
    const agent = start('live', '--port', '0');
    await agent.says(URL_LINE);
    agent.child.kill('SIGINT');
    agent.child.kill('SIGINT');
    expect((await agent.ended).code).toBe(0);
  });

  it('leaves the picture when the time is over, and comes with Ctrl-C', async () => {
    const agent = start('live', '--port', '0', '--duration', '50ms');
    const client = await WsClient.connect(await agent.says(URL_LINE));
    expect(await client.message('stopped')).toMatchObject({ code: 'EENDED' });
    agent.child.kill('SIGINT');
    expect((await agent.ended).code).toBe(0);
  });
});

describe("a port of one's own", () => {
  beforeEach(needsRing);

  it('receives what any client sends', async () => {
    const port = await freePort();
    const agent = start('live', '--port', '0', '--no-load', '--listen', `${port}`);
    const ws = await WsClient.connect(await agent.says(URL_LINE));
    const socket = connect(port, '127.0.0.1');
    socket.end('x'.repeat(1000));
    await ws.until(() => ws.messages.find((m) => m.type === 'stats' && m.stats.workload?.bytesReceived === 1000));
    agent.child.kill('SIGINT');
    expect((await agent.ended).code).toBe(0);
  });

  it('echoes what any client sends', async () => {
    const agent = start('live', '--port', '0', '--no-load', '--app', 'echo');
    const [host, port] = (await agent.says(/listens on (\S+)\. /)).split(':') as [string, string];
    const socket = connect(Number(port), host);
    const echoed = new Promise<string>((resolve, reject) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        if (text.length === 13) resolve(text);
      });
      socket.on('error', reject);
    });
    socket.write('hello, kernel');
    expect(await echoed).toBe('hello, kernel');
    socket.destroy();
  });
});
