/** Every mark of a picture leads to its event: what a click selects. */
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../../shared/schema/events.ts';
import { MarkFlag, MarkKind } from '../../../../shared/timeline/marks.ts';
import { type Inspection, inspect } from '../../feed/inspection.ts';
import type { Picture } from '../../feed/picture.ts';
import { liveSource } from '../../feed/picture-source.ts';
import { pictureAt, storeOf } from '../../feed/testing.ts';
import { looksOfMark } from './mark-looks.ts';

/** Two connections seen in the kernel, and all kinds of marks. */
const traced = `ring
group buffers=4 size=64
100 connect c0
100 connect c1
110 arm c0
111 poll c0
120 arm c1
121 poll c1
200 wake c0
210 complete c0 64 bid=0 MORE NONEMPTY
220 complete c0 16 bid=1 MORE
230 reap c0 64 bid=0 MORE NONEMPTY
230 reap c0 16 bid=1 MORE
300 wake c1
310 complete c1 8 bid=2 MORE
320 reap c1 8 bid=2 MORE
400 wake c0
410 complete c0 ENOBUFS
420 reap c0 ENOBUFS
430 arm c0
500 wake c1
510 complete c1 0
520 reap c1 0
530 close c1`;
/** The same without the kernel's events: arms are inferred, CQEs stand where they were reaped. */
const untraced = traced
  .split('\n')
  .filter((line) => !/poll|wake|complete/.test(line))
  .join('\n');

const eventOf: Record<number, { kinds: readonly number[] }> = {
  [MarkKind.submit]: { kinds: [Kind.submit] },
  [MarkKind.arm]: { kinds: [Kind.poll_arm, Kind.submit] },
  [MarkKind.wake]: { kinds: [Kind.wake] },
  [MarkKind.cqe]: { kinds: [Kind.complete, Kind.reap] },
  [MarkKind.end]: { kinds: [Kind.complete, Kind.reap] },
  [MarkKind.connect]: { kinds: [Kind.connect] },
  [MarkKind.close]: { kinds: [Kind.close] },
};

function led(text: string, us = 1000, width = 1000): { picture: Picture; found: (Inspection | null)[] } {
  const store = storeOf(text);
  const picture = pictureAt(store, us, { width });
  const source = liveSource(store);
  const found = Array.from({ length: picture.lanes.marks.length }, (_, i) => {
    const looks = looksOfMark(picture, i);
    return looks === null ? null : inspect(source, looks, {});
  });
  return { picture, found };
}

describe.each([
  ['where the kernel is traced', traced, [Kind.poll_arm, Kind.complete]],
  ['where it is not', untraced, [Kind.submit, Kind.reap]],
])('a mark %s', (_, text, [armKind, cqeKind]) => {
  it('of every kind leads to its own event, of its own lane', () => {
    const { picture, found } = led(text);
    const { marks, info, first } = picture.lanes;
    expect(marks.length).toBeGreaterThan(8);
    for (let i = 0; i < marks.length; i++) {
      const at = `mark ${i}, kind ${marks.kind[i]}`;
      const { event, slot } = found[i] as Inspection;
      expect(event.t, at).toBe(marks.t[i]);
      expect(slot, at).toBe(info[(marks.lane[i] as number) - first]?.slot);
      expect(eventOf[marks.kind[i] as number]?.kinds, at).toContain(event.kind);
    }
  });

  it('of a CQE leads to the CQE that it is, told by result and flags', () => {
    const { picture, found } = led(text);
    const { marks } = picture.lanes;
    const cqes = Array.from({ length: marks.length }, (_unused, i) => i).filter((i) => marks.kind[i] === MarkKind.cqe);
    expect(cqes.map((i) => found[i]?.event.res)).toEqual(cqes.map((i) => marks.res[i]));
    expect(cqes.map((i) => found[i]?.event.flags)).toEqual(cqes.map((i) => marks.word[i]));
    expect(cqes.map((i) => found[i]?.event.kind)).toEqual(cqes.map(() => cqeKind));
    const ends = Array.from({ length: marks.length }, (_unused, i) => i).filter((i) => marks.kind[i] === MarkKind.end);
    expect(ends.map((i) => found[i]?.event.res)).toEqual(ends.map((i) => marks.res[i]));
  });

  it('of an arm leads to the poll arm, or to the submit where it is inferred', () => {
    const { picture, found } = led(text);
    const { marks } = picture.lanes;
    const arms = Array.from({ length: marks.length }, (_unused, i) => i).filter((i) => marks.kind[i] === MarkKind.arm);
    const isInferred = (i: number): boolean => ((marks.flag[i] as number) & MarkFlag.inferred) !== 0;
    expect(arms.map((i) => found[i]?.event.kind)).toEqual(arms.map((i) => (isInferred(i) ? Kind.submit : Kind.poll_arm)));
    expect(arms.map((i) => found[i]?.event.kind)).toContain(armKind);
  });
});

describe('the kinds', () => {
  it('are all led from', () => {
    const seen = new Set<number>();
    for (const text of [traced, untraced]) for (const kind of led(text).picture.lanes.marks.kind.subarray(0, 99)) seen.add(kind);
    for (const kind of Object.keys(eventOf).map(Number)) {
      if (kind === MarkKind.submit) continue;
      expect(seen.has(kind), `kind ${kind}`).toBe(true);
    }
  });
});

describe('a mark', () => {
  it('of many CQEs leads to one of its lane that is near', () => {
    const lines = Array.from({ length: 400 }, (_, n) => `${100 + n * 2} reap c${n % 2} 64 bid=${n % 4} MORE`).join('\n');
    const text = `ring\ngroup buffers=4 size=64\nconnect c0\nconnect c1\n10 arm c0\n10 arm c1\n${lines}`;
    const { picture, found } = led(text, 1000, 200);
    const { marks, info } = picture.lanes;
    const merged = Array.from({ length: marks.length }, (_, i) => i).filter((i) => (marks.count[i] as number) > 1);
    expect(merged.length).toBeGreaterThan(10);
    for (const i of merged) {
      const { event, slot } = found[i] as Inspection;
      expect(Math.abs(event.t - (marks.t[i] as number))).toBeLessThanOrEqual((picture.t1 - picture.t0) / 200);
      expect(slot).toBe(info[marks.lane[i] as number]?.slot);
    }
  });

  it('that is none, or of a lane out of sight, leads nowhere', () => {
    const { picture } = led(traced);
    expect(looksOfMark(picture, -1)).toBeNull();
    const { lanes } = picture;
    expect(looksOfMark({ ...picture, lanes: { ...lanes, info: [] } }, 0)).toBeNull();
    const marks = { ...lanes.marks, kind: lanes.marks.kind.slice().fill(99) };
    expect(looksOfMark({ ...picture, lanes: { ...lanes, marks } }, 0)).toBeNull();
  });
});
