/** Programs that ringlens looks at (test/targets), under names of their own, and ringlens itself. */
import type { SpawnOptions } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { builtTarget, needsTracing as needsTracepoints, PATIENCE, type Running, start } from '../process/running.ts';
import { needsRing } from './needs-ring.ts';
import { agentPath } from './run-agent.ts';

export { armed, BUILD_MS, buildWhereUseful as buildTargets, builtTarget, Running, Sender, start } from '../process/running.ts';

/** For beforeEach: rings, and other processes' rings; skips the test and says why. */
export function needsTracing(context: { skip(note?: string): never }): void {
  needsRing(context);
  needsTracepoints(context);
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ringlens-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

let copies = 0;
/** A copy of a target whose comm no other process of this machine has: others may run the same targets now. */
export function ownTarget(name: string): { path: string; comm: string } {
  const comm = `t${process.pid}-${++copies}`.slice(-15);
  const path = join(temporaryFolder(), comm);
  copyFileSync(builtTarget(name), path);
  return { path, comm };
}

/** The built ringlens, with its three streams at hand. */
export const startRinglens = (args: readonly string[], options: SpawnOptions = {}): Running =>
  start(process.execPath, [agentPath, ...args], options);

const threadNames = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).map((tid) => readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trimEnd());
  } catch {
    return [];
  }
};

/** Resolves when this ringlens traces: its sampler is the last of all that it starts. Rejects when it ends before. */
export async function traces(ringlens: Running): Promise<void> {
  const look = () => ringlens.isOver || threadNames(ringlens.pid).includes('rl-sampler');
  await expect.poll(look, PATIENCE).toBe(true);
  if (ringlens.isOver) throw new Error(`ringlens ended before it traced: ${ringlens.stderr}`);
}
