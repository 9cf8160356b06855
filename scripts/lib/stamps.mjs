/** Stamps: a file that holds the hash of what a result was made from, so that it is made again only when that changed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './steps.mjs';

const skipped = new Set(['node_modules', 'build', 'dist', 'test']);

/**
 * Files below a path, sorted; build products and tests are no sources.
 * @param {string} path relative to the repository
 * @returns {string[]}
 */
function filesOf(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .sort((x, y) => (x.name < y.name ? -1 : 1))
    .flatMap((entry) => {
      if (skipped.has(entry.name) || /\.(test\.tsx?|md)$/.test(entry.name)) return [];
      return filesOf(`${path}/${entry.name}`);
    });
}

/**
 * The hash of the contents of files and folders.
 * @param {readonly string[]} paths relative to the repository
 * @param {string} [salt] anything else that the result depends on
 */
export function hashOf(paths, salt = '') {
  const hash = createHash('sha256').update(salt);
  for (const file of paths.flatMap(filesOf)) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/**
 * True when `result` exists and its stamp says `hash`.
 * @param {string} stamp
 * @param {string} result
 * @param {string} hash
 */
export function isFresh(stamp, result, hash) {
  const file = join(root, stamp);
  return existsSync(join(root, result)) && existsSync(file) && readFileSync(file, 'utf8') === hash;
}

/**
 * @param {string} stamp
 * @param {string} hash
 */
export function writeStamp(stamp, hash) {
  const file = join(root, stamp);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, hash);
}
