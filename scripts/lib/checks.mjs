/** The checks that are not tests. All of them run, then the failures are told. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tooLong } from './ratchet.mjs';
import { which } from './setup.mjs';
import { root, run, StepError, step } from './steps.mjs';
import { misplacedWords } from './words.mjs';

const bin = (/** @type {string} */ path) => join(root, 'node_modules', path);

/** Files of the repository: tracked, or new and not ignored. Outside git (a tarball), what lies in the folders. */
function repositoryFiles() {
  const git = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const files = git.status === 0 ? git.stdout.split('\n') : readdirSync(root, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file !== '' && !/(^|\/)(node_modules|build|dist)\//.test(file) && existsSync(join(root, file)));
}

/** @param {string[]} problems */
function failIfAny(problems) {
  if (problems.length > 0)
    throw new StepError(`${problems.length} problem${problems.length === 1 ? '' : 's'}, listed above.`, problems.join('\n'));
}

/** @returns {{ title: string, work: () => Promise<unknown> }[]} */
function checks() {
  const files = repositoryFiles();
  const cpp = files.filter((file) => /^native\/.*\.(cc|cpp|h|hpp)$/.test(file) && !file.includes('.generated.'));
  const node = (/** @type {string} */ failure, /** @type {string[]} */ ...args) => run(process.execPath, args, { failure });
  return [
    {
      title: 'generated files are what the schema says',
      work: () => node('Generated files are stale; type: npm run gen', bin('tsx/dist/cli.mjs'), 'scripts/gen-schema.ts', '--check'),
    },
    { title: 'types', work: () => node('TypeScript found errors, listed above.', bin('typescript/bin/tsc'), '-b') },
    {
      title: 'lint and format (biome)',
      work: () =>
        node(
          'Biome found problems, listed above; npx biome check --write mends most.',
          bin('@biomejs/biome/bin/biome'),
          'check',
          '--error-on-warnings',
          '.',
        ),
    },
    {
      title: 'who imports whom (dependency-cruiser)',
      work: () =>
        node(
          'A forbidden import, listed above; .dependency-cruiser.cjs tells why.',
          bin('dependency-cruiser/bin/dependency-cruise.mjs'),
          'shared',
          'native',
          'agent',
          'web',
          'test',
        ),
    },
    {
      title: 'C++ format (clang-format)',
      work: () =>
        which('clang-format') === undefined
          ? Promise.reject(new StepError('clang-format is missing; npm test installs it.'))
          : run('clang-format', ['--dry-run', '--Werror', '--fallback-style=none', ...cpp], {
              failure: 'C++ files are not formatted; type: clang-format -i on the files above.',
            }),
    },
    { title: 'file sizes', work: async () => failIfAny(tooLong(files)) },
    { title: 'words in their places', work: async () => failIfAny(misplacedWords(files)) },
  ];
}

/** Runs every check and throws when one failed. */
export async function runChecks() {
  let failed = 0;
  for (const { title, work } of checks()) {
    try {
      await step(title, work);
    } catch (e) {
      if (!(e instanceof StepError)) throw e;
      failed++;
      process.stderr.write(`${e.output === '' ? '' : `${e.output}\n`}${e.message}\n\n`);
    }
  }
  if (failed > 0) throw new StepError(`${failed} check${failed === 1 ? '' : 's'} failed.`);
}
