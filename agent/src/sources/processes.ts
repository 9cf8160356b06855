/** Processes of this machine, as /proc tells them. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { TargetInfo } from '../../../shared/protocol/messages.ts';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** The processes with that comm (the first 15 bytes of the program's name), but for ringlens itself; lowest number first. */
export function findByComm(comm: string): number[] {
  const wanted = basename(comm).slice(0, 15);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/comm`).trimEnd() === wanted)
    .map(Number)
    .sort((a, b) => a - b);
}

export function describeProcess(pid: number): TargetInfo {
  const command = read(`/proc/${pid}/cmdline`)
    .split('\0')
    .filter((part) => part !== '');
  return { pid, name: read(`/proc/${pid}/comm`).trimEnd(), command };
}
