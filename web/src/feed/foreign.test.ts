/** What the feed makes of a trace of another process. */
import { describe, expect, it } from 'vitest';
import { MarkFlag, MarkKind } from '../../../shared/timeline/marks.ts';
import { foreignPicture } from '../../test/foreign.ts';
import { isForeign } from './picture.ts';

const marksOf = (p: ReturnType<typeof foreignPicture>, kind: number): number[] =>
  [...p.lanes.marks.kind].flatMap((k, i) => (k === kind ? [p.lanes.marks.flag[i] as number] : []));

describe('a picture of another process', () => {
  it('calls lanes by what their fd is, with the ring where there are several', () => {
    expect(foreignPicture().lanes.info.map(({ name, armed }) => [name, armed])).toEqual([
      ['fd 5', true],
      ['fd 6', true],
    ]);
    expect([...foreignPicture({ secondRing: true }).names.values()]).toEqual(['r1 fd 5', 'r1 fd 6', 'r2 fd 7']);
  });
  it('shows one ring alone: its lanes, CQEs, groups and waits', () => {
    const both = foreignPicture({ secondRing: true });
    const second = foreignPicture({ secondRing: true }, { ring: 2 });
    expect([both.cqes.length, both.groups.length, both.reaps.length]).toEqual([4, 2, 1]);
    expect([second.cqes.length, second.groups.length, second.reaps.length]).toEqual([1, 1, 0]);
    expect(second.lanes.info.map(({ name }) => name)).toEqual(['r2 fd 7']);
  });
  it('does not take a group for seen since it is registered: only its buffer ring tells what comes back', () => {
    expect(foreignPicture().group).toMatchObject({ seen: false, sizeTold: false, buffers: 3, filled: 0, held: 3, nextPick: -1 });
    expect(foreignPicture({ mapped: true }).group).toMatchObject({ seen: true, sizeTold: true, buffers: 4, free: 1, held: 3 });
  });
  it('tells where the app went to wait, and for how many', () => {
    const p = foreignPicture();
    expect(isForeign(p)).toBe(true);
    expect([[...p.reaps.t], [...p.reaps.count]]).toEqual([[150e3], [1]]);
  });
  it('keeps fairness apart from wakes, and marks what is ambiguous', () => {
    expect(marksOf(foreignPicture({ burst: 40 }), MarkKind.wake)).toEqual([0, 0, MarkFlag.fairness]);
    const bars = marksOf(foreignPicture({ ambiguous: true }), MarkKind.cqe);
    expect(bars.every((flag) => (flag & MarkFlag.ambiguous) !== 0)).toBe(true);
  });
  it('puts ENOBUFS on the chart of its own group', () => {
    expect(foreignPicture({ enobufs: true, secondRing: true }).enobufs.length).toBe(1);
    expect(foreignPicture({ enobufs: true, secondRing: true }, { ring: 2 }).enobufs.length).toBe(0);
    expect(foreignPicture({ enobufs: true, secondRing: true }, { ring: 2 }).lastEnd).toBeNull();
  });
});
