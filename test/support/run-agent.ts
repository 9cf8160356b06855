/** Runs the built `ringlens` to its end, as a program would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const agentPath = `${root}dist/agent/main.js`;

export interface Ended {
  /** Exit code, or the signal that ended it. */
  code: number | NodeJS.Signals | null;
  out: string;
  err: string;
}

export interface RunningAgent {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Waits until standard output has what `pattern` finds; rejects when the process ends before. */
  says(pattern: RegExp): Promise<string>;
}

/** Starts `ringlens ARGS`; `wrapper` goes before node. */
export function spawnAgent(args: readonly string[], wrapper: readonly string[] = []): RunningAgent {
  const [command, ...rest] = [...wrapper, process.execPath, agentPath, ...args] as [string, ...string[]];
  const child = spawn(command, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, out, err }));
  });
  const says = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(out);
        if (match === null) return;
        listeners.delete(look);
        resolve(match[1] ?? match[0]);
      };
      listeners.add(look);
      look();
      ended.then(() => reject(new Error(`ringlens ended before it said ${pattern}: ${out}${err}`)), reject);
    });
  return { child, ended, says };
}

export const runAgent = (...args: string[]): Promise<Ended> => spawnAgent(args).ended;

/** One sentence on standard error and no trace of a stack. */
export const isOneSentence = (err: string): boolean => /^ringlens: [^\n]+\n$/.test(err) && !/^\s+at /m.test(err);
