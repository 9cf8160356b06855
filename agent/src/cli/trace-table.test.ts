import { describe, expect, it } from 'vitest';
import { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { KernelCounts, type KernelCountsJson } from '../../../shared/model/kernel-counts.ts';
import { type RingJson, RingSummary } from '../../../shared/model/summary.ts';
import { factLine, headLine, latencyFacts, span, tableWidth, wrap } from './table.ts';
import type { TraceReport } from './trace-report.ts';
import { traceAsTable } from './trace-table.ts';

const opcodeNames = ['RECV', 'SEND', 'ACCEPT', 'READ_FIXED', 'WRITE_FIXED', 'SYNC_FILE_RANGE', 'EPOLL_CTL', 'LINK_TIMEOUT', 'unknown'];

const counts = (completions: number): KernelCountsJson => ({
  ...new KernelCounts(),
  submits: completions,
  single: completions,
  completions,
  terminations: { ok: completions },
});

function ringWith(id: number, opcodes: Record<string, number>): RingJson {
  const by = Object.fromEntries(Object.entries(opcodes).map(([name, n]) => [name, counts(n)]));
  const total = counts(Object.values(opcodes).reduce((x, y) => x + y, 0));
  return { id, pid: 4711, fd: 3 + id, setupFlags: 0, sqEntries: 4096, cqEntries: 8192, created: id % 2 === 0, total, opcodes: by };
}

function reportWith(rings: RingJson[], notes: string[] = []): TraceReport {
  const opcodes: Record<string, KernelCounts> = {};
  for (const ring of rings) {
    for (const [name, of] of Object.entries(ring.opcodes)) {
      opcodes[name] ??= new KernelCounts();
      opcodes[name].add(of);
    }
  }
  return {
    ...new RingSummary(new UserDataDictionary()).toJSON(),
    ringlens: '1',
    kernel: 'Linux 6.18.44-some-long-name-of-a-distribution',
    command: 'run',
    endedBy: 'exit',
    target: { pid: 4711, name: 'server', command: [] },
    pids: [4711],
    exit: { code: 0, signal: null },
    kernelTrace: { backend: 'tracefs', scope: 'all', missing: '', notes, events: 123_456_789, lost: 0, late: 0 },
    inferred: [],
    rings,
    opcodes,
  };
}

const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));
/** The numbers of a line. */
const cells = (text: string, name: string) =>
  (text.split('\n').find((line) => line.trim().startsWith(name)) ?? '')
    .replace(name, '')
    .trim()
    .split(/\s+/)
    .map((cell) => Number(cell.replaceAll(',', '')));

describe('the table of attach and run', () => {
  const many = Object.fromEntries(opcodeNames.map((name, i) => [name, 123_456_789 - i]));

  it.each([70, 80, 100])('fits into %i columns, however many opcodes a ring has', (width) => {
    const text = traceAsTable(reportWith([ringWith(1, many)], ['A note with many words. '.repeat(12).trim()]), width);
    expect(widest(text)).toBeLessThanOrEqual(width);
    const row = cells(text, 'CQEs');
    // What has no room is in "others": the line adds up.
    expect(text).toMatch(/ \d others +all\n/);
    expect(row.slice(0, -1).reduce((x, y) => x + y, 0)).toBe(row.at(-1));
    expect(text.indexOf('RECV')).toBeGreaterThan(0);
  });

  it('shows all opcodes where they have room, the busiest first', () => {
    const text = traceAsTable(reportWith([ringWith(1, { ACCEPT: 2, RECV: 1000, SEND: 999 })]), 80);
    expect(text).toMatch(/\n +RECV +SEND +ACCEPT +all\n/);
    expect(cells(text, 'submits')).toEqual([1000, 999, 2, 2001]);
  });

  it('has one column for one opcode, and none of the rows that are empty', () => {
    const text = traceAsTable(reportWith([ringWith(2, { RECV: 7 })]), 80);
    expect(text).toContain('ring 2: process 4711, fd 5, SQ 4096, CQ 8192\n');
    expect(cells(text, 'CQEs')).toEqual([7]);
    expect(text).not.toMatch(/ all\n|wakes|fairness|F_MORE|older/);
  });

  it('has a block for each of few rings, and a line for each of many', () => {
    const few = traceAsTable(reportWith([ringWith(1, { RECV: 7 }), ringWith(2, { RECV: 5, SEND: 1 })]), 80);
    expect(few.match(/^ring \d/gm)).toEqual(['ring 1', 'ring 2']);
    expect(few).toMatch(/ring 1: .*, older than the trace\n/);
    expect(few).toContain('all 2 rings\n');
    const rings = Array.from({ length: 64 }, (_, i) => ringWith(i + 1, { RECV: 10 * (i + 1) }));
    const text = traceAsTable(reportWith(rings), 100);
    expect(text.match(/^ring \d+/gm)?.length).toBe(20);
    expect(text.match(/^ring \d+/gm)?.[0]).toBe('ring 64');
    expect(text).toContain('… and 44 further rings: --json has them\n');
    expect(text.match(/^ {2}CQEs /gm)?.length).toBe(1);
    expect(widest(text)).toBeLessThanOrEqual(100);
  });

  it('says that there was no ring', () => {
    expect(traceAsTable(reportWith([]), 80)).toContain('It made no io_uring ring while it was traced.\n');
  });
});

describe('lines that fit', () => {
  it.each([
    [120, 100],
    [80, 80],
    [20, 70],
    [0, 100],
  ])('a terminal of %i columns has a table of %i', (columns, width) => {
    expect(tableWidth({}, columns)).toBe(width);
    expect(tableWidth({ COLUMNS: '75' }, columns)).toBe(width);
  });

  it('breaks at words and between parts', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(headLine(['one', 'two', 'three'], 9)).toBe('one · two\nthree\n');
  });

  it('has a latency in one line of 80 columns', () => {
    const one = { count: 1_234_567, min: 1, p50: 999_900, p90: 1, p99: 999_900_000, max: 999e9 };
    const { latencies } = new RingSummary(new UserDataDictionary()).toJSON();
    expect(latencyFacts({ ...latencies, submitToComplete: one }).map(([name, value]) => factLine(name, value, 80))).toEqual([
      'submit → first CQE        p50 999.9 µs  p99 999.9 ms  max  999.0 s  of 1,234,567\n',
    ]);
  });

  it.each([
    [0, '0 ns'],
    [999, '999 ns'],
    [1500, '1.5 µs'],
    [2_500_000, '2.5 ms'],
    [61e9, '61.0 s'],
  ])('%i ns is %s', (ns, text) => {
    expect(span(ns)).toBe(text);
  });
});
