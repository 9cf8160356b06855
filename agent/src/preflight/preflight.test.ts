import { describe, expect, it } from 'vitest';
import { sentenceOf } from './check.ts';
import type { Environment } from './environment.ts';
import { checks, firstProblem, runChecks } from './registry.ts';
import { ALL, allFeatures, darwin, failing, machine, root } from './testing.ts';

const sentence = (environment: Environment) => {
  const problem = firstProblem(environment);
  return problem === undefined ? undefined : sentenceOf(problem);
};

describe('preflight', () => {
  it('finds nothing on a machine that can', () => {
    expect(sentence(machine())).toBeUndefined();
    expect(sentence(machine({}, { 'kernel.io_uring_disabled': 0 }))).toBeUndefined();
  });

  it('lets CAP_SYS_ADMIN, and the group that is allowed, pass io_uring_disabled = 1', () => {
    const sysctls = { 'kernel.io_uring_disabled': 1, 'kernel.io_uring_group': 1000 };
    expect(sentence(machine({}, sysctls))).toBeUndefined();
    expect(sentence(machine({ groups: [], isRoot: true, capabilities: ALL }, sysctls))).toBeUndefined();
    for (const isRoot of [false, true]) {
      expect(sentence(machine({ groups: [], isRoot }, sysctls))).toMatch(
        /the group 1000 only .*kernel\.io_uring_disabled = 1\); type: sudo sysctl kernel\.io_uring_disabled=0$/,
      );
    }
    expect(sentence(machine({}, { 'kernel.io_uring_disabled': 1 }))).toMatch(/is for root only on/);
  });

  it.each<[string, Environment, RegExp]>([
    ['another system', machine(darwin), /needs Linux, and this is darwin/],
    ['io_uring turned off', machine(root, { 'kernel.io_uring_disabled': 2 }), /= 2\); type: sudo sysctl kernel\.io_uring_disabled=0$/],
    ['no io_uring in the kernel', machine({ features: failing('ENOSYS') }), /kernel \(6\.18\.0\) has no io_uring: [^;]*\.$/],
    [
      'no io_uring, or a filter that hides it',
      machine({ features: failing('ENOSYS'), seccompMode: 2 }),
      /has no io_uring: .*; or the seccomp filter .*; type: podman run --security-opt/,
    ],
    ['seccomp', machine({ features: failing('EPERM'), seccompMode: 2 }), /seccomp.*; type: docker run --security-opt/],
    ['a security module', machine({ features: failing('EACCES') }), /\(EACCES\), and not by seccomp: a security module/],
    ['little locked memory', machine({ features: failing('ENOMEM') }), /RLIMIT_MEMLOCK.*; type: ulimit -l/],
    ['no descriptor', machine({ features: failing('EMFILE') }), /; type: ulimit -n/],
    ['an addon that is not built', machine({ features: failing('EADDONMISSING') }), /; type: npm run build$/],
    [
      'an old kernel',
      machine({ kernelRelease: '5.15.0', features: () => ({ ...allFeatures, multishotRecv: false }) }),
      /5\.15\.0\) lacks multishot recv \(Linux 6\.0\): boot/,
    ],
    ['a kernel without buffer rings', machine({ features: () => ({ ...allFeatures, bufRing: false }) }), /lacks ring-mapped buffers/],
    ['something else', machine({ features: failing('EIO') }), /can't be used here: io_uring_setup: EIO\.$/],
  ])('says in one sentence what is wrong and what to do: %s', (_, environment, expected) => {
    expect(sentence(environment)).toMatch(expected);
    expect(sentence(environment)).not.toContain('\n');
  });

  it('does not try the tracepoints', () => {
    expect(sentence(machine({ tracing: failing('EIO') }))).toBeUndefined();
  });

  it('has checks with different ids, and room for their titles', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    for (const { title } of checks) expect(title.length).toBeLessThanOrEqual('kernel.perf_event_paranoid'.length);
  });

  it.each<[string, Environment]>([
    ['an unprivileged user', machine()],
    ['root', machine(root)],
    ['another system', machine(darwin)],
    ['seccomp', machine({ features: failing('EPERM'), seccompMode: 2, tracing: () => undefined })],
    ['an old kernel', machine({ features: () => ({ ...allFeatures, multishotRecv: false, bundle: false }) })],
  ])('has a problem only where live is blocked, and a full sentence unless it is fine: %s', (_, environment) => {
    const blocking = new Set(checks.filter(({ blocks }) => blocks === 'live').map(({ id }) => id));
    for (const line of runChecks(environment)) {
      if (line.status === 'problem') expect(blocking).toContain(line.id);
      expect(line.detail).toMatch(line.status === 'ok' ? /[^.]$/ : /[^.]\.$/);
      expect(line.detail).not.toContain('\n');
    }
  });
});
