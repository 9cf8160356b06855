/**
 * Builds the targets and tracer_dump, runs them, and gives back what the tracer saw and, from a second private tracefs
 * instance, the kernel's own text of the same run. These tests use the kernel: without root they are skipped, and say why.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';

const targets = join(import.meta.dirname, '../../../test/targets');
export const backends = ['tracefs', 'perf'] as const;
export type BackendName = (typeof backends)[number];

export function build(): void {
  execFileSync('make', ['-s', '-j2', 'all'], { cwd: targets, stdio: ['ignore', 'inherit', 'inherit'] });
}
export const program = (name: string): string => join(targets, 'build', name);

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

/** Text of a child so far, and a way to wait for more. */
export class Running {
  stdout = '';
  stderr = '';
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  private readonly listeners = new Set<() => void>();

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (d) => this.add('stdout', d));
    child.stderr?.on('data', (d) => this.add('stderr', d));
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        resolve({ code, signal });
        for (const listener of this.listeners) listener();
      });
    });
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    });
  }
  private add(stream: 'stdout' | 'stderr', data: Buffer): void {
    this[stream] += data.toString();
    for (const listener of this.listeners) listener();
  }
  /** The match of `pattern`, as soon as there is one. */
  saw(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = this[stream].match(pattern);
        const isOver = this.child.exitCode !== null || this.child.signalCode !== null;
        if (match === null && !isOver) return;
        this.listeners.delete(look);
        if (match !== null) resolve(match);
        else reject(new Error(`ended without ${pattern}: ${this.stdout} ${this.stderr}`));
      };
      this.listeners.add(look);
      look();
    });
  }
  async port(): Promise<string> {
    return (await this.saw('stdout', /port (\d+)/))[1] as string;
  }
}

export function start(name: string, args: readonly string[] = []): Running {
  return new Running(spawn(program(name), args, { stdio: ['pipe', 'pipe', 'pipe'] }));
}

/** Traffic in three steps: connected; `send`: all messages are out; `end`. */
export class Sender {
  readonly #running: Running;
  constructor(protocol: 'tcp' | 'udp', port: string, args: readonly string[]) {
    this.#running = start('traffic', [protocol, port, '--wait', '0', '--go', ...args]);
  }
  async connected(): Promise<void> {
    await this.#running.saw('stdout', /connected/);
  }
  async send(): Promise<void> {
    await this.connected();
    this.#running.child.stdin?.write('g');
    await this.#running.saw('stdout', /sent/);
  }
  async end(): Promise<void> {
    this.#running.child.stdin?.write('e');
    const { code } = await this.#running.ended;
    if (code !== 0) throw new Error(`traffic ended with ${code}`);
  }
}

/** Resolves when the ring has given so many CQEs. */
export async function busy(pid: number, cqes = 1000, fd = 3): Promise<void> {
  const count = () => Number(/^CqTail:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? 0);
  await expect.poll(count, { timeout: 30_000 }).toBeGreaterThan(cqes);
}

/** Resolves when the ring has so many armed polls. */
export async function armed(pid: number, polls = 1, fd = 3): Promise<void> {
  const count = () => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^ {2}op=/gm)?.length ?? 0;
  await expect.poll(count, { timeout: 30_000 }).toBe(polls);
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
  const list = spawnSync(program('tracer_unit'), ['instances'], { encoding: 'utf8' });
  return list.stdout.split('\n').filter((n) => n.startsWith(pid === undefined ? 'ringlens-' : `ringlens-${pid}-`));
}

/** Why these tests can't run here; undefined when they can. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'the tracepoints of io_uring are on Linux only';
  return process.getuid?.() === 0 ? undefined : 'reading the tracepoints needs root: sudo npm test';
}

/** For beforeEach, as test/support/needs-ring.ts: skips the test and says why. */
export function needsTracing({ skip }: { skip(note?: string): never }): void {
  const reason = whyNot();
  if (reason !== undefined) skip(`skipped, because ${reason}`);
}

/** Time-out of the build, milliseconds: everything anew on a slow machine. */
export const BUILD_MS = 5 * 60_000;

/** For beforeAll, with BUILD_MS. */
export function buildWhereUseful(): void {
  if (whyNot() === undefined) build();
}
