/** The own workload as a source: a thin hand around native/index.ts. Only this folder touches the addon. */
import { loadAddon, type NativeError, type Workload } from '../../../native/index.ts';
import type { RingFeatures, SourceCapabilities, WorkloadStats } from '../../../shared/protocol/messages.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { type Source, SourceError, type SourceHandlers } from './source.ts';

export interface WorkloadSourceOptions {
  /** Port on 127.0.0.1 (tcp, udp); undefined or 0 = any free one. */
  listenPort?: number | undefined;
  /** Path of the listening unix socket; undefined = a fresh one. */
  unixPath?: string | undefined;
}

/** takeBlocks gives at most this many a call. */
const BLOCKS_A_CALL = 64;

const sourceErrorOf = (e: unknown): SourceError => {
  const { code, message, errno } = e as NativeError;
  return new SourceError(code ?? 'EUNKNOWN', message, errno);
};

/** Calls into the addon; what it throws comes out as SourceError. */
function native<T>(call: () => T): T {
  try {
    return call();
  } catch (e) {
    throw sourceErrorOf(e);
  }
}

/** What the running kernel can do. Throws SourceError (`ENOSYS`, `EPERM`, `EADDONMISSING` …) where io_uring can't be used. */
export function probeFeatures(): RingFeatures {
  return native(() => loadAddon().features());
}

export class WorkloadSource implements Source {
  readonly kind = 'live';
  readonly features: RingFeatures;
  readonly #options: WorkloadSourceOptions;
  #workload: Workload | undefined;
  #handlers: SourceHandlers | undefined;
  /** Resolves when the handlers were told that it is over. */
  #over: Promise<void> = Promise.resolve();

  /** Throws SourceError where io_uring can't be used. */
  constructor(options: WorkloadSourceOptions = {}) {
    this.#options = options;
    this.features = probeFeatures();
  }

  get #running(): Workload {
    if (this.#workload === undefined) throw new SourceError('ESTOPPED', 'The workload has not been started.');
    return this.#workload;
  }

  /** They change with the parameters: `kernel` and `probe`. */
  get capabilities(): SourceCapabilities {
    const { backend, scope, missing, notes } = native(() => this.#running.kernel());
    return { probe: true, kernel: backend !== '', kernelBackend: backend, kernelScope: scope, kernelMissing: missing, kernelNotes: notes };
  }

  get startNs(): bigint {
    return this.#running.startNs;
  }

  get listen(): string {
    return this.#running.listen;
  }

  start(params: WorkloadParams, handlers: SourceHandlers): void {
    const { listenPort, unixPath } = this.#options;
    let over: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      over = resolve;
    });
    this.#workload = native(() =>
      loadAddon().startWorkload(params, {
        ...(listenPort === undefined ? {} : { listenPort }),
        ...(unixPath === undefined ? {} : { unixPath }),
        onBlocks: () => this.#drain(),
        onStopped: (error) => {
          // The threads have ended: what is left is finite, and comes before the end.
          while (this.#handOn() > 0);
          handlers.onStopped(error === undefined ? undefined : sourceErrorOf(error));
          over();
        },
      }),
    );
    this.#handlers = handlers;
    this.#over = done;
  }

  /** Hands one batch on. More than one call's worth waits for the next turn, so that signals and clients get theirs. */
  #drain(): void {
    if (this.#handOn() === BLOCKS_A_CALL) setImmediate(() => this.#drain());
  }

  /** Takes and delivers one call's worth of blocks; gives their number. */
  #handOn(): number {
    const blocks = this.#workload?.takeBlocks() ?? [];
    if (blocks.length > 0) this.#handlers?.onBlocks(blocks);
    return blocks.length;
  }

  configure(params: WorkloadParams): void {
    native(() => this.#running.configure(params));
  }

  stats(): WorkloadStats {
    return native(() => this.#running.stats());
  }

  async finish(timeoutMs: number): Promise<void> {
    await this.#workload?.finish(timeoutMs);
    await this.#over;
  }

  async close(): Promise<void> {
    await this.#workload?.close();
    await this.#over;
  }
}
