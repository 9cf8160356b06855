// `npm run bench [-- --quick] [-- --only probe,codec]`: builds what is stale, then measures.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
run('scripts/build.mjs');
run('node_modules/tsx/dist/cli.mjs', 'bench/main.ts', ...process.argv.slice(2));
