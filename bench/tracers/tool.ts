/** A foreign tracer as the comparison sees it. */
export interface Losses {
  /** Events that it recorded, and those that it says were lost. */
  recorded: number;
  lost: number;
}

export interface Recording {
  /** CPU time of its processes so far. */
  cpuNs(): number;
  /** Stops it in order and reads what it says. */
  stop(): Promise<Losses>;
  /** Ends it at once where it still runs; leaves nothing behind. Idempotent. */
  dispose(): void;
}

export interface Tool {
  /** As people type it. */
  command: string;
  program: string;
  /** The package that has it. */
  package: string;
  /** Returns when it records. Throws with its own words where it may not run, and leaves nothing behind. */
  start(): Promise<Recording>;
}

/** Sum of the numbers that `pattern` (with the flag g) finds in its first group. */
export function sumOf(text: string, pattern: RegExp): number {
  let sum = 0;
  for (const [, number] of text.matchAll(pattern)) sum += Number(number);
  return sum;
}
