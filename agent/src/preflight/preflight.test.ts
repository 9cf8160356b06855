import { describe, expect, it } from 'vitest';
import type { RingFeatures } from '../../../shared/protocol/messages.ts';
import { sentenceOf } from './check.ts';
import type { Environment } from './environment.ts';
import { checks, firstProblem } from './registry.ts';

const all: RingFeatures = {
  multishotRecv: true,
  bufRing: true,
  bundle: true,
  incremental: true,
  coopTaskrun: true,
  singleIssuer: true,
  deferTaskrun: true,
  sqpoll: true,
};

const machine = (facts: Partial<Environment> = {}, sysctls: Record<string, number> = {}): Environment => ({
  platform: 'linux',
  kernelRelease: '6.18.0',
  isRoot: false,
  groups: [1000],
  sysctl: (name) => sysctls[name],
  features: () => all,
  ...facts,
});

const failing = (code: string) => () => {
  throw Object.assign(new Error(`io_uring_setup: ${code}`), { code });
};

const sentence = (environment: Environment) => {
  const problem = firstProblem(environment);
  return problem === undefined ? undefined : sentenceOf(problem);
};

describe('preflight', () => {
  it('finds nothing on a machine that can', () => {
    expect(sentence(machine())).toBeUndefined();
    expect(sentence(machine({}, { 'kernel.io_uring_disabled': 0 }))).toBeUndefined();
  });

  it('lets root, and the group that is allowed, pass io_uring_disabled = 1', () => {
    const sysctls = { 'kernel.io_uring_disabled': 1, 'kernel.io_uring_group': 1000 };
    expect(sentence(machine({}, sysctls))).toBeUndefined();
    expect(sentence(machine({ groups: [], isRoot: true }, sysctls))).toBeUndefined();
    expect(sentence(machine({ groups: [] }, sysctls))).toMatch(
      /kernel\.io_uring_disabled = 1\); type: sudo sysctl kernel\.io_uring_disabled=0$/,
    );
  });

  it.each<[string, Environment, RegExp]>([
    ['another system', machine({ platform: 'darwin' }), /needs Linux, and this is darwin/],
    [
      'io_uring turned off',
      machine({ isRoot: true }, { 'kernel.io_uring_disabled': 2 }),
      /= 2\); type: sudo sysctl kernel\.io_uring_disabled=0$/,
    ],
    ['no io_uring in the kernel', machine({ features: failing('ENOSYS') }), /kernel \(6\.18\.0\) has no io_uring/],
    ['seccomp', machine({ features: failing('EPERM') }), /seccomp.*; type: docker run --security-opt/],
    ['little locked memory', machine({ features: failing('ENOMEM') }), /RLIMIT_MEMLOCK.*; type: ulimit -l/],
    ['no descriptor', machine({ features: failing('EMFILE') }), /; type: ulimit -n/],
    ['an addon that is not built', machine({ features: failing('EADDONMISSING') }), /; type: npm run build$/],
    [
      'an old kernel',
      machine({ kernelRelease: '5.15.0', features: () => ({ ...all, multishotRecv: false }) }),
      /5\.15\.0\) lacks multishot recv/,
    ],
    ['something else', machine({ features: failing('EIO') }), /can't be used here: io_uring_setup: EIO\.$/],
  ])('says in one sentence what is wrong and what to do: %s', (_, environment, expected) => {
    expect(sentence(environment)).toMatch(expected);
    expect(sentence(environment)).not.toContain('\n');
  });

  it('has checks with different ids', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  });
});
