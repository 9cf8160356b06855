/** What the sources share of their dealings with the addon. */
import type { NativeError } from '../../../native/index.ts';
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

/** Hands finished blocks on, a batch at a time. */
export class BlockPump {
  constructor(
    private readonly handlers: SourceHandlers,
    private readonly take: () => Uint8Array[],
  ) {}

  /** More than one call's worth waits for the next turn, so that signals and clients get theirs. */
  ring(): void {
    if (this.#handOn() === BLOCKS_A_CALL) setImmediate(() => this.ring());
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
