/**
 * Foreign tracers as children. Each sees a tracefs in a mount namespace of its own, so that nothing of the machine is
 * mounted, and ends with the bench: in order with `stop`, and at once, with what it has made, when the bench ends early.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pause } from '../harness.ts';

export const TRACEFS = '/sys/kernel/tracing';

/** The namespace goes with the last process in it. `setpriv`: a bench that is killed can't stop its child itself. */
const inTracefs = (script: string): string[] => [
  'unshare',
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-c',
  `[ -d ${TRACEFS}/events ] || mount -t tracefs nodev ${TRACEFS} || exit 1\n${script}`,
  'sh',
];
const RUN = 'command -v setpriv >/dev/null && exec setpriv --pdeathsig INT -- "$@"\nexec "$@"';

const FOLDER = 'ringlens-bench-';
const NS_PER_TICK = 1e7; // USER_HZ is 100 on every Linux of now
const READY_MS = 15_000;
const STOP_MS = 30_000;

/** Whether a program is there, without starting it. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 3)
    .join(' ')
    .replaceAll('|', '/')
    .slice(0, 200);

/** A short command that needs tracefs; throws with what it wrote on stderr. */
export function runInTracefs(...argv: string[]): string {
  const [file = '', ...args] = inTracefs(RUN);
  const { status, stdout, stderr, error } = spawnSync(file, [...args, ...argv], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(oneLine(stderr) || `${argv[0]} ended with ${status}`);
  return stdout;
}

/** The same for a few lines of shell; does not block this thread, which has blocks to take. */
export function scriptInTracefs(script: string): Promise<string> {
  const [file = '', ...args] = inTracefs(script);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (part: Buffer) => {
      out += part;
    });
    child.stderr.on('data', (part: Buffer) => {
      err += part;
    });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(oneLine(err)))));
  });
}

/** Everything that must not outlive the bench. */
const remains = new Set<() => void>();
const clear = (): void => {
  for (const remove of [...remains].reverse()) remove();
  remains.clear();
};
const onSignal = (signal: NodeJS.Signals): void => process.exit(signal === 'SIGINT' ? 130 : 143);
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Recordings are large; those of a bench that was killed go with the next one. */
function removeStaleFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(FOLDER) ? name.slice(FOLDER.length).split('-')[0] : undefined;
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** While `work` runs, an end of the process takes along what `remains` knows. */
export async function cleanly<T>(work: () => Promise<T>): Promise<T> {
  removeStaleFolders();
  process.on('exit', clear);
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work();
  } finally {
    clear();
    process.off('exit', clear);
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** `remove` is called by the disposer, or when the process ends first; not twice. */
export function leaveNothing(remove: () => void): () => void {
  const once = (): void => {
    if (remains.delete(once)) remove();
  };
  remains.add(once);
  return once;
}

export class Child {
  /** A folder of its own in the temporary folder. */
  readonly folder: string;
  private readonly process: ChildProcess;
  private readonly ended: Promise<void>;
  private hasEnded = false;
  private readonly forgetFolder: () => void;
  private readonly forgetProcess: () => void;

  /** `argv` gets the folder, for the names of its files. Fds 3 and 4 of the child are `control` and `answers`. */
  constructor(argv: (folder: string) => string[]) {
    const folder = mkdtempSync(join(tmpdir(), `${FOLDER}${process.pid}-`));
    this.folder = folder;
    this.forgetFolder = leaveNothing(() => rmSync(folder, { recursive: true, force: true }));
    const [out, err] = [openSync(this.file('stdout'), 'w'), openSync(this.file('stderr'), 'w')];
    const [file = '', ...args] = inTracefs(RUN);
    // A process group of its own: tracers have children, and Ctrl-C is ours to pass on.
    this.process = spawn(file, [...args, ...argv(folder)], { detached: true, stdio: ['ignore', out, err, 'pipe', 'pipe'] });
    closeSync(out);
    closeSync(err);
    this.control.on('error', () => undefined); // it ended: `ended` says so
    this.answers.on('error', () => undefined);
    this.forgetProcess = leaveNothing(() => this.killGroup());
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.hasEnded = true;
        resolve();
      };
      this.process.once('error', end).once('exit', end);
    });
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }
  get control(): Writable {
    return this.process.stdio[3] as Writable;
  }
  get answers(): Readable {
    return this.process.stdio[4] as Readable;
  }
  file(name: string): string {
    return join(this.folder, name);
  }
  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  /** CPU time of its process group so far, with that of children that have ended: proc(5), /proc/PID/stat. */
  cpuNs(): number {
    let ticks = 0;
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        // Behind the name, which can hold anything: field 3 and on.
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
          .map(Number);
        const [group, times] = [fields[2], fields.slice(11, 15)];
        if (group === this.pid) ticks += times.reduce((sum, t) => sum + t, 0);
      } catch {
        // It has ended since.
      }
    }
    return ticks * NS_PER_TICK;
  }

  /** Throws with the child's own words when it ends before it records. */
  async until(isRecording: () => boolean): Promise<void> {
    const deadline = performance.now() + READY_MS;
    while (!isRecording()) {
      if (this.hasEnded) throw new Error(oneLine(this.read('stderr')) || 'it ended at once and said nothing');
      if (performance.now() > deadline) throw new Error(`it did not begin to record within ${READY_MS / 1000} s`);
      await pause(5);
    }
  }

  /** Ends it in order, as Ctrl-C does. */
  async interrupt(): Promise<void> {
    if (!this.hasEnded) process.kill(this.pid, 'SIGINT');
    const late = setTimeout(() => this.killGroup(), STOP_MS);
    await this.ended;
    clearTimeout(late);
  }

  /** Idempotent. */
  dispose(): void {
    this.forgetProcess();
    this.forgetFolder();
  }

  private killGroup(): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  }
}
