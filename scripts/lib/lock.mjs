/** One build at a time in one checkout: a second `npm start` waits for the first one's compiler and then finds the work done. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './steps.mjs';

const LOCK = join(root, 'build/lock');
const LOOK_EVERY_MS = 200;

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return /** @type {NodeJS.ErrnoException} */ (e).code === 'EPERM';
  }
}

/** Takes the lock, or says who holds it. A holder that is dead holds nothing. */
function tryLock() {
  mkdirSync(dirname(LOCK), { recursive: true });
  try {
    writeFileSync(LOCK, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (e) {
    if (/** @type {NodeJS.ErrnoException} */ (e).code !== 'EEXIST') throw e;
  }
  let holder = '';
  try {
    holder = readFileSync(LOCK, 'utf8');
  } catch {
    return false; // just released
  }
  if (/^\d+$/.test(holder) && !isAlive(Number(holder))) rmSync(LOCK, { force: true });
  return false;
}

/**
 * Does `work` while nobody else builds.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withBuildLock(work) {
  let told = false;
  while (!tryLock()) {
    if (!told) process.stderr.write('  another build runs in this folder; waiting for it\n');
    told = true;
    await delay(LOOK_EVERY_MS);
  }
  const release = () => rmSync(LOCK, { force: true });
  // Also when Ctrl-C or a failure ends the process on the way.
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
