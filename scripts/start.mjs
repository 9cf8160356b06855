/**
 * `npm start [-- OPTIONS]`: installs what is missing, builds what changed, then is `ringlens live OPTIONS`.
 * Runs before anything is installed: plain Node only, here and in lib/.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AGENT, build } from './lib/build-steps.mjs';
import { checkNode, ensurePackages } from './lib/setup.mjs';
import { root, StepError, script } from './lib/steps.mjs';

/** The exit code of `ringlens live` where io_uring can't be used (agent/src/cli/exit-codes.ts). */
const EXIT_UNSUPPORTED = 3;

await script(async () => {
  checkNode();
  if (process.platform !== 'linux') {
    throw new StepError(
      'A live ring needs Linux (io_uring is a Linux interface); run npm start on a Linux machine or VM.',
      '',
      EXIT_UNSUPPORTED,
    );
  }
  await ensurePackages();
  await build();
  // The agent runs in this process: one signal handler, one exit code.
  const agent = join(root, AGENT);
  process.argv = [process.execPath, agent, 'live', ...process.argv.slice(2)];
  await import(pathToFileURL(agent).href);
});
