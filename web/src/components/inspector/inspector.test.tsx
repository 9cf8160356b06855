/** The inspector as markup: what stands in it, in words and marks, for events of drawn traces. */
import fc from 'fast-check';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { eventAt } from '../../../../shared/codec/event-table.ts';
import { causesOf } from '../../../../shared/inspect/causes.ts';
import { afterEvent, litBy, loopEdgeIds, loopEdges, loopStart, visits } from '../../../../shared/inspect/loop.ts';
import { walkableOf } from '../../../../shared/inspect/walk.ts';
import { traceFromText } from '../../../../shared/testing/trace-from-text.ts';
import { causeRows, deltaText } from './cause-rows.ts';
import { Inspector } from './Inspector.tsx';
import { loopBoxes, loopPaths, loopWidth } from './loop-layout.ts';
import { rulerLayout } from './ruler-layout.ts';

type Point = readonly [number, number];
/** Two segments share a point that is no end of both: the leaders would be mistaken for one another. */
function cross([a, b]: readonly [Point, Point], [c, d]: readonly [Point, Point]): boolean {
  const side = (p: Point, q: Point, r: Point): number => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  const within = (p: Point, q: Point, r: Point): boolean =>
    Math.min(p[0], q[0]) <= r[0] && r[0] <= Math.max(p[0], q[0]) && Math.min(p[1], q[1]) <= r[1] && r[1] <= Math.max(p[1], q[1]);
  const s = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)] as const;
  if (s[0] !== s[1] && s[2] !== s[3]) return true;
  return (
    (s[0] === 0 && within(a, b, c)) || (s[1] === 0 && within(a, b, d)) || (s[2] === 0 && within(c, d, a)) || (s[3] === 0 && within(c, d, b))
  );
}
const segments = (points: readonly Point[]): (readonly [Point, Point])[] => points.slice(1).map((p, i) => [points[i] as Point, p]);

describe('the ruler', () => {
  it('has 32 cells in two rows, each where its bit is', () => {
    const { cells, width, height } = rulerLayout(0x80007);
    expect(cells.map((c) => c.bit)).toEqual(Array.from({ length: 32 }, (_, i) => 31 - i));
    expect(new Set(cells.map((c) => c.y)).size).toBe(2);
    expect(cells.filter((c) => c.isSet).map((c) => c.bit)).toEqual([19, 2, 1, 0]);
    for (const { x, y } of cells) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThan(width);
      expect(y).toBeLessThan(height);
    }
  });

  it('has leaders that never cross, whatever the flags; each begins under its bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (flags) => {
        const { leaders, cells, cell } = rulerLayout(flags);
        for (const { field, points } of leaders) {
          const own = cells.find((c) => c.bit === field.from);
          const [x] = points[0] as Point;
          expect(x).toBeGreaterThan(own?.x ?? Number.NaN);
          expect(x).toBeLessThan((own?.x ?? 0) + cell.width + 3);
        }
        leaders.forEach((a, i) => {
          for (const b of leaders.slice(i + 1))
            for (const p of segments(a.points)) for (const q of segments(b.points)) expect(cross(p, q)).toBe(false);
        });
      }),
    );
    expect(
      cross(
        [
          [0, 0],
          [2, 2],
        ],
        [
          [0, 2],
          [2, 0],
        ],
      ),
    ).toBe(true);
  });

  it('tells bits without a leader in words', () => {
    expect(rulerLayout(0x820).others.map((f) => f.name)).toEqual(['F_SKIP', 'bit 11']);
    expect(rulerLayout(0x80007).others).toEqual([]);
    expect(rulerLayout(0x80006).bid).toBeNull();
  });
});

