/** What must be on the machine before anything can be built: Node, npm packages, liburing, a compiler. Plain Node only. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hashOf, isFresh, writeStamp } from './stamps.mjs';
import { root, run, StepError, step } from './steps.mjs';

const LEAST_NODE = [20, 19];

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
    throw new StepError(
      `Ringlens needs Node ${LEAST_NODE.join('.')} or newer, and this is ${process.versions.node}; install it from your distribution or nodejs.org.`,
    );
  }
}

/** Installs the npm packages when they are missing or the lock file changed; never needs an install script of theirs. */
export async function ensurePackages() {
  const stamp = 'node_modules/.ringlens-lock';
  const hash = hashOf(['package-lock.json', 'package.json']);
  if (isFresh(stamp, 'node_modules/.package-lock.json', hash)) return;
  // `npm ci` removes the folder first: right for none at all, rude to one that is in use.
  const command = existsSync(join(root, 'node_modules')) ? 'install' : 'ci';
  await step(`npm ${command}`, () =>
    run('npm', [command, '--no-audit', '--no-fund'], {
      failure: `npm ${command} failed; the lines above say why. When it was the network, try again.`,
      env: { NODE_ENV: 'development' },
    }),
  );
  writeStamp(stamp, hashOf(['package-lock.json', 'package.json']));
}

/**
 * Where a program is, or undefined.
 * @param {readonly string[]} names the first one found counts
 */
export function which(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
    }
  }
  return undefined;
}

/** ['apt-get'] or ['sudo', '-n', 'apt-get'] where that can install without asking, else undefined. */
function aptCommand() {
  if (which('apt-get') === undefined) return undefined;
  if (process.getuid?.() === 0) return ['apt-get'];
  const canSudo = which('sudo') !== undefined && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return canSudo ? ['sudo', '-n', 'apt-get'] : undefined;
}

/**
 * Installs Debian packages, or throws with the one line to type.
 * @param {readonly string[]} packages
 * @param {string} why "liburing's headers are missing"
 */
export async function aptInstall(packages, why) {
  const apt = aptCommand();
  if (apt === undefined) {
    const hint =
      which('apt-get') === undefined
        ? `install what your distribution calls ${packages.join(', ')}`
        : `type: sudo apt-get install -y ${packages.join(' ')}`;
    throw new StepError(`${why}; ${hint}, then run this again.`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const [command, ...before] = /** @type {[string, ...string[]]} */ (apt);
  await step(`apt-get install ${packages.join(' ')}`, async () => {
    const failure = `${why}, and apt-get could not install ${packages.join(', ')}; the lines above say why.`;
    const install = [...before, 'install', '-y', '--no-install-recommends', ...packages];
    try {
      await run(command, install, { failure, env });
    } catch {
      // The package lists are absent or old on a fresh machine.
      await run(command, [...before, 'update'], { failure: 'apt-get update failed; the lines above say why.', env });
      await run(command, install, { failure, env });
    }
  });
}

/** What building the addon needs: a compiler, make, python3 (for node-gyp), liburing's header and static library. */
export async function ensureToolchain() {
  const missing = [
    which(process.env.CXX ?? 'g++', 'c++', 'clang++') === undefined ? ['a C++ compiler', 'g++'] : [],
    which('make') === undefined ? ['make', 'make'] : [],
    which('python3', 'python') === undefined ? ['python3', 'python3'] : [],
  ].filter((pair) => pair.length > 0);
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(' and ');
    const packages = missing.map(([, name]) => name).join(' ');
    throw new StepError(`Building the addon needs ${names}; type: sudo apt-get install -y ${packages}, then run this again.`);
  }
  const hasHeader = ['/usr/include/liburing.h', '/usr/local/include/liburing.h'].some((file) => existsSync(file));
  if (!hasHeader) await aptInstall(['liburing-dev'], "liburing's headers are missing");
}

/** What only the tests need: a browser and clang-format. */
export async function ensureTestTools() {
  const packages = [
    ...(which('chromium', 'chromium-browser', 'google-chrome') === undefined ? ['chromium'] : []),
    ...(which('clang-format') === undefined ? ['clang-format'] : []),
  ];
  if (packages.length > 0) await aptInstall(packages, `The tests need ${packages.join(' and ')}`);
}
