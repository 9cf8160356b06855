/** `ringlens check` as a process: what it says of this machine, with and without rights, and where io_uring is refused. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../agent/src/cli/check-report.ts';
import { traceInstances } from '../process/trace-instances.ts';
import { needsRing } from '../support/needs-ring.ts';
import { agentPath, runAgent, spawnAgent } from '../support/run-agent.ts';
import { asNobody, needsNobody } from '../support/unprivileged.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const withoutIoUring = (errno: number) => ['python3', join(root, 'test/support/without-io-uring.py'), `${errno}`];

/** Both ways of printing, which agree; nothing goes to standard error. */
async function check(wrapper: readonly string[] = []) {
  const text = await spawnAgent(['check'], wrapper).ended;
  const json = await spawnAgent(['check', '--json'], wrapper).ended;
  expect([text.err, json.err]).toEqual(['', '']);
  expect(json.code).toBe(text.code);
  const report: CheckReport = JSON.parse(json.out);
  expect(report).toMatchObject({ schema: 1, ringlens: expect.stringMatching(/^\d/), kernel: expect.stringMatching(/^Linux \d/) });
  const lines = text.out.split('\n');
  for (const { status, title, detail, ...more } of report.checks) {
    const at = lines.findIndex((line) => line.startsWith(`${status.padEnd(9)}${title} `) && line.endsWith(`  ${detail}`));
    expect(at, `${title}: ${detail}`).toBeGreaterThan(0);
    if ('remedy' in more) expect(lines[at + 1]).toBe(`         type: ${more.remedy}`);
  }
  expect(text.out).toMatch(new RegExp(`\n(ok|problem) +live workload +${report.live ? 'yes' : 'no'}`));
  expect(text.out).toMatch(new RegExp(`\n(ok|note) +kernel side observed by +${report.backend || 'nothing'}`));
  expect(text.out).toMatch(new RegExp(`\n(ok|note) +attach and run +${report.attach ? 'yes' : '(no|run only)'}`));
  expect(text.out).toMatch(/\nok +replay +yes/);
  expect(text.out).not.toContain(String.fromCharCode(27));
  return { code: text.code, report, of: (id: string) => report.checks.find((one) => one.id === id) };
}

describe('check', () => {
  beforeEach(needsRing);

  it('finds a live workload here, and leaves no trace instance behind', async () => {
    const { code, report, of } = await check();
    expect(code).toBe(0);
    expect(report.live).toBe(true);
    expect(report.checks.filter(({ status }) => status === 'problem')).toEqual([]);
    for (const id of ['multishotRecv', 'seccomp', 'capabilities', 'tracefs', 'backend-perf', 'ptrace']) expect(of(id)).toBeDefined();
    const agent = spawnAgent(['check']);
    await agent.ended;
    expect(traceInstances(agent.child.pid)).toEqual([]);
  });

  it('reads the kernel through tracefs as root', async ({ skip }) => {
    const { report, of } = await check();
    if (of('capabilities')?.status !== 'ok') skip('these tests do not run with the rights of root');
    expect(report).toMatchObject({ backend: 'tracefs', attach: true });
    expect(of('backend-tracefs')?.status).toBe('ok');
    expect(of('tracepoints')?.detail).toMatch(/^all that ringlens reads$|^This kernel lacks /);
  });

  it('runs on the probe alone for a user without rights, unless perf is for everyone, and says the cure', async (context) => {
    needsNobody(context);
    const { code, report, of } = await check(asNobody);
    expect(code).toBe(0);
    expect(report.live).toBe(true);
    expect(of('capabilities')).toMatchObject({ status: 'note', detail: expect.stringMatching(/^not root: none of CAP_PERFMON/) });
    expect(of('backend-tracefs')?.status).toBe('note');
    if (report.backend === 'perf') return;
    expect(report).toMatchObject({ backend: '', attach: false });
    expect(of('backend-tracefs')).toMatchObject({ remedy: expect.stringMatching(/^sudo \S*node dist\/agent\/main\.js live$/) });
    expect(of('backend-perf')).toMatchObject({ remedy: expect.stringMatching(/^sudo (mount|setpriv) .*/) });
  });

  it('has help with the exit codes', async () => {
    const { code, out } = await runAgent('check', '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/--json/);
    expect(out).toMatch(/Exit codes: 0 .* 3 /);
  });

  it('takes no arguments', async () => {
    expect(await runAgent('check', 'this')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^ringlens: too many arguments[^\n]*\n$/),
    });
  });
});

describe('check where io_uring is refused', () => {
  const EPERM = 1;
  const ENOSYS = 38;

  it.each([
    [EPERM, 'EPERM', /^io_uring_setup is refused \(EPERM\): a seccomp profile forbids it/, /^docker run --security-opt seccomp=/],
    [ENOSYS, 'ENOSYS', /has no io_uring: .* or the seccomp filter of this process hides it/, /^podman run --security-opt seccomp=/],
  ])('names seccomp and the remedy, and goes on to the last line (errno %i)', async (errno, name, detail, remedy) => {
    const { code, report, of } = await check(withoutIoUring(errno));
    expect(code).toBe(3);
    expect(report).toMatchObject({ live: false, attach: false });
    expect(of('ring')).toMatchObject({
      status: 'problem',
      code: name,
      detail: expect.stringMatching(detail),
      remedy: expect.stringMatching(remedy),
    });
    expect(of('seccomp')).toMatchObject({ status: 'note', detail: expect.stringMatching(/^Mode 2/) });
    expect(of('bundle')).toBeUndefined();
    expect(of('ptrace')).toBeDefined();
  });
});

describe('check without the addon', () => {
  it('says what to type, and the rest of what it can', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringlens-test-'));
    try {
      mkdirSync(join(folder, 'dist/agent'), { recursive: true });
      copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
      copyFileSync(agentPath, join(folder, 'dist/agent/main.js'));
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist/agent/main.js'), 'check'], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(status).toBe(3);
      expect(stdout).toMatch(/\nproblem +io_uring_setup +The addon is not built\.\n +type: npm run build\n/);
      expect(stdout).toMatch(/\nok +seccomp /);
      expect(stdout).toMatch(/\nnote +kernel side observed by +nothing/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
