/** Processes that tests start: what they print, traffic in steps, rings that are armed. Tests wait for events, never for time. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const targetsFolder = fileURLToPath(new URL('../targets', import.meta.url));
export const builtTarget = (name: string): string => join(targetsFolder, 'build', name);
/** Only so that a test which waits in vain ends: nothing depends on it. */
export const PATIENCE = { timeout: 45_000, interval: 20 };

/** Makes all of test/targets. */
export function build(): void {
  execFileSync('make', ['-s', '-j2', 'all'], { cwd: targetsFolder, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Why these tests can't run here; undefined when they can. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'the tracepoints of io_uring are on Linux only';
  return process.getuid?.() === 0 ? undefined : 'reading the tracepoints needs root: sudo npm test';
}

/** For beforeEach, as ../support/needs-ring.ts: skips the test and says why. */
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

export interface Status {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that runs: what it has printed so far, and a way to wait for more. It is killed when the test is over. */
export class Running {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Status>;
  readonly #listeners = new Set<() => void>();

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text) => this.#add('stdout', text));
    child.stderr?.setEncoding('utf8').on('data', (text) => this.#add('stderr', text));
    child.stdin?.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        resolve({ code, signal });
        this.#tell();
      });
    });
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }
  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  #add(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    this.#tell();
  }
  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** What `pattern` finds (its first group), as soon as it does; rejects when the process ends before. */
  saw(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this[stream]);
        if (match === null && !this.isOver) return;
        this.#listeners.delete(look);
        if (match !== null) resolve(match[1] ?? match[0]);
        else reject(new Error(`ended without ${pattern}: ${this.stdout}${this.stderr}`));
      };
      this.#listeners.add(look);
      look();
    });
  }
  port(): Promise<string> {
    return this.saw('stdout', /port (\d+)\n/);
  }
}

export function start(path: string, args: readonly string[] = [], options: SpawnOptions = {}): Running {
  return new Running(spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options }));
}

/** Traffic in three steps: connected; `send`: all messages are out; `end`. */
export class Sender {
  readonly #running: Running;
  constructor(protocol: 'tcp' | 'udp', port: string, args: readonly string[]) {
    this.#running = start(builtTarget('traffic'), [protocol, port, '--wait', '0', '--go', ...args]);
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
    if (code !== 0) throw new Error(`traffic ended with ${code}: ${this.#running.stderr}`);
  }
  async all(): Promise<void> {
    await this.send();
    await this.end();
  }
}

/** Resolves when the ring has so many armed polls. */
export async function armed(pid: number, polls = 1, fd = 3): Promise<void> {
  const count = () => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^ {2}op=/gm)?.length ?? 0;
  await expect.poll(count, PATIENCE).toBe(polls);
}
