/**
 * `npm start [-- [COMMAND] OPTIONS]`: installs what is missing, builds what changed, then is `ringlens COMMAND OPTIONS`; without a
 * command `live`, or on another system than Linux `replay`.
 * Runs before anything is installed: plain Node only, here and in lib/.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AGENT, build } from './lib/build-steps.mjs';
import { checkNode, ensurePackages } from './lib/setup.mjs';
import { root, script } from './lib/steps.mjs';

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

/** Arguments of ringlens: a command that is named, or else the live page; where no ring can be, the page for recorded traces. */
function commandLine([first, ...rest]) {
  const isCommand = first !== undefined && !first.startsWith('-');
  if (isCommand) return [first, ...rest];
  const all = first === undefined ? [] : [first, ...rest];
  if (process.platform === 'linux') return ['live', ...all];
  process.stderr.write('A live ring needs Linux (io_uring is a Linux interface). Recorded traces open here all the same.\n');
  return ['replay', ...all];
}

await script(async () => {
  endWithNpm();
  checkNode();
  const args = commandLine(process.argv.slice(2));
  await ensurePackages();
  await build(['addon', 'page', 'agent', ...(args[0] === 'handout' ? ['site'] : [])]);
  // The agent runs in this process: one signal handler, one exit code.
  const agent = join(root, AGENT);
  process.argv = [process.execPath, agent, ...args];
  await import(pathToFileURL(agent).href);
});
