/** However the tracing process or its Worker ends: no crash, no hang, nothing left in the kernel, and the target lives on. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { armedServer } from './attach-events.ts';
import { BUILD_MS, buildWhereUseful, instances, needsTracing } from './tracer/harness.ts';

const child = fileURLToPath(new URL('attach-lifecycle-child.mjs', import.meta.url));
const addonPath = fileURLToPath(new URL('../build/Release/ringlens.node', import.meta.url));

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

test.each([
  ['exit', 'process.exit in the middle'],
  ['exitTwo', 'process.exit with two traces'],
  ['closeAtOnce', 'close right after the start, five times'],
  ['terminate', 'Worker.terminate in the middle, three times'],
  ['leak', 'no file descriptor and no thread stays behind'],
  ['refused', 'a trace that is refused leaves nothing behind'],
  ['collected', 'a closed trace can be collected'],
  ['throwing', 'an exception of onBlocks becomes an uncaughtException'],
])('%s: %s', async (scenario) => {
  const { server, sender, pid } = await armedServer(['--echo'], ['--messages', '10', '--echo']);
  const process_ = spawn(process.execPath, ['--expose-gc', child, addonPath, String(pid), scenario], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.on('data', (s) => {
      output += s;
    });
  }
  const [code, signal] = await new Promise<[number | null, string | null]>((done) => process_.on('close', (c, s) => done([c, s])));
  expect({ code, signal, output }).toEqual({ code: 0, signal: null, output: '' });
  expect(instances(process_.pid)).toEqual([]);
  await sender.send();
  await sender.end();
  expect(await server.ended).toEqual({ code: 0, signal: null });
});
