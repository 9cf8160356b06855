/**
 * A command that ringlens starts, traced from its first system call on. It waits behind a gate until the trace runs:
 *
 *     /bin/sh ── waits for a line on fd 3 ── exec COMMAND        one process all along: the pid stays the same
 *
 * Its standard streams are ours, untouched. When ringlens dies before the gate opens, the command is never run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
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

const GATE = 'read -r line <&3 || exit 126; exec 3<&-; exec "$@"';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Throws SourceError ENOENT where there is no such program: as a shell would say it, but in our words. */
export function checkCommand(program: string): void {
  const known = program.includes('/')
    ? isProgram(program)
    : (process.env.PATH ?? '').split(delimiter).some((folder) => isProgram(join(folder, program)));
  if (!known) throw new SourceError('ENOENT', `There is no program "${program}" here that may be run; check its name and its path.`);
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
  readonly kind = 'run';
  readonly features = null;
  readonly listen = '';
  readonly options: LaunchSourceOptions;
  /** How the command ended; resolves when it has. */
  readonly ended: Promise<CommandEnd>;
  #resolveEnd: (end: CommandEnd) => void = () => {};
  #end: CommandEnd = { code: null, signal: null };
  #child: ChildProcess | undefined;
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
  get startNs(): bigint {
    return this.#running.startNs;
  }
  get capabilities() {
    return this.#running.capabilities;
  }

  start(_params: null, handlers: SourceHandlers): void {
    const { command, ...how } = this.options;
    checkCommand(command[0] ?? '');
    const child = spawn('/bin/sh', ['-c', GATE, 'ringlens', ...command], { stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
    if (child.pid === undefined) throw new SourceError('EAGAIN', 'No further process could be started here.');
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
