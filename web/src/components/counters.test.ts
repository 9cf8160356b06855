import { describe, expect, it } from 'vitest';
import { foreignPicture } from '../../test/foreign.ts';
import { pictureFromText } from '../../test/picture-from-text.ts';
import { armsByStep, armsPerRecv, counterLabels, countersOf, sparkPath } from './counters.ts';

const noLoss = { ringlens: 0, kernel: 0, late: 0 };
const quiet = { observed: true, losses: noLoss, foreign: false, cqesSeen: true };

const depleted = () =>
  pictureFromText(`
    ring sq=8 cq=64
    group buffers=2 size=16
    connect c0
    arm c0
    1000 reap c0 16 bid=0 MORE NONEMPTY
    reap c0 16 bid=1 MORE NONEMPTY
    reap c0 ENOBUFS
    2000 back 0 c0
    back 1 c0
    arm c0
    3000 reap c0 9 bid=0 MORE
  `);

describe('the counters', () => {
  const byLabel = (p: ReturnType<typeof depleted>, context = quiet) => Object.fromEntries(countersOf(p, context).map((c) => [c.label, c]));

  it('count what the ring did', () => {
    const c = byLabel(depleted());
    expect(c.ENOBUFS).toMatchObject({ value: '1', mark: '', unit: '1 in view', tone: 'bad' });
    expect(c['Re-arms']).toMatchObject({ value: '1', tone: 'plain' });
    expect(c['Free buffers, min']).toMatchObject({ value: '0', unit: 'of 2', tone: 'bad' });
    expect(c['CQ overflow']).toMatchObject({ value: '0', tone: 'zero' });
  });
  it('keep their names before and with the first picture', () => {
    expect(countersOf(depleted(), quiet).map((c) => c.label)).toEqual(counterLabels);
  });
  it('are lower bounds once events were lost, and the smallest an upper one', () => {
    const c = byLabel(depleted(), { ...quiet, losses: { ringlens: 12, kernel: 0, late: 0 } });
    expect([c['CQE/s']?.mark, c.ENOBUFS?.mark, c['Free buffers, min']?.mark, c['CQEs per batch']?.mark]).toEqual(['≥', '≥', '≤', '~']);
    expect(c['Trace events lost']).toMatchObject({ value: '12', mark: '' });
  });
  it('say that inferred arms are inferred', () => {
    expect(byLabel(depleted(), { ...quiet, observed: false })['Poll arms per recv']?.mark).toBe('~');
    expect(byLabel(depleted())['Poll arms per recv']?.mark).toBe('');
  });
});

describe('poll arms for each CQE', () => {
  const withHistory = (cqes: number[], ratio: number[], all: number) => {
    const p = depleted();
    p.totals.total.cqes = all;
    p.history.cqes = Float64Array.from(cqes);
    p.history.armsPerRecv = Float64Array.from(ratio);
    return p;
  };
  it('are those of the last steps, not of all time', () => {
    // 1000 CQEs with 1 arm, then two steps of 100 CQEs with an arm each.
    const p = withHistory([0, 400, 400], [1 / 1000, 101 / 1100, 201 / 1200], 1200);
    expect(armsByStep(p)).toEqual({ arms: [expect.closeTo(100, 6), expect.closeTo(100, 6)], cqes: [100, 100] });
    expect(armsPerRecv(p, true)).toBeCloseTo(1, 6);
  });
  it('are those of all time while nothing comes', () => {
    const p = withHistory([0, 0, 0], [0.5, 0.5, 0.5], 4);
    p.totals.pollArms = { observed: 2, inferred: 3 };
    expect([armsPerRecv(p, true), armsPerRecv(p, false)]).toEqual([0.5, 0.75]);
  });
});

describe('a sparkline', () => {
  it('stands on zero and ends at its newest value', () => {
    expect(sparkPath([0, 5, 10], 20, 10)).toEqual({ d: 'M0 10L10 5L20 0', end: [20, 0] });
  });
  it('needs two values, and skips unknown ones', () => {
    expect(sparkPath([3], 20, 10)).toBeNull();
    expect(sparkPath([-1, 2, 2], 20, 10)?.d).toBe('M0 0L20 0');
  });
});

describe('the counters of another process', () => {
  const context = { observed: true, losses: noLoss, foreign: true, cqesSeen: true };
  const byLabel = (p: ReturnType<typeof foreignPicture>, c = context) => Object.fromEntries(countersOf(p, c).map((x) => [x.label, x]));
  it('count what the kernel did, and say what is not observable', () => {
    const c = byLabel(foreignPicture());
    expect(c['CQEs per batch']).toBeUndefined();
    expect(c['CQEs per wake']).toMatchObject({ value: '3.0', unit: 'since the start' });
    expect(c['Free buffers, min']).toMatchObject({ value: 'not observable', tone: 'unknown', history: null });
  });
  it('give a bound where give-backs come from samples', () => {
    expect(byLabel(foreignPicture({ mapped: true }))['Free buffers, min']).toMatchObject({
      value: '1',
      mark: '≥',
      unit: 'of 4, in view',
      tone: 'plain',
    });
  });
  it('count no CQE where only arms are traced', () => {
    const c = byLabel(foreignPicture(), { ...context, cqesSeen: false });
    const unknown = Object.values(c).filter(({ tone }) => tone === 'unknown');
    expect(unknown.map(({ label }) => label)).toEqual([
      'CQE/s',
      'CQEs per batch',
      'Poll arms per recv',
      'Re-arms',
      'Free buffers, min',
      'ENOBUFS',
    ]);
  });
  it('keep losses of the kernel and of ringlens apart', () => {
    const c = byLabel(foreignPicture(), { ...context, losses: { ringlens: 2, kernel: 30, late: 4 } });
    expect(c['Trace events lost']).toMatchObject({ value: '2', unit: 'by ringlens, 30 by the kernel' });
    expect(c['CQE/s']?.mark).toBe('≥');
  });
});
