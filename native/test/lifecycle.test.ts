/** However a process or a Worker ends, it ends: no crash, no hang, nothing on stderr. Each case is a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { presetParams } from '../../shared/schema/workload-params.ts';
import { traceInstances } from '../../test/process/trace-instances.ts';

const child = fileURLToPath(new URL('lifecycle-child.mjs', import.meta.url));
const addonPath = fileURLToPath(new URL('../build/Release/ringlens.node', import.meta.url));

test.each([
  ['exit', 'process.exit in the middle'],
  ['exitTwo', 'process.exit with two workloads'],
  ['close', 'close in the middle, ten times'],
  ['closeTwice', 'close while finishing, and again when all is over'],
  ['closeAtOnce', 'close right after the start, ten times'],
  ['terminate', 'Worker.terminate in the middle, five times'],
  ['workerExit', 'the main thread goes on after a Worker was terminated'],
  ['leak', 'no file descriptor and no thread stays behind'],
  ['collected', 'a closed workload can be collected'],
  ['failure', 'a new ring that fails is told by onStopped'],
  ['throwing', 'an exception of onBlocks becomes an uncaughtException'],
])('%s: %s', async (scenario) => {
  const process_ = spawn(process.execPath, ['--expose-gc', child, addonPath, JSON.stringify(presetParams('bursts')), scenario], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  process_.stdout.on('data', (s) => {
    output += s;
  });
  process_.stderr.on('data', (s) => {
    output += s;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((done) => process_.on('close', (c, s) => done([c, s])));
  expect({ code, signal, output }).toEqual({ code: 0, signal: null, output: '' });
  expect(traceInstances(process_.pid)).toEqual([]);
});
