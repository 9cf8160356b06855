/** What the sources share of their dealings with the addon. */
import { loadAddon, type NativeError } from '../../../native/index.ts';
import { SourceError, type SourceHandlers } from './source.ts';

/** takeBlocks gives at most this many a call. */
const BLOCKS_A_CALL = 64;

export const sourceErrorOf = (e: unknown): SourceError => {
  const { code, message, errno } = e as NativeError;
  return new SourceError(code ?? 'EUNKNOWN', message, errno);
};

/** Calls into the addon; what it throws comes out as SourceError. */
export function native<T>(call: () => T): T {
  try {
    return call();
  } catch (e) {
    throw sourceErrorOf(e);
  }
}

/** Throws SourceError where there is no addon, and so no live source. */
export function mustHaveAddon(): void {
  native(loadAddon);
}

/** Hands finished blocks on, a batch at a time. */
export class BlockPump {
  #isDue = false;

  constructor(
    private readonly handlers: SourceHandlers,
    private readonly take: () => Uint8Array[],
  ) {}

  /**
   * Hands on in the check phase, once a turn of the event loop: node calls a thread-safe function up to 1000 times in a row
   * (node_api.cc, kMaxIterationCount), and a ring that is faster than we are has rung again by then. Timers, signals and
   * clients would wait for minutes.
   */
  ring(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      if (this.#handOn() === BLOCKS_A_CALL) this.ring();
    });
  }

  /** The threads have ended: what is left is finite. */
  drain(): void {
    while (this.#handOn() > 0);
  }

  #handOn(): number {
    const blocks = this.take();
    if (blocks.length > 0) this.handlers.onBlocks(blocks);
    return blocks.length;
  }
}
