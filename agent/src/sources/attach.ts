/** Other processes as a source: what the kernel tells of their rings. */
import { loadAddon, type Trace } from '../../../native/index.ts';
import type { SessionInfo, SourceCapabilities, SourceStats, TargetInfo } from '../../../shared/protocol/messages.ts';
import { BlockPump, native, sourceErrorOf } from './native.ts';
import { describeProcess, isProgram } from './processes.ts';
import { type Source, SourceError, type SourceHandlers } from './source.ts';

export interface TraceSourceOptions {
  /** At least one. */
  pids: readonly number[];
  kernel: 'all' | 'arms';
  /** undefined = the best permitted one. */
  backend?: 'tracefs' | 'perf' | undefined;
  /** Kernel buffer for each CPU, bytes; undefined = 8 MiB. */
  bufferBytes?: number | undefined;
  /** Refuse processes without a ring. */
  requireRing: boolean;
}

export class AttachSource implements Source {
  readonly features = null;
  readonly debugger = null;
  readonly listen = '';
  readonly kind: SessionInfo['source'] = 'attach';
  #target: TargetInfo | null = null;
  #trace: Trace | undefined;
  #over: Promise<void> = Promise.resolve();
  /** It was told to end. */
  #asked = false;

  #pids: readonly number[];

  constructor(readonly options: TraceSourceOptions) {
    this.#pids = options.pids;
  }

  get #running(): Trace {
    if (this.#trace === undefined) throw new SourceError('ESTOPPED', 'The trace has not been started.');
    return this.#trace;
  }

  get target(): TargetInfo | null {
    return this.#target;
  }

  /** The processes that are looked at; fewer than were asked for when some had ended by the start. */
  get pids(): readonly number[] {
    return this.#pids;
  }

  get startNs(): bigint {
    return this.#running.startNs;
  }

  get capabilities(): SourceCapabilities {
    const { backend, scope, missing, notes } = native(() => this.#running.kernel());
    return { probe: false, kernel: backend !== '', kernelBackend: backend, kernelScope: scope, kernelMissing: missing, kernelNotes: notes };
  }

  start(_params: null, handlers: SourceHandlers): void {
    for (;;) {
      try {
        this.#start(handlers);
        return;
      } catch (e) {
        // Of several one has ended since they were looked up: the others are still wanted.
        const left = this.#pids.filter(isProgram);
        if (!(e instanceof SourceError && e.code === 'ESRCH') || left.length === 0 || left.length === this.#pids.length) throw e;
        this.#pids = left;
      }
    }
  }

  #start(handlers: SourceHandlers): void {
    const { kernel, backend, bufferBytes, requireRing } = this.options;
    const pids = this.#pids;
    const [pid = 0] = pids;
    this.#target = describeProcess(pid);
    let over: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      over = resolve;
    });
    const pump = new BlockPump(handlers, () => this.#trace?.takeBlocks() ?? []);
    this.#trace = native(() =>
      loadAddon().startTrace({
        pids,
        what: kernel,
        requireRing,
        ...(backend === undefined ? {} : { backend }),
        ...(bufferBytes === undefined ? {} : { bufferBytes }),
        onBlocks: () => pump.ring(),
        onStopped: (error) => {
          pump.drain();
          if (error !== undefined) handlers.onStopped(sourceErrorOf(error));
          else handlers.onStopped(undefined, this.#asked ? undefined : this.endSentence());
          over();
        },
      }),
    );
    this.#over = done;
  }

  /** What is said when the target has ended by itself. */
  endSentence(): string {
    const pids = this.#pids;
    const { pid, name } = this.#target ?? { pid: pids[0], name: '' };
    return pids.length > 1 ? `All ${pids.length} processes have ended.` : `Process ${pid}${name === '' ? '' : ` (${name})`} has ended.`;
  }

  configure(): void {
    throw new SourceError('ENOTOURS', 'This is another process: ringlens looks at it and changes nothing in it.');
  }

  stats(): SourceStats {
    const { events, dropped, kernelEvents, kernelLost, kernelLate } = native(() => this.#running.stats());
    return { events, dropped, kernelEvents, kernelLost, kernelLate, workload: null };
  }

  async finish(_timeoutMs?: number): Promise<void> {
    this.#asked = true;
    await this.#trace?.finish();
    await this.#over;
  }

  async close(): Promise<void> {
    this.#asked = true;
    await this.#trace?.close();
    await this.#over;
  }
}
