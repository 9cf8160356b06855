/**
 * One run: a source, its ordered stream of blocks, its parameters and its state.
 *
 *     starting ──start()──> running ──finish(), close()──> stopped
 *                              └────── the source failed ─> failed
 */
import { randomBytes } from 'node:crypto';
import { release, type } from 'node:os';
import type { BreakpointSpec, BufferBytes, DebugCommand, DebugInfo } from '../../../shared/protocol/debug.ts';
import type { PastStats, SessionInfo, SourceCapabilities, SourceStats } from '../../../shared/protocol/messages.ts';
import { checkParams, type PresetName, presetParams, type WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { type Source, SourceError } from '../sources/source.ts';
import { BlockLog, type BlockLogLimits } from './block-log.ts';
import { Debugging } from './debugging.ts';
import { History, type HistoryOptions } from './history.ts';
import { Past } from './past.ts';
import { type ClientPort, Publisher } from './publisher.ts';

export type SessionState = 'starting' | 'running' | 'stopped' | 'failed';

/** Why a session is over. */
export interface SessionEnd {
  /** `EENDED` when it was told to end, else the error's code. */
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
}

export interface SessionListener {
  /** Blocks in stream order, as they come. */
  onBlocks?(blocks: readonly Uint8Array[]): void;
  /** The reactor has stopped, goes on, or has other breakpoints; some times a second their hits. */
  onDebug?(debug: DebugInfo): void;
  onParams?(params: WorkloadParams, listen: string, capabilities: SourceCapabilities): void;
  /** The stream is over; all blocks were delivered before. */
  onStopped?(end: SessionEnd): void;
}

export interface SessionOptions {
  /** Of the blocks in memory. */
  log?: Partial<BlockLogLimits>;
  /** Of those that have left it, on disk; without it there are none. */
  history?: HistoryOptions;
  /** Those that the source was made with. */
  breakpoints?: readonly BreakpointSpec[];
}

export class Session {
  readonly #source: Source;
  readonly #history: History;
  /** What can be gone back to. */
  readonly past: Past;
  readonly #log: BlockLog;
  readonly #publisher: Publisher;
  readonly #debugging: Debugging;
  readonly #listeners = new Set<SessionListener>();
  readonly #id = randomBytes(6).toString('hex');
  #startWallMs = 0;
  #params: WorkloadParams | null;
  #state: SessionState = 'starting';
  #end: SessionEnd | undefined;
  #endMessage = 'It was told to end.';

  constructor(
    source: Source,
    params: WorkloadParams | null,
    { log = {}, history = { maxBytes: 0 }, breakpoints = [] }: SessionOptions = {},
  ) {
    this.#source = source;
    this.#params = params;
    this.#history = new History(history);
    this.#log = new BlockLog(log, (block) => this.#history.push(block));
    this.past = new Past(this.#log, this.#history);
    this.#publisher = new Publisher(this.#log);
    this.#debugging = new Debugging(source, breakpoints);
  }

  get state(): SessionState {
    return this.#state;
  }
  /** null for another process. */
  get params(): WorkloadParams | null {
    return this.#params;
  }
  /** Set when the session is over. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Starts the source, or throws SourceError and leaves nothing behind. */
  start(): void {
    this.#startWallMs = Date.now();
    this.#source.start(this.#params, {
      onBlocks: (blocks) => this.#onBlocks(blocks),
      onStopped: (error, message) => this.#onStopped(error, message),
    });
    this.#state = 'running';
  }

  info(): SessionInfo {
    const { kind, target, listen, startNs, capabilities, features } = this.#source;
    return {
      id: this.#id,
      source: kind,
      kernel: `${type()} ${release()}`,
      pid: process.pid,
      target,
      listen,
      startNs: startNs.toString(),
      startWallMs: this.#startWallMs,
      capabilities,
      features,
    };
  }

  stats(): SourceStats {
    return this.#source.stats();
  }

  /** What can be gone back to: ns of the oldest event since the start, null = nothing yet; bytes on disk; events that are on neither. */
  pastStats(): PastStats {
    const { oldest } = this.past;
    return {
      oldest: oldest === null ? null : Number(oldest - this.#source.startNs),
      bytes: this.#history.bytes,
      leftOut: this.#history.leftOut,
    };
  }

  /** Adds a listener; gives the function that removes it. */
  listen(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Streams to a client from some seconds ago on; gives the function that ends it. */
  publishTo(port: ClientPort): () => void {
    return this.#publisher.add(port);
  }

  /** The blocks that a recording begins with: from the newest snapshot on; where nobody makes any, all that are kept. */
  recentBlocks(): Uint8Array[] {
    return this.#log.from(this.#log.newestSnapshot() ?? this.#log.first);
  }

  /** A client has read something: it may have credit again. */
  pump(): void {
    this.#publisher.pump();
  }

  /** Changes some parameters of the running source. Throws SourceError, and changes nothing, when they don't fit. */
  configure(changes: Partial<WorkloadParams>): void {
    this.#apply({ ...this.#own(), ...changes });
  }

  /** Replaces all parameters by those of a preset, but for the seed; and who wants no tracepoints gets none. */
  applyPreset(name: PresetName): void {
    const { seed, kernel } = this.#own();
    this.#apply({ ...presetParams(name), seed, ...(kernel === 'off' ? { kernel } : {}) });
  }

  #own(): WorkloadParams {
    if (this.#params === null)
      throw new SourceError('ENOTOURS', 'This is another process: ringlens looks at it and changes nothing in it.');
    return this.#params;
  }

  #mustRun(): void {
    if (this.#state !== 'running') throw new SourceError('ESTOPPED', 'The workload has ended; start ringlens again.');
  }

  #apply(params: WorkloadParams): void {
    this.#mustRun();
    const [problem] = checkParams(params);
    if (problem !== undefined) throw new SourceError('EBADPARAM', problem.message);
    this.#source.configure(params);
    this.#params = params;
    const { listen, capabilities } = this.#source;
    for (const listener of this.#listeners) listener.onParams?.(params, listen, capabilities);
  }

  /** Stops, steps, goes on, sets breakpoints, does something by hand. Throws SourceError where it can't be done. */
  debug(command: DebugCommand): void {
    this.#mustRun();
    this.#debugging.do(command);
    this.tellDebug();
  }

  /** The bytes of a buffer as they are now. Throws SourceError where there is none. */
  look(bid: number): BufferBytes {
    this.#mustRun();
    return this.#debugging.look(bid);
  }

  /** null for another process. */
  debugInfo(): DebugInfo | null {
    return this.#state === 'starting' ? null : this.#debugging.info();
  }

  /** Tells what has changed of the debugger. */
  tellDebug(): void {
    const news = this.#state === 'starting' ? null : this.#debugging.news();
    if (news !== null) for (const listener of this.#listeners) listener.onDebug?.(news);
  }

  /** Ends in order, for the reason that clients are told. Resolves when the last block was delivered. */
  async finish(message: string, timeoutMs: number): Promise<void> {
    this.#endMessage = message;
    await this.#source.finish(timeoutMs);
  }

  /** Ends at once. Idempotent. */
  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Gives back what the past holds on disk: when nobody asks for it any more. Idempotent. */
  async forget(): Promise<void> {
    await this.#history.close();
  }

  #onBlocks(blocks: readonly Uint8Array[]): void {
    for (const block of blocks) this.#log.append(block);
    for (const listener of this.#listeners) listener.onBlocks?.(blocks);
    this.#publisher.pump();
    // A stop is in the blocks that came just now.
    this.tellDebug();
  }

  #onStopped(error: SourceError | undefined, message = this.#endMessage): void {
    this.#state = error === undefined ? 'stopped' : 'failed';
    this.#end = error ?? { code: 'EENDED', message };
    for (const listener of this.#listeners) listener.onStopped?.(this.#end);
  }
}
