/**
 * A command that ringlens starts, traced from its first system call on. It waits behind a gate until the trace runs:
 *
 *     /bin/sh ── waits for a line on fd 3 ── exec COMMAND        one process all along: the pid stays the same
 *
 * Its standard streams are ours, untouched. When ringlens dies before the gate opens, the command is never run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Writable } from 'node:stream';
import type { TargetInfo } from '../../../shared/protocol/messages.ts';
import { AttachSource, type TraceSourceOptions } from './attach.ts';
import { type Source, SourceError, type SourceHandlers } from './source.ts';

export interface LaunchSourceOptions extends Omit<TraceSourceOptions, 'pids' | 'requireRing'> {
  /** Program and arguments. */
  command: readonly string[];
}

/** How the command ended. */
export interface CommandEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const GATE = 'read -r RINGLENS_GATE <&3 || exit 126; unset RINGLENS_GATE; exec 3<&-; exec "$@"';

/** Variables that one shell or another makes by itself (bash SHLVL and _, all of them PWD). */
const MADE_BY_SHELLS = ['PWD', 'OLDPWD', 'SHLVL', '_'];

/** Variables that one shell or another drops, changes, or trips over (dash ends with OPTIND=x, bash drops PS1). */
const OF_SHELLS =
  /^(PWD|OLDPWD|SHLVL|_|IFS|OPTIND|PPID|PS[124]|LINENO|S?RANDOM|SECONDS|HISTCMD|COMP_WORDBREAKS|SHELLOPTS|BASH\w*|EPOCH\w*|RINGLENS_GATE)$/;

/** By its path: the command may have a PATH of its own. */
const ENV = ['/usr/bin/env', '/bin/env'].find((path) => existsSync(path)) ?? 'env';

/**
 * The environment of the gate, and the words that go before the command behind it: env(1) puts back what a shell would not
 * leave alone. dash also throws away names that are none in its language, such as the functions that bash exports
 * (BASH_FUNC_f%%). Everything else stays out of the words: everybody can read those.
 */
export function pastShell(environment: NodeJS.ProcessEnv, program: string): { env: NodeJS.ProcessEnv; words: string[] } {
  // env would take it for a variable.
  if (program.includes('=')) return { env: environment, words: [] };
  const entries = Object.entries(environment);
  const isTheirs = (name: string) => OF_SHELLS.test(name) || !/^[A-Za-z_]\w*$/.test(name);
  const unset = MADE_BY_SHELLS.filter((name) => environment[name] === undefined);
  const putBack = entries.filter(([name]) => isTheirs(name)).map(([name, value]) => `${name}=${value}`);
  return {
    env: Object.fromEntries(entries.filter(([name]) => !isTheirs(name))),
    words: [ENV, ...unset.flatMap((name) => ['-u', name]), '--', ...putBack],
  };
}

/** Where execvp(3) looks without PATH. */
const PATH_OF_LIBC = '/bin:/usr/bin';

/** Why there is no such program here to run: undefined when there is. */
function whyNot(path: string): 'ENOENT' | 'EACCES' | undefined {
  try {
    if (!statSync(path).isFile()) return 'EACCES';
  } catch {
    return 'ENOENT';
  }
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return 'EACCES';
  }
}

/** Throws SourceError: ENOENT where there is no such program, EACCES where there is one that may not be run. */
export function checkCommand(program: string): void {
  const paths = program.includes('/')
    ? [program]
    : (process.env.PATH ?? PATH_OF_LIBC).split(delimiter).map((folder) => join(folder, program));
  const reasons = paths.map(whyNot);
  if (program !== '' && reasons.includes(undefined)) return;
  if (program === '' || !reasons.includes('EACCES'))
    throw new SourceError('ENOENT', `There is no program "${program}" here; check its name and its path.`);
  throw new SourceError('EACCES', `"${program}" is no program that may be run; make it one with chmod +x, or check its path.`);
}

class LaunchedTrace extends AttachSource {
  override readonly kind = 'run';
  constructor(
    options: TraceSourceOptions,
    private readonly command: readonly string[],
    private readonly end: () => CommandEnd,
  ) {
    super(options);
  }

