/** `ringlens live --headless --json`: what the ring did obeys the laws, for each way of receiving. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LiveReport } from '../../agent/src/cli/report.ts';
import { paramNames } from '../../shared/schema/workload-params.ts';
import { traceInstances } from '../process/trace-instances.ts';
import { needsFeature, needsRing } from '../support/needs-ring.ts';
import { runAgent, spawnAgent } from '../support/run-agent.ts';

beforeEach(needsRing);

async function headless(...args: string[]): Promise<LiveReport> {
  const { code, out, err } = await runAgent('live', '--headless', '--json', '--duration', '400ms', ...args);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out);
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((x, y) => x + y, 0);

/** What holds for every run in which ringlens lost no event. */
function expectLaws(report: LiveReport): void {
  expect(report.dropped).toBe(0);
  expect(report.endedBy).toBe('duration');
  for (const mode of [report.multishot, report.single, report.total]) {
    expect(mode.cqes).toBe(mode.fMore + sum(mode.terminations));
    expect(mode.enobufs).toBe(mode.errors.ENOBUFS ?? 0);
    expect(mode.terminations.enobufs).toBe(mode.enobufs);
  }
  const other = report.params.mode === 'multishot' ? report.single : report.multishot;
  expect([other.submits, other.cqes]).toEqual([0, 0]);
  expect(report.bytesReceived).toBeGreaterThan(0);
  // recvmsg puts its header before the payload, and res counts both.
  if (report.params.op === 'recv') expect(report.total.bytesReceived).toBe(report.bytesReceived);
  else expect(report.total.bytesReceived).toBeGreaterThan(report.bytesReceived);
  expect(report.connects).toBeGreaterThanOrEqual(report.params.connections);
}

const streams: [string, string[]][] = [
  ['multishot over tcp', []],
  ['single over tcp', ['--mode', 'single']],
  ['multishot over unix', ['--transport', 'unix']],
  ['multishot with legacy buffers', ['--buffer-kind', 'legacy']],
  ['single with legacy buffers', ['--mode', 'single', '--buffer-kind', 'legacy']],
  ['poll first', ['--poll-first']],
  ['every task-run flag', ['--defer-taskrun', '--coop-taskrun']],
  ['SQPOLL', ['--sqpoll']],
  ['a group that holds', ['--preset', 'steady']],
  ['re-arm at once', ['--rearm', 'now']],
  ['recvmsg over tcp', ['--op', 'recvmsg', '--buffer-size', '256']],
  ['recvmsg over unix', ['--op', 'recvmsg', '--buffer-size', '256', '--transport', 'unix']],
];

