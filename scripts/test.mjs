/**
 * `npm test`: sets up all that the tests need, builds, runs every check and every test. The last line is
 * `N passed, N failed, N skipped`. A file or a part of it can be named: `npm test -- publisher`.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './lib/build-steps.mjs';
import { runChecks } from './lib/checks.mjs';
import { checkNode, ensurePackages, ensureTestTools } from './lib/setup.mjs';
import { root, run, StepError, script, step } from './lib/steps.mjs';

const inCi = process.env.CI === 'true';
const filters = process.argv.slice(2);
/** Where a test must skip even in CI: the note says that this kernel has not got what it tests. */
const kernelLacks = /^this kernel lacks/i;

/** @returns {Promise<{ passed: number, failed: number, skipped: { name: string, note: string }[] }>} */
async function runTests() {
  const file = join(root, 'build/test-summary.json');
  mkdirSync(join(root, 'build'), { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/lib/vitest-summary.mjs')}`];
  let problem;
  try {
    await run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...filters], {
      failure: 'vitest ended with an error.',
      show: true,
      env: { RINGLENS_TEST_SUMMARY: file },
    });
  } catch (e) {
    problem = e;
  }
  if (!existsSync(file)) throw problem ?? new StepError('vitest ended without a summary.');
  const summary = JSON.parse(readFileSync(file, 'utf8'));
  if (problem !== undefined && summary.failed === 0) summary.failed = 1;
  return summary;
}

/**
 * Says each reason once, with the tests that it kept from running.
 * @param {{ name: string, note: string }[]} skipped
 */
function tellSkipped(skipped) {
  const names = new Map();
  for (const { name, note } of skipped) names.set(note, [...(names.get(note) ?? []), name]);
  for (const [note, tests] of names) {
    process.stdout.write(
      `${note || 'skipped, and no reason was given'}:\n${tests.map((/** @type {string} */ name) => `  ${name}\n`).join('')}`,
    );
  }
}

await script(async () => {
  checkNode();
  await ensurePackages();
  let checksFailed;
  if (process.platform === 'linux') await ensureTestTools();
  await build();
  await step('checks', runChecks).catch((e) => {
    checksFailed = e;
  });
  const { passed, failed, skipped } = await runTests();
  tellSkipped(skipped);
  const unexcused = inCi ? skipped.filter(({ note }) => !kernelLacks.test(note)) : [];
  if (unexcused.length > 0) process.stdout.write('In CI a skipped test is a failure unless this kernel lacks what it tests.\n');
  if (checksFailed !== undefined) process.stdout.write(`${checksFailed.message} They are listed above the tests.\n`);
  if (failed > 0 || unexcused.length > 0 || checksFailed !== undefined || passed === 0) process.exitCode = 1;
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
});