  override get target(): TargetInfo {
    const [program = ''] = this.command;
    return { pid: this.options.pids[0] ?? 0, name: program.split('/').at(-1) ?? '', command: this.command };
  }

  override endSentence(): string {
    const { code, signal } = this.end();
    const { name, pid } = this.target;
    const how = signal !== null ? `was ended by ${signal}` : code === null ? 'has ended' : `ended with exit status ${code}`;
    return `${name} (process ${pid}) ${how}.`;
  }
}

export class LaunchSource implements Source {
  readonly debugger = null;
  readonly kind = 'run';
  readonly features = null;
  readonly listen = '';
  readonly options: LaunchSourceOptions;
  /** How the command ended; resolves when it has. */
  readonly ended: Promise<CommandEnd>;
  #resolveEnd: (end: CommandEnd) => void = () => {};
  #end: CommandEnd = { code: null, signal: null };
  #child: ChildProcess | undefined;
  #canceledBy: NodeJS.Signals | undefined;
  #trace: LaunchedTrace | undefined;

  constructor(options: LaunchSourceOptions) {
    this.options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
  }

  get #running(): LaunchedTrace {
    if (this.#trace === undefined) throw new SourceError('ESTOPPED', 'The command has not been started.');
    return this.#trace;
  }
  get target(): TargetInfo {
    return this.#running.target;
  }
  get pids(): readonly number[] {
    return this.#running.pids;
  }
  /** The signal that came before the command was started, and so kept it from that. */
  get canceledBy(): NodeJS.Signals | undefined {
    return this.isLaunched ? undefined : this.#canceledBy;
  }
  /** The command runs, or has run: from here on its end is its own business. */
  get isLaunched(): boolean {
    return this.#trace !== undefined;
  }
  get startNs(): bigint {
    return this.#running.startNs;
  }
  get capabilities() {
    return this.#running.capabilities;
  }

  start(_params: null, handlers: SourceHandlers): void {
    const { command, ...how } = this.options;
    checkCommand(command[0] ?? '');
    if (this.#canceledBy !== undefined)
      throw new SourceError('ECANCELED', `The command was not started, since ${this.#canceledBy} came first.`);
    const { env, words } = pastShell(process.env, command[0] ?? '');
    const child = spawn('/bin/sh', ['-c', GATE, 'ringlens', ...words, ...command], {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      env,
    });
    // It is told by the missing pid.
    child.on('error', () => {});
    if (child.pid === undefined)
      throw new SourceError('EAGAIN', 'No further process can be started here; check ulimit -u, and that the current folder still exists.');
    this.#child = child;
    const gate = child.stdio[3] as Writable;
    // The command may close it, or die, before it has read.
    gate.on('error', () => {});
    child.once('exit', (code, signal) => {
      this.#end = { code, signal };
      this.#resolveEnd(this.#end);
    });
    const trace = new LaunchedTrace({ ...how, pids: [child.pid], requireRing: false }, command, () => this.#end);
    try {
      trace.start(null, {
        onBlocks: (blocks) => handlers.onBlocks(blocks),
        // The trace may notice the end before Node has collected the child.
        onStopped: (error, message) => {
          if (message === undefined) handlers.onStopped(error);
          else this.ended.then(() => handlers.onStopped(error, trace.endSentence()));
        },
      });
    } catch (e) {
      gate.destroy();
      throw e;
    }
    this.#trace = trace;
    gate.end('go\n');
  }

  configure(): void {
    this.#running.configure();
  }
  stats() {
    return this.#running.stats();
  }

  /** A signal has come: a command that has not been started by now never is. Without meaning afterwards. */
  cancel(signal: NodeJS.Signals): void {
    this.#canceledBy ??= signal;
  }

  /** Passes a signal on to the command. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async finish(timeoutMs: number): Promise<void> {
    await this.#trace?.finish(timeoutMs);
  }
  async close(): Promise<void> {
    await this.#trace?.close();
  }
}