describe('headless --json', () => {
  it.each(streams)('receives all that was sent: %s', async (_, args) => {
    const report = await headless(...args);
    expectLaws(report);
    expect(report.messagesSent).toBeGreaterThan(0);
    expect(report.bytesReceived).toBe(report.bytesSent);
  });

  it('counts the same across snapshots, of which the stream has one a second', async () => {
    const report = await headless('--duration', '2500ms');
    expectLaws(report);
    expect(report.bytesReceived).toBe(report.bytesSent);
  });

  it('receives all that was sent in bundles', async (context) => {
    needsFeature(context, 'bundle');
    const report = await headless('--bundle');
    expectLaws(report);
    expect(report.bytesReceived).toBe(report.bytesSent);
  });

  it('receives all that was sent into incremental buffers', async (context) => {
    needsFeature(context, 'incremental');
    const report = await headless('--incremental', '--buffer-size', '1024');
    expectLaws(report);
    expect(report.total.bufMore).toBeGreaterThan(0);
    expect(report.bytesReceived).toBe(report.bytesSent);
  });

  it.each([
    ['udp', ['--transport', 'udp', '--buffer-size', '512']],
    ['recvmsg over udp', ['--transport', 'udp', '--op', 'recvmsg', '--buffer-size', '512']],
  ])('obeys the laws of completions: %s', async (_, args) => {
    expectLaws(await headless('--preset', 'steady', ...args));
  });

  it('shows a group that runs dry: ENOBUFS ends requests, they are armed again', async () => {
    const report = await headless('--buffers', '8', '--message-size', '400', '--burst', '24', '--hold', '10ms');
    expect(report.freeBuffersMin).toBe(0);
    expect(report.multishot.enobufs).toBeGreaterThan(0);
    expect(report.multishot.rearms).toBeGreaterThan(0);
  });

  it('keeps one recv armed where single shot submits one for every completion', async () => {
    const multishot = await headless('--preset', 'steady');
    const single = await headless('--preset', 'steady', '--mode', 'single');
    expect(multishot.total.submits).toBeLessThan(multishot.total.cqes / 10);
    expect(single.total.submits).toBeGreaterThanOrEqual(single.total.cqes);
    expect(single.total.fMore).toBe(0);
  });

  it('says what ran, and where', async () => {
    const report = await headless('--seed', '7', '--hold', '2ms');
    expect(Object.keys(report.params)).toEqual(paramNames);
    expect(report.params).toMatchObject({ seed: 7, hold: 2000 });
    expect(report).toMatchObject({ schema: 1, kernel: expect.stringMatching(/^Linux \d/), ringlens: expect.stringMatching(/^\d/) });
    expect(report.durationNs).toBeGreaterThan(300e6);
  });

  it('says how the kernel was read, or why it was not', async () => {
    const off = await headless('--kernel', 'off');
    expect(off.kernelTrace).toMatchObject({
      backend: '',
      scope: 'off',
      missing: expect.stringMatching(/^The parameter kernel is off/),
      events: 0,
    });
    const { kernelTrace } = await headless('--preset', 'steady', '--kernel', 'arms');
    if (kernelTrace.backend === '') expect(kernelTrace).toMatchObject({ scope: 'off', missing: expect.stringMatching(/\.$/), events: 0 });
    else expect(kernelTrace).toMatchObject({ scope: 'arms', missing: '', notes: [], lost: 0, late: 0, events: expect.any(Number) });
  });

  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 143],
  ] as const)('ends early with %s and still prints, with exit code %i', async (signal, exitCode) => {
    const folder = mkdtempSync(join(tmpdir(), 'ringlens-test-'));
    try {
      // It says nothing before its end; its socket shows that it runs.
      const appeared = once(watch(folder), 'change');
      const options = ['--transport', 'unix', '--unix-path', join(folder, 'socket')];
      const agent = spawnAgent(['live', '--headless', '--json', '--duration', '1h', ...options]);
      await Promise.race([appeared, agent.ended]);
      agent.child.kill(signal);
      const { code, out, err } = await agent.ended;
      expect(err).toBe('');
      expect(code).toBe(exitCode);
      expect(JSON.parse(out)).toMatchObject({ endedBy: signal, schema: 1 });
      expect(traceInstances(agent.child.pid)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('headless', () => {
  it('prints a table for people', async () => {
    const { code, out } = await runAgent('live', '--headless', '--duration', '300ms');
    expect(code).toBe(0);
    expect(out).toMatch(/^Linux .* s of trace · ended by duration\n/);
    for (const row of [
      'multishot',
      'submits',
      'CQEs',
      'F_MORE',
      'F_SOCK_NONEMPTY',
      'terminated: enobufs',
      'bytes received',
      'dropped (ringlens)',
    ]) {
      expect(out).toContain(row);
    }
  });

  it('that finds no room on standard output gives its report to standard error', async () => {
    const wrapper = ['sh', '-c', 'exec "$@" >/dev/full', 'sh'];
    const { code, out, err } = await spawnAgent(['live', '--headless', '--json', '--duration', '50ms'], wrapper).ended;
    expect([code, out]).toEqual([1, '']);
    const [sentence, ...report] = err.split('\n');
    expect(sentence).toBe("ringlens: standard output can't be written: the disk is full; make room. Here it is:");
    expect(JSON.parse(report.join('\n'))).toMatchObject({ endedBy: 'duration' });
  });

  it('does not mind a reader that has gone', async () => {
    // The other end of the pipe is closed at once.
    const wrapper = ['bash', '-c', 'set -o pipefail; "$@" | true', 'bash'];
    const { code, err } = await spawnAgent(['live', '--headless', '--json', '--duration', '50ms'], wrapper).ended;
    expect([code, err]).toEqual([0, '']);
  });
});
