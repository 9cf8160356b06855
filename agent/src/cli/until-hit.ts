/** A run that the first hit of a breakpoint ends: when that is. */
import type { EventTable } from '../../../shared/codec/event-table.ts';
import { stopReasonOf } from '../../../shared/schema/debug.ts';
import { Kind, MarkCode } from '../../../shared/schema/events.ts';
import type { Session } from '../session/session.ts';

/** The reactor is asked so often: with no probe there may be no block that brings the news. */
const ASK_MS = 50;
/** A stop that is not in the stream after this time was lost, or is not recorded. */
const PATIENCE_MS = 500;

const isHit = (table: EventTable, i: number): boolean =>
  table.kind[i] === Kind.mark && table.a[i] === MarkCode.stopped && stopReasonOf(table.b[i] as number) === 'breakpoint';

export class UntilHit {
  /** Resolves when a breakpoint has stopped the reactor, and all that was before it has been delivered. */
  readonly hit: Promise<void>;
  readonly #session: Session;
  #resolve: () => void = () => {};
  #asking: NodeJS.Timeout | undefined;
  #waiting: NodeJS.Timeout | undefined;

  /** Call `start` when the session runs, and `look` with each table of its stream. */
  constructor(session: Session) {
    this.#session = session;
    this.hit = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(): void {
    this.#asking = setInterval(() => this.isKnown && this.#wait(), ASK_MS);
  }

  look(table: EventTable): void {
    for (let i = 0; i < table.length; i++) if (isHit(table, i)) this.#resolve();
  }

  /** It was hit, whether the stream has told so far or not. */
  get isKnown(): boolean {
    return this.#session.debugInfo()?.stop?.reason === 'breakpoint';
  }

  #wait(): void {
    clearInterval(this.#asking);
    this.#waiting ??= setTimeout(() => this.#resolve(), PATIENCE_MS);
  }

  dispose(): void {
    clearInterval(this.#asking);
    clearTimeout(this.#waiting);
  }
}
