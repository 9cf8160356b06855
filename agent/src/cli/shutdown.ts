/** Waits for the end that a signal asks for. */

/** npm passes on a Ctrl-C that the terminal has sent already: what comes this soon is the same key press. */
const SAME_PRESS_MS = 400;

export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export class Shutdown {
  /** Resolves with the first signal. */
  readonly requested: Promise<EndSignal>;
  readonly #handlers = new Map<EndSignal, () => void>();
  #resolve: (signal: EndSignal) => void = () => {};
  #first: number | undefined;

  /** `isTheirs`, where there is one, is asked for each signal: true = somebody else acts on it, and it never ends ringlens at once. */
  constructor(isTheirs?: (signal: EndSignal) => Promise<boolean>) {
    this.requested = new Promise((r) => {
      this.#resolve = r;
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const handler = () => {
        if (isTheirs === undefined) this.#ours(signal);
        else isTheirs(signal).then((theirs) => (theirs ? this.#resolve(signal) : this.#ours(signal)));
      };
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
  }

  /** A second signal: end at once, as the system does it. */
  #ours(signal: EndSignal): void {
    const now = performance.now();
    this.#first ??= now;
    this.#resolve(signal);
    if (now - this.#first <= SAME_PRESS_MS) return;
    this.dispose();
    process.kill(process.pid, signal);
  }

  /** Takes the handlers away: from here on a signal ends the process. */
  dispose(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#handlers.clear();
  }
}
