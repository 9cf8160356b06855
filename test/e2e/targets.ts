/** Programs of test/targets, and `ringlens attach` or `run` on them with a page: what the tests of other processes start. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type RunningAgent, spawnAgent } from '../support/run-agent.ts';

const folder = fileURLToPath(new URL('../targets/', import.meta.url));

export function buildTargets(): void {
  execFileSync('make', ['-s', '-C', folder, 'targets'], { stdio: 'pipe' });
}

export const targetPath = (name: string): string => `${folder}build/${name}`;

/** What a process prints, to be waited for. */
function listenTo(child: ChildProcess, ...streams: ('stdout' | 'stderr')[]) {
  let text = '';
  const watchers = new Set<() => void>();
  for (const name of streams) {
    child[name]?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      for (const watcher of [...watchers]) watcher();
    });
  }
  const over = new Promise<void>((resolve) => child.on('close', () => resolve()));
  /** Resolves with the first group of the pattern, or all of what it found; rejects when the process ends before. */
  const says = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (match === null) return;
        watchers.delete(look);
        resolve(match[1] ?? match[0]);
      };
      watchers.add(look);
      look();
      void over.then(() => reject(new Error(`It ended before it said ${pattern}: ${text}`)));
    });
  return { says, over };
}

export interface Target {
  child: ChildProcess;
  pid: number;
  says(pattern: RegExp): Promise<string>;
  over: Promise<void>;
  /** One byte on its standard input: it goes on. */
  go(): void;
}

export function startTarget(name: string, args: readonly string[]): Target {
  const child = spawn(targetPath(name), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  // A program that has ended takes no byte.
  child.stdin?.on('error', () => undefined);
  return { child, pid: child.pid as number, ...listenTo(child, 'stdout'), go: () => void child.stdin?.write('x') };
}

export interface TracePage extends RunningAgent {
  url: string;
  stop(): Promise<void>;
}

/** Exit status of `ringlens attach` and `run` where tracing is not permitted, or not possible. */
const NOT_POSSIBLE = 3;

interface Skippable {
  skip(note?: string): never;
}

/** Starts `ringlens ARGS` with its page. Skips the test where nobody may read tracepoints here. */
export async function startTrace(
  args: readonly string[],
  { skip }: Skippable,
): Promise<TracePage & { says(pattern: RegExp): Promise<string> }> {
  const agent = spawnAgent(args);
  const { says } = listenTo(agent.child, 'stdout', 'stderr');
  try {
    const url = await says(/live: (http:\/\/\S+)/);
    const stop = async (): Promise<void> => {
      agent.child.kill('SIGTERM');
      await agent.ended;
    };
    return { ...agent, says, url: url.endsWith('/') ? url : `${url}/`, stop };
  } catch (e) {
    const { code, err } = await agent.ended;
    if (code === NOT_POSSIBLE) skip(`skipped, because ${err.trim()}`);
    throw e;
  }
}
