/** The facts about this machine that the checks look at; a test gives its own. */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { RingFeatures } from '../../../shared/protocol/messages.ts';

export interface Environment {
  /** process.platform */
  readonly platform: string;
  /** uname -r */
  readonly kernelRelease: string;
  readonly isRoot: boolean;
  /** Group ids of this process. */
  readonly groups: readonly number[];
  /** The value of a sysctl ("kernel.io_uring_disabled"), or undefined where there is no such. */
  sysctl(name: string): number | undefined;
  /** What the kernel can do, or throws an error with the `code` of the system call that failed. */
  features(): RingFeatures;
}

/** This machine. `features` comes from a source, which is above: it may try the ring. */
export function thisMachine(features: () => RingFeatures): Environment {
  return {
    platform: process.platform,
    kernelRelease: release(),
    isRoot: process.geteuid?.() === 0,
    groups: process.getgroups?.() ?? [],
    sysctl(name) {
      try {
        const value = Number.parseInt(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8'), 10);
        return Number.isNaN(value) ? undefined : value;
      } catch {
        return undefined;
      }
    },
    features,
  };
}
