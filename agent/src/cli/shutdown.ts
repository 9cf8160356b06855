/** Waits for the end that a signal asks for. */

/** npm passes on a Ctrl-C that the terminal has sent already: what comes this soon is the same key press. */
const SAME_PRESS_MS = 400;

export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export class Shutdown {
  /** Resolves with the first signal. */
  readonly requested: Promise<EndSignal>;
  readonly #handlers = new Map<EndSignal, () => void>();

  constructor() {
    let resolve: (signal: EndSignal) => void = () => {};
    this.requested = new Promise((r) => {
      resolve = r;
    });
    let first: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const handler = () => {
        const now = performance.now();
        first ??= now;
        resolve(signal);
        if (now - first > SAME_PRESS_MS) this.#dieOf(signal);
      };
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
  }

  /** A second signal: end at once, as the system does it. */
  #dieOf(signal: EndSignal): void {
    this.dispose();
    process.kill(process.pid, signal);
  }

  /** Takes the handlers away: from here on a signal ends the process. */
  dispose(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#handlers.clear();
  }
}
