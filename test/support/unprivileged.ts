/** Runs something as a user without rights: "nobody", where the tests run as root. */
import { spawnSync } from 'node:child_process';
import { agentPath } from './run-agent.ts';

const NOBODY = '65534';
const isRoot = process.geteuid?.() === 0;

/** Goes before a command; nothing where the tests run without rights themselves. */
export const asNobody: readonly string[] = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];

/** For beforeEach: skips where that user may not even read ringlens. */
export function needsNobody({ skip }: { skip(note?: string): never }): void {
  const [command = '', ...args] = [...asNobody, process.execPath, agentPath, '--version'];
  if (spawnSync(command, args).status !== 0) skip('skipped, because the user "nobody" may not read this folder, or there is no setpriv');
}
