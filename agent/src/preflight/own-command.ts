/** How to call this ringlens again, for a remedy that can be typed as it is. */
import { basename, dirname, relative } from 'node:path';

/** Where sudo finds programs too; it does not look where version managers put theirs. */
const everyonesFolders = ['/usr/bin', '/usr/local/bin'];

const quoted = (path: string) => (/^[\w./@+:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** "ringlens" where it is installed for all, else "node dist/agent/main.js" with the paths that are needed. */
export function commandOf(node: string, script: string, folder: string): string {
  const isForAll = (path: string) => everyonesFolders.includes(dirname(path));
  if (basename(script) === 'ringlens' && isForAll(script)) return 'ringlens';
  const path = relative(folder, script);
  return `${isForAll(node) ? basename(node) : quoted(node)} ${quoted(path.startsWith('..') ? script : path)}`;
}
