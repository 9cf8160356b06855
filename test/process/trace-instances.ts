/** What a process left behind in the kernel's tracing: nothing, however it ended. */
import { existsSync, readdirSync } from 'node:fs';

const folder = '/sys/kernel/tracing/instances';

/** Names of its trace instances. Where tracefs is mounted nowhere they went with the process. */
export function traceInstances(pid: number | undefined): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`ringlens-${pid}-`)) : [];
}
