import { describe, expect, it } from 'vitest';
import { pictureAt, start, storeOf } from '../../feed/testing.ts';
import { recordingContext, testTheme } from '../testing.ts';
import { drawBuffers, drawCell, drawTwice } from './draw.ts';
import { bidAt, bidWords, cellLooks, type Group, layoutBuffers, layoutGrid, twiceNote } from './layout.ts';

const options = { width: 370, k: 1, short: false, kernelSeen: false };
const trace = `${start}
100 reap c0 64 bid=0 MORE
100 reap c1 16 bid=1 MORE
200 back 0 c0`;
const groupAt = (us: number): { group: Group; t: number } => {
  const { group, t1 } = pictureAt(storeOf(trace), us);
  if (group === null) throw new Error('no group');
  return { group, t: t1 };
};
const looks = (us: number): string[] => {
  const { group, t } = groupAt(us);
  return [...layoutBuffers(group, t, options).looks].map((l) => cellLooks[l] as string);
};

describe('buffers panel', () => {
  it('tells the owner of each buffer, and what was given back just now', () => {
    expect(looks(150)).toEqual(['held', 'held', 'available', 'available']);
    expect(looks(250)).toEqual(['back', 'held', 'available', 'available']);
    // 1.5 ms later it is plainly available.
    expect(looks(1800)).toEqual(['available', 'held', 'available', 'available']);
  });

  it('ends the look of given back when eight others came back later', () => {
    const more = Array.from({ length: 8 }, (_, i) => `${210 + i} reap c1 4 bid=2 MORE\n${210 + i} back 2 c1`);
    const { group, t1 } = pictureAt(storeOf(`${trace}\n${more.join('\n')}`), 300);
    const g = layoutBuffers(group as Group, t1, options);
    expect([...g.looks].map((l) => cellLooks[l])).toEqual(['available', 'held', 'back', 'available']);
  });

  it('adds up to the whole group', () => {
    const { group, t } = groupAt(250);
    const g = layoutBuffers(group, t, options);
    expect(g.counts).toEqual({ available: 2, filled: 0, held: 1, back: 1, away: 0 });
    expect(g.bar.map((b) => b.look)).toEqual(['available', 'held', 'back']);
    const last = g.bar.at(-1);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeCloseTo(370);
  });

  it('does not claim that nothing is filled where the source cannot see it', () => {
    const { group, t } = groupAt(150);
    const { ctx, of } = recordingContext();
    drawBuffers(ctx, layoutBuffers(group, t, options), group, testTheme, -1);
    expect(of('text –')).toHaveLength(1);
    expect(layoutBuffers(group, t, { ...options, kernelSeen: true }).filledUnknown).toBe(false);
  });

  it('draws each state in a form of its own', () => {
    const drawn = (look: (typeof cellLooks)[number]): string[] => {
      const { ctx, log } = recordingContext();
      drawCell(ctx, testTheme, look, 0, 0, 34);
      return log;
    };
    expect(drawn('available')).toEqual(['stroke avail']);
    expect(drawn('filled')).toEqual(['fill data']);
    expect(drawn('held')).toEqual(['fill held', 'stroke held']);
    expect(drawn('back')).toEqual(['stroke held dashed', 'fill held']);
  });

  it('stays inside its room for any number of buffers', () => {
    for (const short of [false, true]) {
      for (const n of [1, 4, 32, 64, 128, 1024, 4096, 32768]) {
        const grid = layoutGrid(n, { ...options, short }, 0);
        expect(grid.columns * grid.rows, `${n}`).toBeGreaterThanOrEqual(n);
        expect((grid.columns - 1) * grid.pitchX + grid.cell, `${n}`).toBeLessThanOrEqual(370.01);
        expect(grid.rows * grid.pitchY, `${n}`).toBeLessThanOrEqual(n <= 64 ? 270 : 157);
      }
    }
    expect([32, 128, 1024, 32768].map((n) => layoutGrid(n, options, 0).form)).toEqual(['labelled', 'small', 'small', 'pixels']);
  });

  it('finds the bid under the pointer and says what it is', () => {
    const { group, t } = groupAt(150);
    const g = layoutBuffers(group, t, options);
    const bid = bidAt(g, g.grid.pitchX + 10, g.grid.y + 10);
    expect(bid).toBe(1);
    expect(bidWords(group, g, bid, new Map())).toBe('bid 1\nheld by the app\n16 of 64 B, from c1');
    expect(bidWords(group, g, 2, new Map())).toBe('bid 2, next pick\navailable: the kernel may pick it');
    expect(bidAt(g, g.grid.cell + 1, g.grid.y + 10)).toBe(-1);
  });
});

describe('a buffer that was given back twice', () => {
  const twice = `${trace}
210 back 0 c0 again
300 reap c0 64 bid=2 MORE
310 reap c0 64 bid=3 MORE
320 reap c0 64 bid=0 MORE`;
  const at = (us: number, more = ''): { group: Group; t: number } => {
    const { group, t1 } = pictureAt(storeOf(`${twice}\n${more}`), us);
    if (group === null) throw new Error('no group');
    return { group, t: t1 };
  };
  const marked = (group: Group, t: number): string[] => {
    const { ctx, of } = recordingContext();
    drawBuffers(ctx, layoutBuffers(group, t, options), { ...group, nextPick: -1 }, testTheme, -1);
    return of('stroke end');
  };

  it('is marked in a form of its own, named, and explained: available, then held', () => {
    const before = at(205);
    expect(marked(before.group, before.t)).toEqual([]);
    expect(twiceNote(before.group)).toEqual({ now: '', past: '' });
    const available = at(250);
    expect(marked(available.group, available.t)).toEqual(['stroke end', 'stroke end']);
    expect(bidWords(available.group, layoutBuffers(available.group, available.t, options), 0, new Map())).toMatch(
      /\ngiven back twice: the kernel will fill it twice$/,
    );
    const { group, t } = at(330);
    expect([...group.twice]).toEqual([0]);
    expect(marked(group, t)).toHaveLength(2);
    expect(bidWords(group, layoutBuffers(group, t, options), 0, new Map())).toBe(
      'bid 0, next pick\nheld by the app\n64 of 64 B, from c0\ngiven back twice: the kernel will fill it again while the app holds it',
    );
    expect(twiceNote(group)).toEqual({ now: 'b0 was given back twice. The kernel has it once more than there is of it.', past: '' });
  });

  it('is marked no more when the kernel has filled it again; what came of it stays told', () => {
    const { group, t } = at(400, '340 reap c1 8 bid=0 MORE');
    expect([...group.twice]).toEqual([]);
    expect(marked(group, t)).toEqual([]);
    expect(twiceNote(group)).toEqual({ now: '', past: 'The kernel filled a buffer that the app still held once so far.' });
  });

  it('is a larger cell where cells are small, and named where there are many', () => {
    const { ctx, of } = recordingContext();
    drawTwice(ctx, testTheme, 10, 10, 4);
    expect(of('fillRect end')).toEqual(['fillRect end 9 9 6 6']);
    const { group } = at(330);
    const many = twiceNote({ ...group, twice: Uint16Array.from([9, 3, 5, 7, 11, 1]) });
    expect(many.now).toMatch(/^b1, b3, b5, b7 and 2 more were given back twice\. /);
    expect(twiceNote({ ...group, twice: Uint16Array.from([5, 3]) }).now).toMatch(/^b3 and b5 were /);
  });
});
