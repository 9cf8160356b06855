/** What the counter strip shows, worked out from one picture. Pure. */
import type { Picture } from '../feed/picture.ts';
import { formatCount, formatRatio } from './format.ts';
import type { Losses } from './session-words.ts';

export interface Counter {
  label: string;
  /** The number; `≥`, `≤` or `~` stands in `mark`, so that the number can be read as one. */
  value: string;
  mark: '' | '≥' | '≤' | '~';
  /** What stands behind it in small: "of 32". */
  unit: string;
  tone: 'plain' | 'zero' | 'arm' | 'bad' | 'unknown';
  history: readonly number[] | null;
  help: string;
}

/** Length of one step of the picture's history, seconds. */
const STEP_S = 0.25;

/**
 * Poll arms for each CQE, step by step. The picture tells the ratio since the start at the end of each step; with the CQEs
 * of the steps that is enough to know what each step did:
 *
 *     CQEs until then    c0 = total - later steps ...      total
 *     arms until then    ratio0 * c0               ...      ratioN * total
 */
export function armsByStep(p: Picture): { arms: number[]; cqes: number[] } {
  const { cqes: rate, armsPerRecv: ratio } = p.history;
  const arms: number[] = [];
  const cqes: number[] = [];
  let until = p.totals.total.cqes;
  for (let i = rate.length - 1; i > 0; i--) {
    const n = (rate[i] ?? 0) * STEP_S;
    const before = Math.max(0, until - n);
    arms.unshift(Math.max(0, (ratio[i] ?? 0) * until - (ratio[i - 1] ?? 0) * before));
    cqes.unshift(n);
    until = before;
  }
  return { arms, cqes };
}

const total = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0);

/** Over the kept history; where nothing came in it, since the start. */
export function armsPerRecv(p: Picture, observed: boolean): number {
  const { arms, cqes } = armsByStep(p);
  if (total(cqes) > 0) return total(arms) / total(cqes);
  const { pollArms } = p.totals;
  return p.totals.total.cqes > 0 ? (observed ? pollArms.observed : pollArms.inferred) / p.totals.total.cqes : Number.NaN;
}

/** The ratio of each step, for its sparkline. */
function armsHistory(p: Picture): number[] {
  const { arms, cqes } = armsByStep(p);
  return arms.map((n, i) => ((cqes[i] ?? 0) > 0 ? n / (cqes[i] ?? 1) : 0));
}

export interface CounterContext {
  /** The kernel's poll arms are seen, not worked out. */
  observed: boolean;
  /** Where anything was lost, counts are lower bounds. */
  losses: Losses;
  /** The rings are another process's: nobody tells when it reaps and gives back. */
  foreign: boolean;
  /** Its wakes and CQEs are seen; else only submits, poll arms and overflows. */
  cqesSeen: boolean;
}

const NOT_OBSERVABLE = 'not observable';

const sum = (values: Uint32Array, length: number): number => {
  let n = 0;
  for (let i = 0; i < length; i++) n += values[i] ?? 0;
  return n;
};

const unseen = (label: string, help: string): Counter => ({
  label,
  value: NOT_OBSERVABLE,
  mark: '',
  unit: '',
  tone: 'unknown',
  history: null,
  help,
});

/** Counters of another process: those of the own workload, but for what nobody tells. */
export function countersOf(p: Picture, context: CounterContext): Counter[] {
  const counters = ownCounters(p, context);
  if (!context.foreign) return counters;
  const needCqes = ['CQE/s', 'CQEs per batch', 'Poll arms per recv', 'Re-arms', 'ENOBUFS'];
  return counters.map((counter) => {
    if (!context.cqesSeen && needCqes.includes(counter.label))
      return unseen(counter.label, 'CQEs are not traced: only submits, poll arms and overflows are (--kernel all traces them)');
    if (counter.label === 'CQEs per batch') return cqesPerWake(p, counter.mark);
    if (counter.label === 'Free buffers, min') return foreignFree(p, counter);
    return counter.label === 'CQE/s' ? { ...counter, help: 'CQEs that the kernel posted in the last second of the trace' } : counter;
  });
}

function cqesPerWake({ totals }: Picture, mark: Counter['mark']): Counter {
  return {
    label: 'CQEs per wake',
    value: totals.wakes === 0 ? '–' : formatRatio(totals.completions / totals.wakes),
    mark,
    tone: 'plain',
    unit: 'since the start',
    history: null,
    help: 'CQEs that the kernel posted for each wake of a recv; when the app reaps them is not observable',
  };
}

