/** How the time views draw another process: observed is solid, inferred is hollow or dashed, what is not known is not drawn. */
import { describe, expect, it } from 'vitest';
import { type ForeignTrace, foreignPicture } from '../../test/foreign.ts';
import { drawBuffers } from './buffers/draw.ts';
import { bidWords, cellLooks, groupNote, layoutBuffers, sizeWords } from './buffers/layout.ts';
import { drawGroup } from './group/draw.ts';
import { hitGroup, layoutGroup } from './group/layout.ts';
import { drawLanes } from './lanes/draw.ts';
import { laneTitle } from './lanes/labels.ts';
import { hitLanes, layoutLanes } from './lanes/layout.ts';
import { drawReaps } from './reaps/draw.ts';
import { hitReaps, layoutReaps } from './reaps/layout.ts';
import { recordingContext, testTheme } from './testing.ts';

const box = { x: 100, y: 40, width: 1000, height: 80 };
/** A pixel is a microsecond, and 0 µs is at x = 100. */
const scale = { t0: 0, t1: 1e6, x0: 100, x1: 1100 };
const lanesOf = (trace: ForeignTrace = {}) => {
  const picture = foreignPicture(trace);
  const g = layoutLanes(picture, scale, { ...box, height: 160 }, { laneHeight: 80, lane0Y: 40, k: 1, growNs: 0 });
  return { picture, g };
};

describe('lanes', () => {
  it('are called by their name, over the user_data as far as there is room', () => {
    const { g } = lanesOf();
    expect(g.lanes.map(({ title, subtitle }) => [title, subtitle])).toEqual([
      ['fd 5', '0x1005'],
      ['fd 6', '0x1006'],
    ]);
    const [info] = foreignPicture().lanes.info;
    if (info === undefined) throw new Error('no lane');
    expect(laneTitle({ ...info, userData: 0x7f00_1234_5678n })).toEqual({ title: 'fd 5', subtitle: '…345678' });
    expect(laneTitle({ ...info, name: 'r12 fd 1042' })).toEqual({ title: 'fd 1042', subtitle: 'r12' });
    expect(laneTitle({ ...info, name: 'ud 1003', fd: -1 })).toEqual({ title: 'ud 1003', subtitle: 'fd ?' });
  });
  it('draw the fairness of the kernel hollow, and say that it is no wake', () => {
    const { g, picture } = lanesOf({ burst: 40 });
    expect(g.lanes[0]?.wakes.map(({ x, hollow }) => [x, hollow])).toEqual([
      [190, false],
      [599, false],
      [633, true],
    ]);
    const { wakes, bandY, bandHeight } = g.lanes[0] as (typeof g.lanes)[number];
    const marks = { ...picture.lanes.marks };
    expect(marks.kind[wakes[2]?.mark ?? -1]).toBe(3);
    const alone = { ...g, lanes: g.lanes.map((lane) => ({ ...lane, bars: [] })) };
    expect(hitLanes(alone, picture, 633, bandY + bandHeight)?.text).toBe(
      'fd 5, queued again by the kernel after 33 CQEs: fairness, not a wake',
    );
  });
  it('draw what is ambiguous hollow, with a question mark and words', () => {
    const { g, picture } = lanesOf({ ambiguous: true });
    const { ctx, of } = recordingContext();
    drawLanes(ctx, g, testTheme);
    expect(of('strokeRect data').length).toBe(3);
    expect(of('text ? ').length).toBeGreaterThan(0);
    expect(hitLanes(g, picture, 200, 60)?.text).toMatch(/user_data shared by live requests; this is the newest of them$/);
  });
  it('draw an uncertain lane dashed, with words', () => {
    const { picture } = lanesOf();
    for (const info of picture.lanes.info) info.uncertain = true;
    const g = layoutLanes(picture, scale, { ...box, height: 160 }, { laneHeight: 80, lane0Y: 40, k: 1, growNs: 0 });
    const { ctx, of } = recordingContext();
    drawLanes(ctx, g, testTheme);
    expect(of('text fd 5 ?').length).toBe(1);
    expect(of('fillRect ink2').length).toBeGreaterThan(0);
    expect(hitLanes(g, picture, 700, 100)?.text).toMatch(/uncertain: events were lost/);
  });
});

describe('a group whose give-backs nobody sees', () => {
  const picture = foreignPicture();
  const { group, t1 } = picture;
  if (group === null) throw new Error('no group');
  it('has no floor of available buffers, and is never called dry', () => {
    const g = layoutGroup(picture, scale, box, 1);
    const { ctx, of } = recordingContext();
    drawGroup(ctx, g, testTheme);
    expect([g.title, g.subtitle, g.dry]).toEqual(['Group 7', '≥ 3 bids', []]);
    expect(of('fillRect availWash')).toEqual([]);
    expect(of('fillRect end')).toEqual([]);
    expect(of('fillRect data').length).toBeGreaterThan(0);
    expect(of('text Available')).toEqual([]);
    expect(hitGroup(g, picture, 800, 60)).toBe(
      '0 filled, 3 with the app and not seen to come back\navailable: not observable from outside',
    );
  });
  it('has hollow cells for what was reaped, and no count of available ones', () => {
    const g = layoutBuffers(group, t1, { width: 370, k: 1, short: false, kernelSeen: true });
    expect([...g.looks].map((look) => cellLooks[look])).toEqual(['away', 'away', 'away']);
    const { ctx, of } = recordingContext();
    drawBuffers(ctx, g, group, testTheme, -1);
    expect(of('text –').length).toBe(1);
    expect(of('fill held')).toEqual([]);
    expect(bidWords(group, g, 0, picture.names)).toBe('bid 0\nreaped; not seen to come back, which is not observable\n64 B, from fd 5');
    expect([sizeWords(group), groupNote(group)]).toEqual(['at least 3 buffers', 'Available: not observable from outside']);
  });
});

it('a group that the kernel has mapped is shown in bounds, since its give-backs come from samples', () => {
  const { group, t1, ...rest } = foreignPicture({ mapped: true });
  if (group === null) throw new Error('no group');
  const g = layoutGroup({ ...rest, group, t1 }, scale, box, 1);
  const { ctx, of } = recordingContext();
  drawGroup(ctx, g, testTheme);
  expect([g.subtitle, g.dry]).toEqual(['free of 4', []]);
  expect(of('text Available to the kernel, at least (sampled)').length).toBe(1);
  const cells = recordingContext();
  drawBuffers(cells.ctx, layoutBuffers(group, t1, { width: 370, k: 1, short: false, kernelSeen: true }), group, testTheme, -1);
  expect(cells.of('text ≥').length).toBe(1);
  expect(sizeWords(group)).toBe('4 × 64 B');
});

it('the app row shows hollow where the app went to wait, and what follows from it', () => {
  const g = layoutReaps(foreignPicture(), scale, { x: 100, y: 300, width: 1000, height: 26 });
  const { ctx, of } = recordingContext();
  drawReaps(ctx, g, testTheme);
  expect(of('text App waits').length).toBe(1);
  expect(of('strokeRect held').length).toBe(1);
  expect(hitReaps(g, 250, 310)).toBe('The app went to wait for a CQE:\nall CQEs had been reaped by then (when, is not observable)');
  const more = { ...g, ticks: g.ticks.map((tick) => ({ ...tick, count: 8 })) };
  expect(hitReaps(more, 250, 310)).toMatch(/all CQEs but at most 7 had been reaped by then/);
});
