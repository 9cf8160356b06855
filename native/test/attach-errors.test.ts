/** startTrace says in one sentence why it can't, and what to do. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { TraceOptions } from '../index.ts';
import { addon, errorOf, Traced } from './harness.ts';
import { BUILD_MS, buildWhereUseful, instances, needsTracing, start } from './tracer/harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

const callbacks = { onBlocks: () => undefined, onStopped: () => undefined };
const refusal = (options: Partial<TraceOptions>) => {
  const { code, message } = errorOf(() => addon.startTrace({ pids: [process.pid], what: 'all', ...callbacks, ...options }));
  expect(message).toMatch(/^[^\n]+$/);
  return `${code}: ${message}`;
};

/** A process with no ring. */
function sleeper(user?: string): number {
  const command = ['sleep', '1000'];
  const child = user === undefined ? spawn('sleep', ['1000']) : spawn('setpriv', ['--reuid', user, '--clear-groups', ...command]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child.pid as number;
}

test('what is no process', () => {
  expect(refusal({ pids: [999_999_999] })).toBe('ESRCH: There is no process 999999999; look for its number with: pgrep -a NAME');
  for (const pid of [0, -1, 1.5, 2 ** 31, Number.NaN]) {
    expect(refusal({ pids: [process.pid, pid] })).toBe('EINVALIDPARAM: options.pids[1]: expected the number of a process, 1..2147483647');
  }
  expect(refusal({ pids: [] })).toBe('EINVALIDPARAM: options.pids: expected a list of process numbers');
});

test('a thread is told apart from its process', () => {
  const threads = readdirSync('/proc/self/task').map(Number);
  const thread = threads.find((t) => t !== process.pid) as number;
  expect(refusal({ pids: [thread] })).toMatch(
    new RegExp(`^EINVALIDPARAM: pids: ${thread} is a thread of process ${process.pid} \\(.+\\); give ${process.pid}\\.$`),
  );
});

test('a thread of the kernel, and a process that has ended', async () => {
  const kthread = execFileSync('ps', ['-o', 'pid=', '--ppid', '2'], { encoding: 'utf8' }).trim().split(/\s+/)[0];
  expect(refusal({ pids: [Number(kthread)] })).toMatch(/^ENORING: Process \d+ \(.+\) is a thread of the kernel, which has no ring; /);
  // The child ends once its parent is a program that collects nobody.
  const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
  onTestFinished(() => {
    parent.kill('SIGKILL');
  });
  const pid = Number(await new Promise((done) => parent.stdout?.once('data', done)));
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
  parent.stdio[3]?.destroy();
  await expect
    .poll(() => refusal({ pids: [pid] }))
    .toMatch(/^ESRCH: Process \d+ \(.+\) has ended; start it again and give its new number\. ?/);
});

test('no ring: how to see it from the start, or to wait for one', async () => {
  const pid = sleeper();
  await expect
    .poll(() => refusal({ pids: [pid], requireRing: true }))
    .toBe(
      `ENORING: Process ${pid} (sleep) has no io_uring ring: to see it from its first system call, start it with: ringlens run -- sleep`,
    );
  expect(refusal({ pids: [pid, sleeper()], requireRing: true })).toMatch(/^ENORING: None of the 2 processes, such as /);
  const run = new Traced([pid]);
  expect(run.trace.rings()).toEqual([]);
  await run.close();
  const server = start('recv_tcp', []);
  await server.port();
  const withRing = new Traced([server.child.pid as number, pid], { requireRing: true });
  await withRing.close();
  expect(instances(process.pid)).toEqual([]);
});

test('options out of range', () => {
  expect(refusal({ what: 'none' as 'all' })).toBe('EINVALIDPARAM: options.what: expected one of all, arms');
  expect(refusal({ backend: 'bpf' as 'perf' })).toBe('EINVALIDPARAM: options.backend: expected one of tracefs, perf');
  expect(refusal({ eventRingEvents: 65 })).toBe('EINVALIDPARAM: options.eventRingEvents: expected a power of two');
  expect(refusal({ bufferBytes: 1 })).toBe('EINVALIDPARAM: options.bufferBytes: expected integer 16384..1073741824');
  expect(refusal({ sampleIntervalMs: -1 })).toBe('EINVALIDPARAM: options.sampleIntervalMs: expected integer 0..3600000');
  expect(refusal({ onBlocks: undefined as never })).toBe('EINVALIDPARAM: options.onBlocks: expected a function');
});

const addonPath = join(import.meta.dirname, '../build/Release/ringlens.node');
const asChild = `const { createRequire } = require('node:module');
const addon = require(process.argv[1]);
const pid = Number(process.argv[2]) || process.pid;
try {
  const trace = addon.startTrace({ pids: [pid], what: 'all', onBlocks() {}, onStopped() {} });
  process.stdout.write(JSON.stringify(trace.kernel().notes));
  trace.close();
} catch (e) {
  process.stdout.write(e.code + ': ' + e.message);
}`;
const setpriv = ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', '--bounding-set=-all', '--inh-caps=-all'];
const asNobody = (pid: number | string) =>
  spawnSync('setpriv', [...setpriv, process.execPath, '-e', asChild, addonPath, String(pid)], { encoding: 'utf8' });

test('without privileges: another user’s process, and one’s own', () => {
  const others = asNobody(process.pid);
  expect([others.stderr, others.stdout]).toEqual([
    '',
    expect.stringMatching(
      new RegExp(`^EPERM: Process ${process.pid} \\(.+\\) belongs to the user root; run ringlens as root \\(sudo\\) to look at it\\.$`),
    ),
  ]);
  const own = asNobody(0);
  expect([own.stderr, own.stdout]).toEqual([
    '',
    expect.stringMatching(
      /^EPERM: The kernel's events can't be read here\. tracefs: [^\n`]*; perf: [^\n`]*; type `sudo [^\n`]*` and start again\.$/,
    ),
  ]);
});

test('where no ring can be made, other processes are traced all the same, and a note says what is missing', () => {
  const wrapper = join(import.meta.dirname, '../../test/support/without-io-uring.py');
  const child = spawnSync('python3', [wrapper, '1', process.execPath, '-e', asChild, addonPath, String(sleeper())], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  expect(JSON.parse(child.stdout)).toEqual([
    'Whether a submit is a multishot is told only where its SQE can still be read: No ring can be made here (io_uring_setup: EPERM).',
  ]);
});
