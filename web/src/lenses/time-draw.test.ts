import { describe, expect, it } from 'vitest';
import { pictureAt, start, storeOf } from '../feed/testing.ts';
import { recordingContext, testTheme } from './testing.ts';
import { drawTimeViews, layoutTimeViews } from './time-draw.ts';
import { layoutTime } from './time-layout.ts';

const many = (n: number): string =>
  `ring\ngroup buffers=4 size=64\n${Array.from({ length: n }, (_, i) => `connect c${i}\n${10 + i} arm c${i}`).join('\n')}`;

describe('time views', () => {
  it('gives lanes between 40 and 84 px, and scrolls what does not fit', () => {
    expect(layoutTime(760, 600, 1, 0, 1, 6, 0)).toMatchObject({ laneHeight: (600 - 228 - 32) / 6, scrollbar: null, firstLane: 0 });
    expect(layoutTime(760, 600, 1, 0, 1, 2, 0).laneHeight).toBe(84);
    const scrolled = layoutTime(760, 600, 1, 0, 1, 100, 30.5);
    expect(scrolled).toMatchObject({ laneHeight: 40, firstLane: 30, laneCount: 10 });
    expect(scrolled.scrollbar).not.toBeNull();
    // Never past the last lane.
    expect(layoutTime(760, 600, 1, 0, 1, 100, 1e6).laneOffset).toBeCloseTo(100 - 340 / 40);
    expect(layoutTime(760, 600, 1, 0, 1, 3, 5).laneOffset).toBe(0);
  });

  it('draws the lanes in sight and no others', () => {
    const picture = pictureAt(storeOf(many(60)), 1000, { firstLane: 20, laneCount: 5 });
    const { ctx, of } = recordingContext();
    drawTimeViews(ctx, layoutTimeViews(picture, { width: 760, height: 500, k: 1, laneOffset: 20, atNow: true, growNs: 0 }), testTheme);
    expect(of('text c').map((l) => l.split(' ')[1])).toEqual(['c20', 'c21', 'c22', 'c23', 'c24']);
  });

  it('marks the hits of the filter under the axis', () => {
    const store = storeOf(`${start}\n400 reap c0 64 bid=0 MORE\n900 reap c0 ENOBUFS`);
    const picture = { ...pictureAt(store, 1000), hits: { t: Float64Array.of(900e3), rank: 1, isHit: true } };
    const g = layoutTimeViews(picture, { width: 1094, height: 600, k: 1, laneOffset: 0, atNow: true, growNs: 0 });
    const { ctx, of } = recordingContext();
    drawTimeViews(ctx, g, testTheme);
    const { scale, axis } = g.layout;
    const x = Math.round(scale.x0 + 0.9 * (scale.x1 - scale.x0)) - 1.5;
    expect(of('fillRect sel')).toEqual([`fillRect sel ${x} ${axis.height} 3 7`]);
  });

  it('hatches lost events over all tracks, with their count', () => {
    const picture = pictureAt(storeOf(`${start}\n100 reap c0 64 bid=0 MORE\n500 dropped 1204`), 1000);
    const g = layoutTimeViews(picture, { width: 1094, height: 600, k: 1, laneOffset: 0, atNow: true, growNs: 0 });
    const { ctx, of } = recordingContext();
    drawTimeViews(ctx, g, testTheme);
    expect(of('text 1,204 lost')).toHaveLength(1);
    const height = g.layout.bottom - g.layout.group.y;
    expect(of('fillRect bg0').some((l) => l.endsWith(` ${height}`))).toBe(true);
  });
});
