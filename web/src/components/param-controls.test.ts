import { describe, expect, it } from 'vitest';
import { defaultParams, paramNames } from '../../../shared/schema/workload-params.ts';
import { choices, mainSliders, moreSliders, refusedBy, switches } from './param-controls.ts';
import { sqeFields } from './sqe.ts';

const all = {
  multishotRecv: true,
  bufRing: true,
  bundle: true,
  incremental: true,
  coopTaskrun: true,
  singleIssuer: true,
  deferTaskrun: true,
  sqpoll: true,
};

describe('the controls', () => {
  it('offer each parameter once, but the ones that only a command line needs', () => {
    const offered = [...mainSliders, ...moreSliders, ...choices, ...switches].map((c) => c.name as string);
    expect([...offered, 'mode', 'messageMin', 'messageMax', 'seed', 'probe'].sort()).toEqual([...paramNames].sort());
  });
  it('name every value of a choice', async () => {
    const { paramSpec } = await import('../../../shared/schema/workload-params.ts');
    for (const { name, texts } of choices) {
      const spec = paramSpec(name);
      expect(Object.keys(texts)).toEqual(spec.type === 'enum' ? spec.values : []);
    }
  });
  it('refuse what the kernel lacks, with the reason', () => {
    expect(refusedBy({ ...all, bundle: false }, 'bundle', true)).toBe('This kernel, when asked, has no receive bundles.');
    expect(refusedBy({ ...all, bufRing: false }, 'bufferKind', 'ring')).not.toBe('');
    expect(refusedBy({ ...all, bufRing: false }, 'bufferKind', 'legacy')).toBe('');
    expect(refusedBy(all, 'sqpoll', true)).toBe('');
    expect(refusedBy(null, 'sqpoll', true)).toBe('');
  });
});

describe('the SQE', () => {
  const values = (change: Partial<typeof defaultParams>) => sqeFields({ ...defaultParams, ...change }, 0).map((f) => f.value);
  it('is a multishot recv by default', () => {
    expect(values({})).toEqual(['IORING_OP_RECV', 'RECV_MULTISHOT', 'BUFFER_SELECT', '0', '0']);
  });
  it('joins the flags', () => {
    expect(values({ pollFirst: true, bundle: true })[1]).toBe('RECV_MULTISHOT | POLL_FIRST | BUNDLE');
  });
  it('of a single shot has no flags, and of recvmsg one msghdr', () => {
    expect(values({ mode: 'single', op: 'recvmsg' })).toEqual(['IORING_OP_RECVMSG', '0', 'BUFFER_SELECT', '1', '0']);
  });
});
