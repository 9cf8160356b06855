/** What can't be started is refused with a code and one sentence, and nothing stays behind. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultParams, paramNames, paramSpec, type WorkloadParams } from '../../shared/schema/workload-params.ts';
import { addon, errorOf, Run } from './harness.ts';

const start = (params: object, options: object = {}) => errorOf(() => new Run(params as Partial<WorkloadParams>, options));
const sentence = /^\S.{10,}[^\s]$/;

describe('parameters out of range', () => {
  for (const name of paramNames) {
    const spec = paramSpec(name);
    const bad: unknown[] = [undefined, null, {}, spec.type === 'bool' ? 1 : true];
    if (spec.type === 'int')
      bad.push(spec.min - 1, spec.max + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', ...(spec.powerOfTwo ? [12] : []));
    if (spec.type === 'enum') bad.push('nonsense', 0, '');
    test(name, () => {
      for (const value of bad) {
        const error = start({ [name]: value });
        expect(error.code).toBe('EINVALIDPARAM');
        expect(error.message.startsWith(`params.${name}: expected `)).toBe(true);
      }
    });
  }
});

test.each<[string, Partial<WorkloadParams>]>([
  ['messageMin', { messageMin: 500, messageMax: 400 }],
  ['messageMax', { transport: 'udp', messageMax: 65508 }],
  ['incremental', { incremental: true, bufferKind: 'legacy' }],
  ['incremental', { incremental: true, op: 'recvmsg' }],
  ['bundle', { bundle: true, op: 'recvmsg' }],
  ['bundle', { bundle: true, bufferKind: 'legacy' }],
  ['bundle', { bundle: true, transport: 'udp' }],
  ['bufferSize', { op: 'recvmsg', bufferSize: 32 }],
  ['app', { app: 'echo', bundle: true }],
  ['app', { app: 'echo', op: 'recvmsg' }],
  ['app', { app: 'echo', transport: 'udp' }],
  ['sqpoll', { sqpoll: true, deferTaskrun: true }],
  ['sqpoll', { sqpoll: true, coopTaskrun: true }],
  ['cqEntries', { sqEntries: 64, cqEntries: 32 }],
])('values that do not go together: %s %o', (path, params) => {
  const error = start(params);
  expect(error.code).toBe('EINVALIDPARAM');
  expect(error.message.startsWith(`params.${path}: `)).toBe(true);
  expect(error.message).toMatch(sentence);
});

test('options are checked too', () => {
  for (const [path, options] of Object.entries({
    listenPort: { listenPort: 65536 },
    eventRingEvents: { eventRingEvents: 1000 },
    flushIntervalUs: { flushIntervalUs: 0 },
    unixPath: { unixPath: '' },
  })) {
    const error = start({}, options);
    expect(error).toMatchObject({ code: 'EINVALIDPARAM' });
    expect(error.message.startsWith(`options.${path}: expected `)).toBe(true);
  }
  const noCallback = errorOf(() => addon.startWorkload(defaultParams, { onStopped: () => {} } as never));
  expect(noCallback.message).toBe('options.onBlocks: expected a function');
  expect(errorOf(() => addon.startWorkload(defaultParams, undefined as never)).message).toBe('options: expected an object');
  expect(errorOf(() => addon.startWorkload(7 as never, undefined as never)).message).toBe('params: expected an object');
});

test('a port that is in use is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const error = start({}, { listenPort: port });
  expect(error).toMatchObject({ code: 'EADDRINUSE', errno: 98, syscall: 'bind' });
  expect(error.message).toContain(`127.0.0.1:${port}`);
  await new Promise((done) => server.close(done));
  const run = new Run({}, { listenPort: port });
  expect(run.workload.listen).toBe(`127.0.0.1:${port}`);
  await run.close();
});

test('the unix path is made, refused when it is taken, and removed at the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringlens-test-'));
  const unixPath = join(folder, 'socket');
  const run = new Run({ transport: 'unix' }, { unixPath });
  expect(run.workload.listen).toBe(unixPath);
  expect(existsSync(unixPath)).toBe(true);
  expect(start({ transport: 'unix' }, { unixPath })).toMatchObject({ code: 'EADDRINUSE' });
  expect(start({ transport: 'unix' }, { unixPath: join(folder, 'x'.repeat(120)) })).toMatchObject({ code: 'EINVALIDPARAM' });
  expect(existsSync(unixPath)).toBe(true);
  await run.finish();
  expect(existsSync(unixPath)).toBe(false);
  rmSync(folder, { recursive: true });
});

test('what the kernel lacks is refused with EUNSUPPORTED; what features() promises starts', async () => {
  const features = addon.features();
  expect(Object.values(features).every((v) => typeof v === 'boolean')).toBe(true);
  for (const name of ['bundle', 'incremental', 'coopTaskrun', 'singleIssuer', 'deferTaskrun', 'sqpoll'] as const) {
    if (features[name]) {
      const run = new Run({ [name]: true });
      await run.seen('ring_create');
      await run.close();
    } else {
      expect(start({ [name]: true })).toMatchObject({ code: 'EUNSUPPORTED' });
    }
  }
});