describe('the loop diagram', () => {
  it('draws each way from the box it leaves to the box it leads to', () => {
    const box = (id: string) => loopBoxes.find((b) => b.id === id) ?? { x: 0, y: 0, width: 0, height: 0 };
    const touches = (id: string, [x, y]: Point): boolean => {
      const b = box(id);
      return x >= b.x - 1 && x <= b.x + b.width + 1 && y >= b.y - 1 && y <= b.y + b.height + 1;
    };
    for (const id of loopEdgeIds) {
      let at: Point = [0, 0];
      const points: Point[] = [];
      for (const [, op, args] of loopPaths[id].d.matchAll(/([MHVLC])([^MHVLC]*)/g)) {
        const n = (args ?? '').trim().split(/[ ,]+/).map(Number);
        at = op === 'H' ? [n[0] as number, at[1]] : op === 'V' ? [at[0], n[0] as number] : [n.at(-2) as number, n.at(-1) as number];
        points.push(at);
      }
      expect(touches(loopEdges[id].from, points[0] as Point), id).toBe(true);
      expect(touches(loopEdges[id].to, at), id).toBe(true);
    }
  });

  it('widens with visits, and not without end', () => {
    expect(loopWidth(0)).toBe(loopWidth(1));
    expect(loopWidth(8)).toBeGreaterThan(loopWidth(2));
    expect(loopWidth(1e9)).toBe(5);
  });
});

describe('the inspector', () => {
  const text = `arm c0
1 poll c0
2 wake c0
10 complete c0 64 bid=7 MORE NONEMPTY
11 complete c0 64 bid=8 MORE NONEMPTY
12 complete c0 5 bid=9 MORE
20 reap c0 64 bid=7 MORE NONEMPTY`;
  const table = traceFromText(text);
  const markupOf = (seq: number): string => {
    const events = Array.from({ length: table.length }, (_, i) => eventAt(table, i));
    const event = eventAt(table, seq);
    const loop = { lit: litBy(event, events.slice(0, seq).reduce(afterEvent, loopStart)), visits: visits(events) };
    return renderToStaticMarkup(
      <Inspector
        seq={seq}
        event={event}
        context={{ name: 'c0' }}
        causes={causesOf(walkableOf([table]), seq)}
        loop={loop}
        onFollow={() => undefined}
      />,
    );
  };

  it('of a CQE: sentence, bytes, bits, place in its wake, links as buttons', () => {
    const markup = markupOf(4);
    expect(markup).toContain('2 of 3 in this wake');
    expect(markup).toContain('<b>64 bytes</b>');
    expect(markup).toContain('flags BUFFER, MORE, SOCK_NONEMPTY, bid 8');
    expect(markup.match(/<button[^>]*class="cause /g)?.length).toBe(5);
    expect(markup).toContain('aria-current="true"');
    expect(markup).toMatch(/data-node="post"/);
    expect(markup).toMatch(/class="loopNode post observed[ "]/);
    expect(markup).toMatch(/class="loopNode select inferred[ "]/);
    expect(markup).not.toContain('Raw SQE');
  });

  it('of a submit: the SQE, with dots for what is not told, and no CQE', () => {
    const markup = markupOf(0);
    expect(markup).toContain('Raw SQE');
    expect(markup).toContain('··');
    expect(markup).toContain('not in the trace');
    expect(markup).not.toContain('Raw CQE');
  });

  it('says what was not found', () => {
    expect(markupOf(5)).toMatch(/class="notFound"><b>End<\/b> its end: not in the \d+ events looked at/);
  });
});

describe('rows of causes', () => {
  it('stand in the order of time around the event; many of one sort are folded', () => {
    const table = traceFromText(
      `arm c0\nwake c0\n${Array.from({ length: 9 }, (_, k) => `${k + 1} complete c0 8 bid=${k} MORE`).join('\n')}`,
    );
    const causes = causesOf(walkableOf([table]), 3);
    const rows = causeRows(causes, { seq: 3, t: 2000 });
    expect(rows.map((r) => (r.kind === 'link' ? r.link?.relation : r.kind))).toEqual([
      'submit',
      'wake',
      'sibling',
      'self',
      'sibling',
      'sibling',
      'sibling',
      'more',
    ]);
    expect(rows.at(-1)?.hidden?.length).toBe(4);
    expect(rows[2]?.delta).toBe('−1.00 µs');
    expect(rows[4]?.delta).toBe('+1.00 µs');
    expect(deltaText(0)).toBe('0');
  });
});
