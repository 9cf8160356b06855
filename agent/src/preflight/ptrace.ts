import { capable } from './capabilities.ts';
import type { Check } from './check.ts';
import type { Environment } from './environment.ts';
import { withRootsRights } from './remedies.ts';

/**
 * Whose rings can be looked at: pidfd_getfd(2) needs ptrace access. kernel.yama.ptrace_scope: 0 = the same user's, 1 = only
 * children, 2 = only with CAP_SYS_PTRACE, 3 = nobody's (Documentation/admin-guide/LSM/Yama.rst of the kernel).
 */
export type Reach = 'any' | 'own' | 'children' | 'none';

const scopeOf = ({ sysctl }: Environment) => sysctl('kernel.yama.ptrace_scope') ?? 0;

export function ptraceReach(environment: Environment): Reach {
  const scope = scopeOf(environment);
  if (scope >= 3) return 'none';
  if (capable(environment, 'CAP_SYS_PTRACE')) return 'any';
  return (['own', 'children', 'none'] as const)[scope] ?? 'none';
}

export const ptraceCheck: Check = {
  id: 'ptrace',
  title: 'ptrace access',
  blocks: 'nothing',
  run(environment) {
    if (environment.platform !== 'linux') return undefined;
    const remedy = withRootsRights(environment, 'attach PID');
    const scope = `kernel.yama.ptrace_scope = ${scopeOf(environment)}`;
    switch (ptraceReach(environment)) {
      case 'any':
        return { status: 'ok', detail: `to processes of every user${environment.inUserNamespace ? ' in this user namespace' : ''}` };
      case 'own':
        return { status: 'note', detail: 'To processes of this user only.', remedy };
      case 'children':
        return { status: 'note', detail: `Only to what ringlens starts itself (${scope}).`, remedy };
      case 'none':
        if (scopeOf(environment) >= 3) return { status: 'note', detail: `To no process until the next boot (${scope}).` };
        return { status: 'note', detail: `Not without CAP_SYS_PTRACE (${scope}).`, remedy };
    }
  },
};
