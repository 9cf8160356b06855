/** The own workload as a source: a thin hand around native/index.ts. Only this folder touches the addon. */
import { loadAddon, type NativeDebugState, type Workload } from '../../../native/index.ts';
import type { RingFeatures, SourceCapabilities, SourceStats } from '../../../shared/protocol/messages.ts';
import { handActions, stepUnits, stopReasonOf } from '../../../shared/schema/debug.ts';
import { kindName } from '../../../shared/schema/events.ts';
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { BlockPump, native, sourceErrorOf } from './native.ts';
import { type DebugState, type NativeBreakpoint, type Source, type SourceDebugger, SourceError, type SourceHandlers } from './source.ts';

export interface WorkloadSourceOptions {
  /** Port on 127.0.0.1 (tcp, udp); undefined or 0 = any free one. */
  listenPort?: number | undefined;
  /** Path of the listening unix socket; undefined = a fresh one. */
  unixPath?: string | undefined;
  /** There from the first event on. */
  breakpoints?: readonly NativeBreakpoint[] | undefined;
}

/** What the running kernel can do. Throws SourceError (`ENOSYS`, `EPERM`, `EADDONMISSING` …) where io_uring can't be used. */
export function probeFeatures(): RingFeatures {
  return native(() => loadAddon().features());
}

function debugStateOf({ stop, ...state }: NativeDebugState): DebugState {
  const reason = stop === null ? undefined : stopReasonOf(stop.reason);
  if (stop === null || reason === undefined) return { ...state, stop: null };
  const { breakpoint, cqes, event } = stop;
  const kind = event === null ? undefined : kindName(event.kind);
  const told = event === null || kind === undefined ? null : { ...event, kind, userData: String(event.userData) };
  return { ...state, stop: { reason, breakpoint, cqes, event: told } };
}

export class WorkloadSource implements Source {
  readonly kind = 'live';
  readonly target = null;
  readonly features: RingFeatures;
  readonly #options: WorkloadSourceOptions;
  #workload: Workload | undefined;
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

  start(params: WorkloadParams | null, handlers: SourceHandlers): void {
    if (params === null) throw new SourceError('EBADPARAM', 'A workload needs parameters.');
    const { listenPort, unixPath, breakpoints } = this.#options;
    let over: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      over = resolve;
    });
    const pump = new BlockPump(handlers, () => this.#workload?.takeBlocks() ?? []);
    this.#workload = native(() =>
      loadAddon().startWorkload(params, {
        ...(listenPort === undefined ? {} : { listenPort }),
        ...(unixPath === undefined ? {} : { unixPath }),
        ...(breakpoints === undefined ? {} : { breakpoints }),
        onBlocks: () => pump.ring(),
        onStopped: (error) => {
          pump.drain();
          handlers.onStopped(error === undefined ? undefined : sourceErrorOf(error));
          over();
        },
      }),
    );
    this.#over = done;
  }

  configure(params: WorkloadParams): void {
    native(() => this.#running.configure(params));
  }

  readonly debugger: SourceDebugger = {
    pause: () => native(() => this.#running.pause()),
    resume: () => native(() => this.#running.resume()),
    step: (unit) => native(() => this.#running.step(stepUnits[unit].code)),
    setBreakpoints: (breakpoints) => native(() => this.#running.setBreakpoints(breakpoints)),
    act: (name, target, value) => native(() => this.#running.act({ action: handActions[name].code, target, value })),
    look: (bid) => {
      const { held, userData, filled, bytes } = native(() => this.#running.look(bid));
      return { held, userData: String(userData), filled, bytes: Buffer.from(bytes).toString('base64') };
    },
    state: () => debugStateOf(native(() => this.#running.debugState())),
  };

  stats(): SourceStats {
    const { events, dropped, kernelEvents, kernelLost, kernelLate, ...workload } = native(() => this.#running.stats());
    return { events, dropped, kernelEvents, kernelLost, kernelLate, workload };
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
