import { describe, expect, it } from 'vitest';
import { stepFor } from '../../canvas/time-text.ts';
import { layoutAxis } from './layout.ts';

const box = { x: 76, y: 0, width: 660, height: 30 };

describe('time axis', () => {
  it('takes round steps with room for their labels', () => {
    expect(stepFor(48e6 / 660, 84)).toBe(8e6);
    expect(stepFor(4.8e9 / 660, 84)).toBe(8e8);
    expect(stepFor(1, 84)).toBe(100);
  });

  it('counts back from the right edge', () => {
    const g = layoutAxis({ t0: 952e6, t1: 1e9, x0: 76, x1: 736 }, true, box, 500, 1);
    expect(g.ticks.map((t) => t.label)).toEqual(['−48 ms', '−40 ms', '−32 ms', '−24 ms', '−16 ms', '−8 ms', 'now']);
    expect(g.ticks[0]?.x).toBe(76);
  });

  it('shows the clock at the edge when that is not now', () => {
    const g = layoutAxis({ t0: 4_170_000_000, t1: 4_218_304_000, x0: 76, x1: 736 }, false, box, 500, 1);
    expect(g.ticks.at(-1)?.label).toBe('00:04.218 304');
    expect(g.ticks.at(-2)?.label).toBe('');
  });
});
