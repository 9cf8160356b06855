/** Runs one scenario of attach-lifecycle.test.ts in a process of its own: node attach-lifecycle-child.mjs ADDON PID SCENARIO */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [addonPath, pid, scenario] = isMainThread ? process.argv.slice(2) : workerData;
const addon = createRequire(import.meta.url)(addonPath);

/** Starts a trace and resolves when its first blocks are there. */
function start(overrides = {}) {
  return new Promise((done) => {
    const trace = addon.startTrace({
      pids: [Number(pid)],
      what: 'all',
      sampleIntervalMs: 5,
      onBlocks: () => {
        trace.takeBlocks();
        done(trace);
      },
      onStopped: () => {},
      ...overrides,
    });
  });
}

const inWorker = async (stop) => {
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: [], workerData: [addonPath, pid, 'run'] });
  await new Promise((done, fail) => worker.once('message', done).once('error', fail));
  await stop(worker);
};

const scenarios = {
  run: async () => {
    await start();
    parentPort?.postMessage('running');
  },
  exit: async () => {
    await start();
    process.exit(0);
  },
  exitTwo: async () => {
    await Promise.all([start(), start({ backend: 'perf' })]);
    process.exit(0);
  },
  closeAtOnce: async () => {
    for (let i = 0; i < 5; i++)
      await addon.startTrace({ pids: [Number(pid)], what: 'all', onBlocks: () => {}, onStopped: () => {} }).close();
  },
  terminate: async () => {
    for (let i = 0; i < 3; i++) await inWorker((worker) => worker.terminate());
  },
  leak: async () => {
    await (await start()).close();
    const open = () => readdirSync('/proc/self/fd').length;
    const threads = () =>
      readdirSync('/proc/self/task').filter((tid) => readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').startsWith('rl-')).length;
    const before = [open(), threads()];
    for (let i = 0; i < 8; i++) await (await start({ backend: i % 2 === 0 ? 'tracefs' : 'perf' })).close();
    const after = [open(), threads()];
    if (after[0] > before[0] || after[1] > before[1]) throw new Error(`fds and threads: ${before} before, ${after} after`);
  },
  refused: async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    const refuse = () => {
      try {
        addon.startTrace({ pids: [Number(pid), 999999999], what: 'all', onBlocks: () => {}, onStopped: () => {} });
      } catch (e) {
        if (e.code === 'ESRCH') return;
      }
      throw new Error('not refused');
    };
    refuse();
    const before = open();
    for (let i = 0; i < 20; i++) refuse();
    if (open() > before) throw new Error('a refused trace leaves descriptors');
  },
  collected: async () => {
    let freed = 0;
    const registry = new FinalizationRegistry(() => freed++);
    for (let i = 0; i < 5; i++) {
      const trace = await start();
      registry.register(trace, i);
      await trace.close();
    }
    for (let i = 0; i < 100 && freed < 4; i++) {
      globalThis.gc();
      await new Promise((done) => setImmediate(done));
    }
    if (freed < 4) throw new Error(`${freed} of 5 closed traces were collected`);
  },
  throwing: async () => {
    process.on('uncaughtException', (e) => process.exit(e.message === 'thrown by onBlocks' ? 0 : 3));
    addon.startTrace({
      pids: [Number(pid)],
      what: 'all',
      onBlocks: () => {
        throw new Error('thrown by onBlocks');
      },
      onStopped: () => {},
    });
  },
};

await scenarios[scenario]();
