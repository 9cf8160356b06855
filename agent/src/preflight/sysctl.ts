import { capable } from './capabilities.ts';
import type { Check } from './check.ts';

/**
 * kernel.io_uring_disabled (since 6.6): 0 = allowed, 1 = only for CAP_SYS_ADMIN and the group kernel.io_uring_group,
 * 2 = for nobody. Documentation/admin-guide/sysctl/kernel.rst of the kernel.
 */
export const sysctlCheck: Check = {
  id: 'io_uring_disabled',
  title: 'kernel.io_uring_disabled',
  blocks: 'live',
  run(environment) {
    const { platform, sysctl, groups } = environment;
    if (platform !== 'linux') return undefined;
    const value = sysctl('kernel.io_uring_disabled');
    const group = sysctl('kernel.io_uring_group') ?? -1;
    if (value === undefined) return { status: 'ok', detail: 'no such sysctl, so it is not disabled' };
    if (value === 0) return { status: 'ok', detail: '0: everyone may use io_uring' };
    const remedy = 'sudo sysctl kernel.io_uring_disabled=0';
    if (value >= 2) {
      return {
        status: 'problem',
        code: 'EPERM',
        detail: `io_uring is turned off on this machine (kernel.io_uring_disabled = ${value}).`,
        remedy,
      };
    }
    if (capable(environment, 'CAP_SYS_ADMIN')) return { status: 'ok', detail: `${value}, and this user may use io_uring` };
    if (group >= 0 && groups.includes(group)) return { status: 'ok', detail: `${value}, and group ${group} may use io_uring` };
    return {
      status: 'problem',
      code: 'EPERM',
      detail: `io_uring is for root${group >= 0 ? ` and the group ${group}` : ''} only on this machine (kernel.io_uring_disabled = ${value}).`,
      remedy,
    };
  },
};
