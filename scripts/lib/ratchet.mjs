/** Files stay small. The list of exceptions only shrinks: a listed file may not grow, and leaves the list when it fits. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';

const LIMIT = 400;
/** Files with a limit of their own. */
const limits = new Map([['web/src/App.tsx', 120]]);
/** Debt: file → its most lines. */
const exceptions = new Map([]);

const counted = /\.(ts|tsx|mjs|cjs|css|cc|cpp|h|hpp)$/;

/**
 * @param {readonly string[]} files relative to the repository
 * @returns {string[]} one sentence a problem
 */
export function tooLong(files) {
  const problems = [];
  for (const file of files) {
    if (!counted.test(file) || file.includes('.generated.')) continue;
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1;
    const limit = limits.get(file) ?? LIMIT;
    const debt = exceptions.get(file);
    if (debt !== undefined && lines <= limit)
      problems.push(`${file} has ${lines} lines now: take it off the list in scripts/lib/ratchet.mjs.`);
    else if (lines > (debt ?? limit))
      problems.push(`${file} has ${lines} lines, ${debt ?? limit} are allowed: split it where the idea splits.`);
  }
  return problems;
}
