import { describe, expect, it } from 'vitest';
import { pictureAt, start, storeOf } from '../../feed/testing.ts';
import { recordingContext, testTheme } from '../testing.ts';
import { drawEnobufs, drawGroup } from './draw.ts';
import { DIAMOND_ROOM, hitGroup, layoutGroup } from './layout.ts';

const box = { x: 100, y: 40, width: 1000, height: 80 };
const scale = (t1: number) => ({ t0: t1 - 1e6, t1, x0: 100, x1: 1100 });
const dry = `${start}
100 reap c0 64 bid=0 MORE
100 reap c0 64 bid=1 MORE
200 reap c1 64 bid=2 MORE
300 reap c1 64 bid=3 MORE
310 reap c0 ENOBUFS
310 reap c1 ENOBUFS
500 back 0 c0`;

describe('group chart', () => {
  const picture = pictureAt(storeOf(dry), 600);
  const g = layoutGroup(picture, scale(600e3), box, 1);

  it('puts available on the floor and held on the ceiling, in steps', () => {
    const at = (us: number) => {
      let i = -1;
      while (i + 1 < g.length && (g.x[i + 1] as number) <= 100 + 400 + us) i++;
      return [g.yFree[i], g.yTop[i]];
    };
    expect(at(50)).toEqual([40, 40]);
    expect(at(150)).toEqual([80, 80]);
    expect(at(250)).toEqual([100, 100]);
    expect(at(400)).toEqual([120, 120]);
    expect(at(550)).toEqual([100, 100]);
    expect(g.subtitle).toBe('free of 4');
    expect(g.yTicks.map((t) => [t.label, t.y, t.dry])).toEqual([
      ['2', 80, false],
      ['0', 120, true],
    ]);
  });

  it('marks the time that it was dry, and each ENOBUFS', () => {
    expect(g.dry).toEqual([{ x0: 800, x1: 1000 }]);
    expect(g.enobufs.map((e) => [e.x, e.lane])).toEqual([
      [810, 0],
      [810, 1],
    ]);
    expect(g.enobufsLabel?.text).toBe('ENOBUFS ×2, group empty');
    const { ctx, of, log } = recordingContext();
    drawGroup(ctx, g, testTheme);
    drawEnobufs(ctx, g, testTheme, (lane) => 200 + lane * 50);
    expect(of('fillRect end')).toEqual(['fillRect end 800 118.5 200 4']);
    expect(of('stroke end')).toEqual(['stroke end dashed']);
    // One diamond for both, with its ink outline.
    expect(of('fill end').length).toBe(1);
    expect(log).toContain('stroke ink0');
    expect(of('text ENOBUFS')[0]).toMatch(/^text ENOBUFS ×2, group empty endT/);
  });

  it('draws ticks where diamonds have no room, and loses none', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `${310 + i * 3} reap c0 ENOBUFS`);
    const crowd = layoutGroup(
      pictureAt(storeOf(`${dry.split('\n').slice(0, 10).join('\n')}\n${lines.join('\n')}`), 600),
      scale(600e3),
      box,
      1,
    );
    expect(crowd.enobufs.length).toBe(40);
    expect(crowd.enobufs.every((e) => e.room < DIAMOND_ROOM)).toBe(true);
    const { ctx, of } = recordingContext();
    drawEnobufs(ctx, crowd, testTheme, () => 200);
    expect(of('fill end').length).toBe(0);
    expect(of('fillRect end').length).toBe(40);
  });

  it('says in words what stands under the pointer', () => {
    expect(hitGroup(g, picture, 650, 90)).toBe('2 available, 2 held by the app\nfor 100 µs');
    expect(hitGroup(g, picture, 811, 121)).toMatch(/^ENOBUFS/);
    expect(hitGroup(g, picture, 650, 300)).toBeNull();
  });

  it('is blank before anything is known', () => {
    const { ctx, of } = recordingContext();
    drawGroup(ctx, layoutGroup(pictureAt(storeOf('ring\n500 connect c0'), 600), scale(600e3), box, 1), testTheme);
    expect(of('text')).toContain('text No group ink0 12 54');
    expect(of('fill ')).toEqual([]);
  });
});
