/**
 * `npm start [-- OPTIONS]`: installs what is missing, builds what changed, then is `ringlens live OPTIONS`.
 * Runs before anything is installed: plain Node only, here and in lib/.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AGENT, build } from './lib/build-steps.mjs';
import { checkNode, ensurePackages } from './lib/setup.mjs';
import { root, StepError, script } from './lib/steps.mjs';

/** The exit code of `ringlens live` where io_uring can't be used (agent/src/cli/exit-codes.ts). */
const EXIT_UNSUPPORTED = 3;

const LOOK_FOR_NPM_EVERY_MS = 300;

/** The shell that npm runs this in, and npm. */
function parents() {
  try {
    const npm = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8'))?.[1];
    return `${process.ppid} ${npm}`;
  } catch {
    return `${process.ppid}`;
  }
}

/** A signal for npm alone ends npm or its shell, and nobody tells us: then end as if it had come here. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const first = parents();
  const timer = setInterval(() => {
    if (parents() === first) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_FOR_NPM_EVERY_MS);
  timer.unref();
}

await script(async () => {
  endWithNpm();
  checkNode();
  if (process.platform !== 'linux') {
    throw new StepError(
      'A live ring needs Linux (io_uring is a Linux interface); run npm start on a Linux machine or VM.',
      '',
      EXIT_UNSUPPORTED,
    );
  }
  await ensurePackages();
  await build(['addon', 'page', 'agent']);
  // The agent runs in this process: one signal handler, one exit code.
  const agent = join(root, AGENT);
  process.argv = [process.execPath, agent, 'live', ...process.argv.slice(2)];
  await import(pathToFileURL(agent).href);
});
