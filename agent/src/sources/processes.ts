/** Processes of this machine, as /proc tells them. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { TargetInfo } from '../../../shared/protocol/messages.ts';

const read = (path: string, encoding: BufferEncoding = 'utf8'): string => {
  try {
    return readFileSync(path, encoding);
  } catch {
    return '';
  }
};

/** PF_KTHREAD (include/linux/sched.h). */
const KERNEL_THREAD = 0x200000;

/** False for what has ended and was not collected yet, and for threads of the kernel (proc(5), /proc/PID/stat). */
export function isProgram(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  // The name in the brackets can hold anything, also a bracket.
  const [state = '', , , , , , flags = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat !== '' && !'ZX'.includes(state) && (Number(flags) & KERNEL_THREAD) === 0;
}

/** The kernel keeps 15 bytes of a name. */
const commOf = (name: string): string => Buffer.from(name).subarray(0, 15).toString('latin1');

/** The programs with that name, also given as a path, but for ringlens itself; lowest number first. */
export function findByComm(name: string): number[] {
  const wanted = [commOf(name), commOf(basename(name))];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => wanted.includes(read(`/proc/${pid}/comm`, 'latin1').replace(/\n$/, '')))
    .map(Number)
    .filter(isProgram)
    .sort((a, b) => a - b);
}

export function describeProcess(pid: number): TargetInfo {
  const command = read(`/proc/${pid}/cmdline`)
    .split('\0')
    .filter((part) => part !== '');
  return { pid, name: read(`/proc/${pid}/comm`).trimEnd(), command };
}
