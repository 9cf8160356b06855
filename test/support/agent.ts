/** A real agent in a process of its own, as a user starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts `ringlens live` on a free port and resolves with its address once it says it. */
export async function startAgent(args: string[]): Promise<{ url: string; child: ChildProcess; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [`${root}dist/agent/main.js`, 'live', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    const url = /http:\/\/[\w.:[\]]+/.exec(text)?.[0];
    if (url === undefined) continue;
    child.stdout?.resume();
    const stop = async (): Promise<void> => {
      const ended = once(child, 'exit');
      if (child.kill('SIGTERM')) await ended;
    };
    return { url, child, stop };
  }
  throw new Error(`The agent ended before it said its address: ${text}`);
}