function foreignFree({ group, series }: Picture, counter: Counter): Counter {
  if (group?.seen !== true) return unseen(counter.label, 'Nobody tells when another process gives a buffer back');
  let least = group.free;
  for (let i = 0; i < series.length; i++) least = Math.min(least, series.freeMin[i] as number);
  return {
    ...counter,
    value: formatCount(least),
    // What came back since the last sample is not in it.
    mark: '≥',
    tone: 'plain',
    unit: `of ${formatCount(group.buffers)}, in view`,
    history: null,
    help: 'Fewest available buffers in view, at least: give-backs are known from samples of the group, consumed ones at once',
  };
}

function ownCounters(p: Picture, { observed, losses }: CounterContext): Counter[] {
  const { totals, rates, history, group } = p;
  const { ringlens, kernel } = losses;
  const atLeast = ringlens + kernel + totals.dropped > 0 || p.uncertain ? '≥' : '';
  const count = (n: number): Pick<Counter, 'value' | 'mark' | 'tone'> => ({
    value: formatCount(n),
    mark: atLeast,
    tone: n === 0 ? 'zero' : 'plain',
  });
  const inView = sum(p.enobufs.count, p.enobufs.length);
  const free = rates.freeMin;
  return [
    {
      label: 'CQE/s',
      ...count(rates.cqes),
      tone: 'plain',
      unit: '',
      history: Array.from(history.cqes),
      help: 'CQEs that the application took in the last second of the trace',
    },
    {
      label: 'CQEs per batch',
      value: formatRatio(rates.cqesPerBatch),
      mark: atLeast === '' ? '' : '~',
      tone: 'plain',
      unit: 'reaped',
      history: Array.from(history.cqesPerBatch),
      help: 'CQEs that the application took at once',
    },
    {
      label: 'Poll arms per recv',
      value: formatRatio(armsPerRecv(p, observed)),
      mark: observed && atLeast === '' ? '' : '~',
      tone: 'arm',
      unit: '',
      history: armsHistory(p),
      help: observed
        ? 'Times the kernel armed its poll, for each CQE of the last ten seconds'
        : 'Times the kernel armed its poll, for each CQE of the last ten seconds: inferred, not observed',
    },
    {
      label: 'Re-arms',
      ...count(totals.total.rearms),
      unit: 'after an end',
      history: null,
      help: 'Requests submitted again after one ended',
    },
    {
      label: 'Free buffers, min',
      value: free < 0 ? '–' : formatCount(free),
      mark: free < 0 || atLeast === '' ? '' : '≤',
      tone: free === 0 ? 'bad' : 'plain',
      unit: group ? `of ${formatCount(group.buffers)}` : '',
      history: Array.from(history.freeMin),
      help: 'Fewest buffers that were available to the kernel in the last second of the trace',
    },
    {
      label: 'ENOBUFS',
      ...count(totals.total.enobufs),
      tone: inView > 0 ? 'bad' : totals.total.enobufs > 0 ? 'plain' : 'zero',
      unit: inView > 0 ? `${formatCount(inView)} in view` : '',
      history: Array.from(history.enobufs),
      help: 'Requests that ended since the group was empty',
    },
    {
      label: 'CQ overflow',
      ...count(totals.overflowed),
      tone: totals.overflowed > 0 ? 'bad' : 'zero',
      unit: '',
      history: null,
      help: "CQEs that found the kernel's CQ full",
    },
    {
      label: 'Trace events lost',
      value: formatCount(ringlens),
      mark: '',
      tone: ringlens + kernel > 0 ? 'plain' : 'zero',
      unit: kernel > 0 ? `by ringlens, ${formatCount(kernel)} by the kernel` : '',
      history: null,
      help: 'Events that ringlens itself lost; those that the kernel lost are counted apart',
    },
  ];
}

/** The labels alone, for the time before the first picture. */
export const counterLabels = [
  'CQE/s',
  'CQEs per batch',
  'Poll arms per recv',
  'Re-arms',
  'Free buffers, min',
  'ENOBUFS',
  'CQ overflow',
  'Trace events lost',
];

/** A path through the values in a box, newest at the right; zero at the bottom, so that nothing looks steeper than it is. */
export function sparkPath(values: readonly number[], width: number, height: number): { d: string; end: readonly [number, number] } | null {
  const known = values.filter((v) => Number.isFinite(v) && v >= 0);
  if (known.length < 2) return null;
  const top = Math.max(...known) || 1;
  const at = (v: number, i: number): readonly [number, number] => [
    Math.round((i / (known.length - 1)) * width * 10) / 10,
    Math.round((1 - v / top) * height * 10) / 10,
  ];
  const points = known.map(at);
  return { d: `M${points.map((p) => p.join(' ')).join('L')}`, end: points.at(-1) ?? [0, 0] };
}
