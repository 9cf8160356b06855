/** Commands that several checks know. */
import { capable } from './capabilities.ts';
import type { Environment } from './environment.ts';

type Rights = Pick<Environment, 'isRoot' | 'inUserNamespace' | 'capabilities' | 'command'>;

/** Runs `ringlens ARGS` with what root may do; undefined where no command gives it. */
export function withRootsRights(rights: Rights, args: string): string | undefined {
  if (rights.inUserNamespace) return undefined;
  if (!rights.isRoot) return `sudo ${rights.command} ${args}`;
  // Root without capabilities: a container.
  return capable(rights, 'CAP_SYS_ADMIN') && capable(rights, 'CAP_SYS_PTRACE') ? undefined : 'docker run --privileged …';
}
