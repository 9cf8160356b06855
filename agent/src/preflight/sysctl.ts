import type { Check } from './check.ts';

/**
 * kernel.io_uring_disabled (since 6.6): 0 = allowed, 1 = only for CAP_SYS_ADMIN and the group kernel.io_uring_group,
 * 2 = for nobody. Documentation/admin-guide/sysctl/kernel.rst of the kernel.
 */
export const sysctlCheck: Check = {
  id: 'io_uring_disabled',
  title: 'kernel.io_uring_disabled',
  run({ sysctl, isRoot, groups }) {
    const value = sysctl('kernel.io_uring_disabled');
    const group = sysctl('kernel.io_uring_group') ?? -1;
    if (value === undefined || value === 0) return { ok: true, detail: value === undefined ? 'no such sysctl' : '0' };
    const remedy = 'sudo sysctl kernel.io_uring_disabled=0';
    if (value >= 2) {
      return { ok: false, code: 'EPERM', problem: 'io_uring is turned off on this machine (kernel.io_uring_disabled = 2).', remedy };
    }
    if (isRoot || (group >= 0 && groups.includes(group))) return { ok: true, detail: `${value}, and this user may use it` };
    return {
      ok: false,
      code: 'EPERM',
      problem: `io_uring is for root and the group ${group} only on this machine (kernel.io_uring_disabled = 1).`,
      remedy,
    };
  },
};
