/**
 * Where a report can't be written. The file of `run --output` comes into being whole, at the end: whatever happens before,
 * nothing is left behind.
 */
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { CliError, ExitCode } from './exit-codes.ts';

const words: Readonly<Record<string, string>> = {
  EEXIST: 'it exists already; choose another name',
  ENOENT: 'there is no such folder; make it first',
  ENOTDIR: 'its folder is a file; choose another one',
  EACCES: 'this user may not write there; choose another folder',
  EROFS: 'nothing can be written there; choose another folder',
  ENAMETOOLONG: 'its name is too long; choose a shorter one',
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'your part of the disk is full; make room',
  EFBIG: 'it is larger than a file may be here (ulimit -f); raise that',
};

/** "--output: did.json can't be written: the disk is full; make room" */
const sentenceOf = (path: string, e: NodeJS.ErrnoException): string => `--output: ${notWritten(path, e)}`;

/** "did.json can't be written: the disk is full; make room" */
export function notWritten(what: string, { code = '', message }: NodeJS.ErrnoException): string {
  return `${what} can't be written: ${words[code] ?? message}`;
}

/** Makes sure, before anything runs, that the report can be written: tries it, and undoes it. Throws CliError. */
export function checkOutput(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
    unlinkSync(path);
  } catch (e) {
    throw new CliError(ExitCode.failed, `${sentenceOf(path, e as NodeJS.ErrnoException)}.`);
  }
}

/** Writes the report, and never over another file. Gives why it could not, one phrase; then no part of it is left. */
export function writeOutput(path: string, text: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'wx');
    writeFileSync(fd, text);
    // A disk may say only now that it is full.
    closeSync(fd);
    return undefined;
  } catch (e) {
    if (fd !== undefined) discard(fd, path);
    return sentenceOf(path, e as NodeJS.ErrnoException);
  }
}

function discard(fd: number, path: string): void {
  for (const step of [() => closeSync(fd), () => unlinkSync(path)]) {
    try {
      step();
    } catch {
      // Closed, or gone already.
    }
  }
}
