/** Options that all runs have in common: the page, the time, the report. */
import { type Command, Option } from 'commander';
import type { SessionOptions } from '../session/session.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { addOptions } from './option-groups.ts';
import { addRecordOptions, type RecordFlags, type RecordOptions, recordOptionsOf } from './record-options.ts';
import { parseBytes, parseMicroseconds } from './units.ts';

export interface PageOptions {
  host: string;
  port: number;
  open: boolean;
}

/** What a page can go back to: of the newest events in memory, and of those before them on disk. */
export interface KeepOptions {
  memoryBytes: number;
  /** 0 = nothing. */
  spillBytes: number;
}

/** Of the session that a page looks at; `say` tells what is wrong with the disk. */
export const sessionOptionsOf = ({ memoryBytes, spillBytes }: KeepOptions, say: (text: string) => void): SessionOptions => ({
  log: { maxBytes: memoryBytes },
  history: { maxBytes: spillBytes, onTrouble: (sentence) => say(`ringlens: ${sentence}\n`) },
});

/** As commander gives them. */
export interface RunFlags extends RecordFlags {
  port: string;
  host: string;
  open?: true;
  memory: string;
  spill: string;
  headless?: true;
  json?: true;
  duration?: string;
}

export interface RunOptions {
  page: PageOptions;
  keep: KeepOptions;
  headless: boolean;
  json: boolean;
  durationMs: number | undefined;
  /** null: nothing is recorded. */
  record: RecordOptions | null;
}

export function portOf(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535))
    throw new CliError(ExitCode.usage, `${flag}: "${text}" is not a port: a whole number from 0 (any free one) to 65535.`);
  return port;
}

/** setTimeout takes no more than 2^31 - 1 ms. */
const LONGEST_MS = 24 * 3_600_000;

function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const us = parseMicroseconds(text);
  if (us === undefined || us < 1000 || us / 1000 > LONGEST_MS) {
    throw new CliError(ExitCode.usage, `--duration: "${text}" is not a time like 5s or 500ms, from 1ms to 24 hours.`);
  }
  return us / 1000;
}

const MIB = 1024 * 1024;

/** Of at least 1 MiB; where it `mayBeNone`, 0 too. */
function sizeOf(flag: string, text: string, mayBeNone: boolean): number {
  const bytes = parseBytes(text);
  const isSize = bytes !== undefined && Number.isSafeInteger(bytes) && (bytes >= MIB || (mayBeNone && bytes === 0));
  if (!isSize)
    throw new CliError(
      ExitCode.usage,
      `${flag}: "${text}" is not a size like 64M or 2G, of 1 MiB or more${mayBeNone ? ', or 0 for none' : ''}.`,
    );
  return bytes;
}

/** Checks what was typed. Throws CliError with one sentence. */
export function runOptionsOf(flags: RunFlags): RunOptions {
  const { host, open = false, headless = false, json = false } = flags;
  const port = portOf('--port', flags.port);
  const durationMs = durationOf(flags.duration);
  if (json && !headless) throw new CliError(ExitCode.usage, '--json prints what a run without a page did; add --headless.');
  if (open && headless)
    throw new CliError(ExitCode.usage, '--open opens the page, and --headless runs without one; leave one of them out.');
  const keep = { memoryBytes: sizeOf('--memory', flags.memory, false), spillBytes: sizeOf('--spill', flags.spill, true) };
  return { page: { host, port, open }, keep, headless, json, durationMs, record: recordOptionsOf(flags) };
}

export function addRunOptions(command: Command, durationHelp: string): void {
  addOptions(
    command,
    'Page:',
    new Option('--port <port>', 'port of the page, 0 = any free one').default('7117'),
    new Option('--host <address>', 'address that the page is served on').default('127.0.0.1'),
    new Option('--open', 'open the page in the browser'),
    new Option('--memory <size>', 'how much of the newest events is kept in memory').default('64M'),
    new Option('--spill <size>', 'how much of what is older is kept on disk, to go back to; 0 = nothing').default('1G'),
  );
  addOptions(
    command,
    'Run:',
    new Option('--duration <time>', durationHelp),
    new Option('--headless', 'no page; print what the ring did at the end'),
    new Option('--json', 'with --headless: print it as JSON (docs/json.md)'),
  );
  addRecordOptions(command);
}
