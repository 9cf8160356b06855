import type { Check } from './check.ts';
import type { Environment } from './environment.ts';

/** Bits of include/uapi/linux/capability.h: those that ringlens can make use of. */
const bits = { CAP_PERFMON: 38n, CAP_SYS_ADMIN: 21n, CAP_SYS_PTRACE: 19n, CAP_IPC_LOCK: 14n } as const;
export type Capability = keyof typeof bits;
const names = Object.keys(bits) as Capability[];

export function capable({ capabilities }: Pick<Environment, 'capabilities'>, name: Capability): boolean {
  return ((capabilities >> bits[name]) & 1n) === 1n;
}

/** May open perf events of the whole machine: perfmon_capable() of the kernel takes either. */
export const perfmonCapable = (environment: Pick<Environment, 'capabilities'>) =>
  capable(environment, 'CAP_PERFMON') || capable(environment, 'CAP_SYS_ADMIN');

/** Tells what there is; what is missing for something is told where it is missing. */
export const capabilitiesCheck: Check = {
  id: 'capabilities',
  title: 'capabilities',
  blocks: 'nothing',
  run(environment) {
    const { platform, isRoot, inUserNamespace } = environment;
    if (platform !== 'linux') return undefined;
    const held = names.filter((name) => capable(environment, name));
    const missing = names.filter((name) => !held.includes(name));
    const user = isRoot ? 'root' : 'not root';
    if (inUserNamespace)
      return {
        status: 'note',
        detail: `${user}, with ${held.join(', ') || 'none that matter'}, in a user namespace: outside they don't count.`,
      };
    if (missing.length === 0) return { status: 'ok', detail: `${user}: ${held.join(', ')}` };
    if (held.length === 0) return { status: 'note', detail: `${user}: none of ${names.join(', ')}.` };
    return { status: 'note', detail: `${user}: ${held.join(', ')}, but not ${missing.join(', ')}.` };
  },
};
