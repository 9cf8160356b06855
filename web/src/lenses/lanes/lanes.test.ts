import { describe, expect, it } from 'vitest';
import { pictureAt, start, storeOf } from '../../feed/testing.ts';
import { recordingContext, testTheme } from '../testing.ts';
import { placeBars } from './clusters.ts';
import { drawLanes } from './draw.ts';
import { hitLanes, layoutLanes } from './layout.ts';
import { spokenMarks } from './mark-text.ts';

const box = { x: 100, y: 200, width: 1000, height: 160 };
const options = { laneHeight: 80, lane0Y: 200, k: 1, growNs: 0 };
const scale = (us: number) => ({ t0: us * 1e3 - 1e6, t1: us * 1e3, x0: 100, x1: 1100 });
const laid = (text: string, us: number, part = {}) => {
  const picture = pictureAt(storeOf(text), us);
  return { picture, g: layoutLanes(picture, scale(us), box, { ...options, ...part }) };
};
/** x of a time, where a pixel is a microsecond and 1000 µs are at the right edge. */
const depletion = `${start}
200 reap c0 64 bid=0 MORE NONEMPTY
200 reap c0 32 bid=1 MORE
300 reap c0 64 bid=2 MORE NONEMPTY
300 reap c0 64 bid=3 MORE NONEMPTY
300 reap c0 ENOBUFS
700 back 0 c0
700 arm c0
800 reap c0 16 bid=0 MORE`;

