/** The things that are built: the addon, the page, the page as one file, the agent. Each only when its sources changed. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withBuildLock } from './lock.mjs';
import { ensureToolchain } from './setup.mjs';
import { hashOf, isFresh, writeStamp } from './stamps.mjs';
import { root, run, StepError, step } from './steps.mjs';

export const AGENT = 'dist/agent/main.js';
const ADDON = 'native/build/Release/ringlens.node';
const bin = (/** @type {string} */ path) => join(root, 'node_modules', path);

/**
 * Makes `result` unless its stamp says that nothing changed.
 * @param {{ title: string, stamp: string, result: string, hash: string, prepare?: () => Promise<unknown>, make: () => Promise<unknown> }} target
 */
async function makeIfStale({ title, stamp, result, hash, prepare, make }) {
  if (isFresh(stamp, result, hash)) return;
  await withBuildLock(async () => {
    // Somebody else may have made it while this process waited.
    if (isFresh(stamp, result, hash)) return;
    await prepare?.();
    await step(title, make);
    writeStamp(stamp, hash);
  });
}

/** Headers of this very Node where they lie beside it: then node-gyp needs no download. */
function nodeDirectory() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

async function buildAddon() {
  const hash = hashOf(
    ['native/binding.gyp', 'native/src', 'node_modules/node-addon-api/package.json'],
    `${process.arch} ${process.platform} ${process.env.CXX ?? ''} ${process.env.CXXFLAGS ?? ''}`,
  );
  await makeIfStale({
    title: 'building the addon (native/)',
    stamp: 'native/build/.stamp',
    result: ADDON,
    hash,
    prepare: ensureToolchain,
    make: () =>
      run(process.execPath, [bin('node-gyp/bin/node-gyp.js'), 'rebuild', '--directory', 'native', ...nodeDirectory()], {
        failure: 'The addon could not be built; the lines above are the last of the compiler.',
        env: { JOBS: 'max' },
      }),
  });
}

const common = ['shared', 'vite.config.ts', 'package-lock.json'];

async function buildPage() {
  await makeIfStale({
    title: 'building the page (web/)',
    stamp: 'dist/.web-stamp',
    result: 'dist/web/index.html',
    hash: hashOf(['web', ...common]),
    make: () =>
      run(process.execPath, [bin('vite/bin/vite.js'), 'build'], { failure: 'The page could not be built; the lines above say why.' }),
  });
}

async function buildSite() {
  await makeIfStale({
    title: 'building the page as one file (web/)',
    stamp: 'dist/.site-stamp',
    result: 'dist/site/index.html',
    hash: hashOf(['web', ...common]),
    make: () =>
      run(process.execPath, [bin('vite/bin/vite.js'), 'build', '--mode', 'site'], {
        failure: 'The page could not be built as one file; the lines above say why.',
      }),
  });
}

async function buildAgent() {
  await makeIfStale({
    title: 'building the agent (agent/)',
    stamp: 'dist/.agent-stamp',
    result: AGENT,
    hash: hashOf(['agent/src', 'native/index.ts', ...common]),
    make: () =>
      run(process.execPath, [bin('vite/bin/vite.js'), 'build', '--ssr', 'agent/src/main.ts'], {
        failure: 'The agent could not be built; the lines above say why.',
      }),
  });
}

/** What can be built, by name. Where there is no Linux there is no addon: the page and the agent are built all the same. */
const parts = {
  addon: () => (process.platform === 'linux' ? buildAddon() : Promise.resolve()),
  page: buildPage,
  site: buildSite,
  agent: buildAgent,
};

/**
 * Builds what is stale of the named parts, or of all.
 * @param {readonly string[]} [names]
 */
export async function build(names = []) {
  for (const name of names) {
    if (!(name in parts)) throw new StepError(`There is no part called ${name}; the parts are ${Object.keys(parts).join(', ')}.`, '', 2);
  }
  for (const [name, make] of Object.entries(parts)) if (names.length === 0 || names.includes(name)) await make();
}
