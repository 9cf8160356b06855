import type { Check } from './check.ts';
import { isRingUsable } from './ring.ts';

/** seccomp(2): a filter is common in containers, and harmless where it permits io_uring. */
export const seccompCheck: Check = {
  id: 'seccomp',
  title: 'seccomp',
  blocks: 'nothing',
  run(environment) {
    const { platform, seccompMode } = environment;
    if (platform !== 'linux') return undefined;
    if (seccompMode === undefined) return { status: 'ok', detail: 'not in this kernel' };
    if (seccompMode === 0) return { status: 'ok', detail: 'mode 0: no filter' };
    if (isRingUsable(environment)) return { status: 'ok', detail: `mode ${seccompMode}: the filter permits io_uring_setup` };
    return { status: 'note', detail: `Mode ${seccompMode}: this process runs under a filter, which may be what refuses io_uring_setup.` };
  },
};