describe('lanes', () => {
  it('draws bars as high as their buffer is full, fanned from their time', () => {
    const { g } = laid(depletion, 1000);
    const lane = g.lanes[0];
    expect(lane?.bars.slice(0, 2).map((b) => b.x)).toEqual([300, 304]);
    const [full, half] = lane?.bars ?? [];
    expect((half?.height ?? 0) / (full?.height ?? 1)).toBeCloseTo(0.5);
    expect(full?.opacity).toBe(1);
    // NONEMPTY is a bridge to the next CQE, here to the end.
    expect(lane?.bridges.map((b) => [b.x0, b.x1])).toEqual([
      [300, 304],
      [393, 397],
      [397, 400],
    ]);
  });

  it('leaves an end on its own time, with the bars of its batch before it', () => {
    const lane = laid(depletion, 1000).g.lanes[0];
    expect(lane?.ends).toMatchObject([{ x: 400, cause: 'enobufs', error: true, count: 1 }]);
    expect(lane?.bars.slice(2, 4).map((b) => b.x)).toEqual([393, 397]);
  });

  it('hatches what is not armed, with its length, and dashes what is inferred', () => {
    const { g } = laid(depletion, 1000);
    const lane = g.lanes[0];
    expect(lane?.gaps).toMatchObject([{ x0: 400, x1: 800, label: 'not armed 400 µs' }]);
    expect(lane?.bands.map((b) => [b.x0, b.x1, b.inferred])).toEqual([
      [110, 400, true],
      [800, 1100, true],
    ]);
    expect(lane?.arms.map((a) => [a.x, a.inferred])).toEqual([
      [110, true],
      [800, true],
    ]);
    const { ctx, of, log } = recordingContext();
    drawLanes(ctx, g, testTheme);
    // The edge of each band, and the dashed stem of its pin.
    expect(of('fillRect arm ').filter((l) => l.endsWith(' 2'))).toHaveLength(3);
    expect(log).toContain('stroke arm dashed');
    expect(of('text not armed')).toHaveLength(1);
    // The cap of the end, then its diamond.
    expect(of('fillRect end').filter((l) => l.startsWith('fillRect end 398.4'))).toHaveLength(1);
    expect(of('fill end')).toHaveLength(1);
    expect(of('text c1 ink0')).toHaveLength(1);
    expect(of('text 0x1001')).toHaveLength(1);
  });

  it('tells every cause of an end by its form', () => {
    const heads = (what: string) => {
      const { ctx, of } = recordingContext();
      drawLanes(ctx, laid(`${start}\n500 reap c0 ${what}`, 1000).g, testTheme);
      return {
        red: of('fillRect end').length,
        ink: of('fillRect ink0').length,
        square: of('strokeRect end').length,
        cross: of('stroke end').length,
        diamond: of('fill end').length,
      };
    };
    const none = { red: 0, ink: 0, square: 0, cross: 0, diamond: 0 };
    expect(heads('ENOBUFS')).toEqual({ ...none, red: 2, diamond: 1 });
    expect(heads('ECANCELED')).toEqual({ ...none, red: 2, square: 1 });
    expect(heads('ECONNRESET')).toEqual({ ...none, red: 1, cross: 1 });
    expect(heads('0')).toEqual({ ...none, ink: 2 });
    expect(heads('EFAULT')).toEqual({ ...none, red: 3 });
  });

  it('points to the past where a request was armed before the window', () => {
    const { g } = laid(`${start}\n2000 reap c0 64 bid=0 MORE`, 2500);
    expect(g.lanes.map((l) => l.armedBefore)).toEqual([true, true]);
    expect(g.lanes.map((l) => l.quiet)).toEqual(['', 'armed 2.48 ms ago']);
  });

  it('draws small forms in a crowd, and one count behind it', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `${400 + i * 4} reap c0 ENOBUFS\n${402 + i * 4} arm c0`);
    const { g } = laid(`${start}\n${lines.join('\n')}`, 1000);
    const lane = g.lanes[0];
    expect(lane?.ends.length).toBe(30);
    expect(lane?.ends.map((e) => e.label).filter(Boolean)).toEqual(['×30']);
    const { ctx, of } = recordingContext();
    drawLanes(ctx, g, testTheme);
    expect(of('fill end')).toHaveLength(0);
  });

  it('parts the bar of a bundle into its buffers', () => {
    const { g } = laid('ring\ngroup buffers=8 size=16\nconnect c0\n10 arm c0 bundle\n500 reap c0 40 bid=0 MORE', 1000);
    expect(g.lanes[0]?.bars[0]?.cells).toBe(3);
  });

  it('grows a new CQE from the band, where motion is wanted', () => {
    const { g } = laid(depletion, 850, { growNs: 100e3 });
    const still = laid(depletion, 850).g;
    const last = (x: typeof g) => x.lanes[0]?.bars.at(-1)?.height ?? 0;
    expect(last(g)).toBeCloseTo(last(still) / 2);
  });

  it('finds the mark under the pointer by the drawn geometry', () => {
    const { g, picture } = laid(depletion, 1000);
    expect(hitLanes(g, picture, 401, 220)?.text).toBe('c0, ENOBUFS: the request ended: no buffer was available\nres -105');
    expect(hitLanes(g, picture, 304, 220)?.text).toBe('c0, 32 bytes, bid 1, MORE\nres 32  flags 0x10003');
    expect(hitLanes(g, picture, 600, 220)?.text).toMatch(/^c0, not armed/);
    expect(hitLanes(g, picture, 600, 300)?.text).toMatch(/^c1, armed: a recv is in flight\nthe poll arm itself is inferred/);
    expect(hitLanes(g, picture, 600, 500)).toBeNull();
  });

  it('lists the newest marks in words', () => {
    const { picture } = laid(depletion, 1000);
    expect(spokenMarks(picture.lanes.marks, (lane) => `c${lane}`, picture.t1, 2)).toEqual([
      'c0, 16 bytes, bid 0, MORE, 200 µs ago',
      'c0, ENOBUFS: the request ended: no buffer was available, 700 µs ago',
    ]);
  });

  it('fans no CQE before the submit of its request', () => {
    const lines = Array.from({ length: 30 }, () => '520 reap c0 64 bid=0 MORE');
    const lane = laid(`${start}\n400 reap c0 ENOBUFS\n500 arm c0\n${lines.join('\n')}\n520 reap c0 ENOBUFS`, 1000).g.lanes[0];
    expect(lane?.bars.length).toBe(30);
    expect(Math.min(...(lane?.bars.map((b) => b.x) ?? []))).toBeGreaterThanOrEqual(600);
    expect(lane?.ends.at(-1)?.x).toBe(620);
  });

  it('never fans a batch far from its time', () => {
    const lines = Array.from({ length: 100 }, () => '500 reap c0 64 bid=0 MORE');
    const { picture } = laid(`${start}\n${lines.join('\n')}`, 1000);
    const { marks } = picture.lanes;
    const { x } = placeBars(marks, 0, marks.length, (t) => 100 + t / 1e3, 1100);
    const bars = [...x].filter((v) => !Number.isNaN(v));
    expect(bars.length).toBe(100);
    expect(Math.min(...bars)).toBe(600);
    expect(Math.max(...bars)).toBeLessThanOrEqual(636);
  });
});
