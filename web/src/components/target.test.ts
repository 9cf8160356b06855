import { describe, expect, it } from 'vitest';
import { foreignPicture } from '../../test/foreign.ts';
import { BGID_NOT_TOLD, type RingView } from '../feed/picture.ts';
import { groupLine, ringLine } from './target.ts';

describe('a ring of another process', () => {
  const [ring] = foreignPicture().rings as [RingView];
  it('is told with its sizes, its lanes, and that it is older than the trace', () => {
    expect(ringLine(ring, 1e6, 4711)).toMatchObject({
      name: 'r1 · fd 3',
      lanes: '2 lanes, 2 armed',
      size: 'SQ 8 · CQ 16',
      older: true,
      open: true,
      sample: '',
    });
  });
  it('tells its pid where that is not the one looked at, and owns up to what was not told', () => {
    expect(ringLine({ ...ring, pid: 5000 }, 0, 4711).name).toBe('r1 · fd 3 · pid 5000');
    expect(ringLine({ ...ring, fd: -1, sqEntries: 0, lanes: 0 }, 0, 4711)).toMatchObject({
      name: 'r1',
      size: 'sizes not told',
      lanes: 'no recv',
    });
  });
  it('has samples with their age, without what a sample did not tell', () => {
    const sampled = { ...ring, unreaped: 4, polls: 1, overflowList: -1, sampledAt: 1e6 };
    expect(ringLine(sampled, 81.4e6, 4711)).toMatchObject({ sample: '4 in CQ, 1 poll', sampleAge: 'sampled 80 ms ago' });
  });
});

it('a group is told by its bgid, and with its ring where there are several', () => {
  expect(groupLine({ key: 1, ring: 1, bgid: 7, buffers: 0 }, 1)).toBe('bgid 7');
  expect(groupLine({ key: 1, ring: 2, bgid: 7, buffers: 64 }, 3)).toBe('r2 · bgid 7 · 64 buffers');
  expect(groupLine({ key: 1, ring: 1, bgid: BGID_NOT_TOLD, buffers: 0 }, 1)).toBe('bgid not told');
});
