/** Runs one scenario of lifecycle.test.ts in a process of its own: node lifecycle-child.mjs ADDON PARAMS SCENARIO */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [addonPath, paramsJson, scenario] = isMainThread ? process.argv.slice(2) : workerData;
const addon = createRequire(import.meta.url)(addonPath);
const params = JSON.parse(paramsJson);

/** Starts a workload and resolves when its first blocks are there. */
function start(overrides = {}) {
  return new Promise((done) => {
    const workload = addon.startWorkload(
      { ...params, ...overrides },
      {
        onBlocks: () => {
          workload.takeBlocks();
          done(workload);
        },
        onStopped: () => {},
      },
    );
  });
}

const inWorker = async (stop) => {
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: [], workerData: [addonPath, paramsJson, 'run'] });
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
    await Promise.all([start(), start({ transport: 'unix', rate: 0 })]);
    process.exit(0);
  },
  close: async () => {
    for (let i = 0; i < 10; i++) await (await start({ rate: i % 2 === 0 ? 0 : 3000 })).close();
  },
  closeTwice: async () => {
    const w = await start();
    const ends = [w.finish(), w.close(), w.close()];
    await Promise.all(ends);
    await w.close();
    await w.finish();
    w.takeBlocks();
    w.stats();
  },
  closeAtOnce: async () => {
    for (let i = 0; i < 10; i++) {
      await addon.startWorkload(params, { onBlocks: () => {}, onStopped: () => {} }).close();
    }
  },
  terminate: async () => {
    for (let i = 0; i < 5; i++) await inWorker((worker) => worker.terminate());
  },
  workerExit: async () => {
    await inWorker((worker) => worker.terminate());
    await (await start()).close();
  },
  leak: async () => {
    await (await start()).close();
    const open = () => readdirSync('/proc/self/fd').length;
    // Ours only: the kernel ends its own (iou-sqp-*) a little after their ring.
    const threads = () =>
      readdirSync('/proc/self/task').filter((tid) => readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').startsWith('rl-')).length;
    const before = [open(), threads()];
    for (let i = 0; i < 20; i++) {
      const w = await start({ transport: ['tcp', 'udp', 'unix'][i % 3], sqpoll: i % 4 === 0 });
      if (i % 2 === 0) await w.close();
      else await w.finish();
    }
    const after = [open(), threads()];
    if (after[0] > before[0] || after[1] > before[1]) throw new Error(`fds and threads: ${before} before, ${after} after`);
  },
  collected: async () => {
    for (let i = 0; i < 20; i++) {
      await (await start()).close();
      globalThis.gc();
      await new Promise((done) => setImmediate(done));
    }
  },
  failure: async () => {
    const error = await new Promise((done) => {
      const workload = addon.startWorkload(params, { onBlocks: () => {}, onStopped: done });
      // From here on only a few more descriptors: the new ring's sockets do not fit.
      execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${readdirSync('/proc/self/fd').length + 12}`], { stdio: 'ignore' });
      workload.configure({ ...params, transport: 'udp', connections: 200 });
    });
    if (error?.code !== 'EMFILE' || error.syscall !== 'socket' || error.errno !== 24) throw new Error(`onStopped got ${error}`);
  },
  throwing: async () => {
    process.on('uncaughtException', (e) => process.exit(e.message === 'thrown by onBlocks' ? 0 : 3));
    addon.startWorkload(params, {
      onBlocks: () => {
        throw new Error('thrown by onBlocks');
      },
      onStopped: () => {},
    });
  },
};

await scenarios[scenario]();
