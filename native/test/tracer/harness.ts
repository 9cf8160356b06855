/**
 * Builds the targets and tracer_dump, runs them, and gives back what the tracer saw and, from a second private tracefs
 * instance, the kernel's own text of the same run. These tests use the kernel: without root they are skipped, and say why.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { builtTarget, type Running, start as startProgram } from '../../../test/process/running.ts';

export {
  armed,
  BUILD_MS,
  build,
  buildWhereUseful,
  builtTarget as program,
  needsTracing,
  Running,
  Sender,
} from '../../../test/process/running.ts';
export const backends = ['tracefs', 'perf'] as const;
export type BackendName = (typeof backends)[number];

export interface DumpEvent {
  kind: number;
  t: bigint;
  userData: bigint;
  res: number;
  flags: number;
  a: number;
  b: number;
  request: number;
  thread: number;
  ring: number;
  provenance: number;
}
export interface RingEntry {
  ringId: number;
  ctx: string;
  pid: number;
  fd: number;
  created: boolean;
}
export interface ThreadEntry {
  threadId: number;
  tid: number;
  pid: number;
  name: string;
}
export interface Stats {
  backend: string;
  events: number;
  lost: number;
  ringLost: number;
  late: number;
  ambiguous: number;
  foreign: number;
  bufferBytes: number;
  cpus: number;
  missing: number;
  notes: number;
}
export interface Dump {
  events: DumpEvent[];
  rings: RingEntry[];
  threads: ThreadEntry[];
  stats: Stats;
  /** The kernel's text; empty when it was not asked for. */
  text: string;
  stdout: string;
  stderr: string;
  code: number | null;
  signal: string | null;
}

function parseDump(file: string): Pick<Dump, 'events' | 'rings' | 'threads' | 'stats'> {
  const events: DumpEvent[] = [];
  const rings: RingEntry[] = [];
  const threads: ThreadEntry[] = [];
  let stats: Stats | undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const o = JSON.parse(line);
    if ('kind' in o) events.push({ ...o, t: BigInt(o.t), userData: BigInt(o.userData) });
    else if ('ringId' in o) rings.push(o);
    else if ('threadId' in o) threads.push(o);
    else stats = o.stats;
  }
  if (stats === undefined) throw new Error(`${file} has no end`);
  return { events, rings, threads, stats };
}

/** Starts a program of test/targets. */
export const start = (name: string, args: readonly string[] = []): Running => startProgram(builtTarget(name), args);

/** Resolves when the ring has given so many CQEs. */
export async function busy(pid: number, cqes = 1000, fd = 3): Promise<void> {
  const count = () => Number(/^CqTail:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? 0);
  await expect.poll(count, { timeout: 30_000 }).toBeGreaterThan(cqes);
}

/** Sends traffic from a process of its own and waits until it has ended. */
export async function traffic(protocol: 'tcp' | 'udp', port: string, args: readonly string[]): Promise<void> {
  const { code } = await start('traffic', [protocol, port, ...args]).ended;
  if (code !== 0) throw new Error(`traffic ended with ${code}`);
}

/**
 * A tracer_dump that runs; `finish` waits for its end and reads what it wrote. With `creator` also the kernel's text, of
 * the traced rings and of those that processes of that name make.
 */
export function trace(args: readonly string[], creator?: string): { running: Running; finish: () => Promise<Dump> } {
  const folder = mkdtempSync(join(tmpdir(), 'ringlens-tracer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const out = join(folder, 'events.jsonl');
  const text = join(folder, 'trace.txt');
  const running = start('tracer_dump', ['--out', out, ...(creator !== undefined ? ['--text', text, '--creator', creator] : []), ...args]);
  const finish = async (): Promise<Dump> => {
    const { code, signal } = await running.ended;
    if (code === 125) throw new Error(running.stderr);
    const { stdout, stderr } = running;
    return { ...parseDump(out), text: creator !== undefined ? readFileSync(text, 'utf8') : '', stdout, stderr, code, signal };
  };
  return { running, finish };
}

/** Names of ringlens' tracefs instances that are there now; with `pid` those of that process alone. */
export function instances(pid?: number): string[] {
  const list = spawnSync(builtTarget('tracer_unit'), ['instances'], { encoding: 'utf8' });
  return list.stdout.split('\n').filter((n) => n.startsWith(pid === undefined ? 'ringlens-' : `ringlens-${pid}-`));
}
