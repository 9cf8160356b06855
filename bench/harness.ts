/** Rounds, medians and facts about the machine. */
import { cpus, release, totalmem } from 'node:os';

export interface BenchOptions {
  /** Rounds of each comparison. */
  rounds: number;
  /** Length of one run, milliseconds. */
  runMs: number;
}

export const options = (quick: boolean): BenchOptions => (quick ? { rounds: 3, runMs: 500 } : { rounds: 5, runMs: 2000 });

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((x, y) => x - y);
  const mid = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[mid] as number) : ((sorted[mid - 1] as number) + (sorted[mid] as number)) / 2;
}

export const spread = (values: readonly number[]) => ({ min: Math.min(...values), median: median(values), max: Math.max(...values) });

/** Runs two variants in turn and compares neighbours: what the machine does meanwhile then meets both. */
export async function interleave<T>(rounds: number, a: () => Promise<T>, b: () => Promise<T>): Promise<{ a: T[]; b: T[] }> {
  const out = { a: [] as T[], b: [] as T[] };
  for (let round = 0; round < rounds; round++) {
    // The order changes from round to round, so that neither is always the one that comes second.
    if (round % 2 === 0) {
      out.a.push(await a());
      out.b.push(await b());
    } else {
      out.b.push(await b());
      out.a.push(await a());
    }
  }
  return out;
}

/** Median of b : a over the rounds. */
export const ratio = (a: readonly number[], b: readonly number[]): number => median(a.map((v, i) => (b[i] as number) / v));

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

export interface Table {
  title: string;
  /** What was measured and how, one or two sentences. */
  note: string;
  columns: string[];
  rows: (string | number)[][];
}

export interface Result {
  name: string;
  /** Raw figures, for programs. */
  data: unknown;
  tables: Table[];
}

const units: [number, string][] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
/** 1234567 → "1.23 M". */
export function short(n: number): string {
  for (const [size, letter] of units) if (Math.abs(n) >= size) return `${(n / size).toPrecision(3)} ${letter}`;
  return n >= 100 ? n.toFixed(0) : n.toPrecision(3);
}
