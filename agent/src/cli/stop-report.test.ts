import { describe, expect, it } from 'vitest';
import type { DebugInfo, StopEvent } from '../../../shared/protocol/debug.ts';
import { kinds } from '../../../shared/schema/events.ts';
import { CqeFlag, Errno } from '../../../shared/schema/uapi.ts';
import { stopFacts, stopJson } from './stop-report.ts';

const cqe: StopEvent = {
  t: 1_234_567,
  kind: 'reap',
  userData: String(0x1003),
  res: 64,
  flags: ((7 << 16) | CqeFlag.F_BUFFER | CqeFlag.F_MORE) >>> 0,
  a: 0,
  b: 0,
  request: 4,
};
const stopAt = (event: StopEvent | null): DebugInfo => ({
  stopped: true,
  waiting: 0,
  overflowed: false,
  cqes: 1200,
  stop: { reason: 'breakpoint', breakpoint: { id: 2, text: 'conn=3' }, event, cqes: 1200 },
  breakpoints: [
    { id: 1, text: 'ENOBUFS', enabled: true, ignore: 0, hits: 0 },
    { id: 2, text: 'conn=3', enabled: true, ignore: 5, hits: 6 },
  ],
});
const eventLine = (event: StopEvent): string | undefined => stopFacts(stopJson(stopAt(event))).find(([name]) => name === 'event')?.[1];

describe('the stop of a run', () => {
  it('is null where nothing was hit, or something else stopped the reactor', () => {
    const none: DebugInfo = { stopped: false, waiting: 0, overflowed: false, cqes: 9, stop: null, breakpoints: [] };
    expect(stopJson(none)).toBeNull();
    expect(stopJson({ ...none, stopped: true, stop: { reason: 'pause', breakpoint: null, event: null, cqes: 9 } })).toBeNull();
    expect(stopFacts(null)).toEqual([['breakpoints', 'none was hit']]);
  });

  it('has the breakpoint with its hits, and the CQE with its words', () => {
    expect(stopJson(stopAt(cqe))).toEqual({
      breakpoint: { id: 2, text: 'conn=3', hits: 6 },
      event: { ...cqe, bid: 7, flagNames: ['F_BUFFER', 'F_MORE'] },
      cqes: 1200,
      reapedAfter: 0,
    });
    const error = stopJson(stopAt({ ...cqe, res: -Errno.ENOBUFS, flags: 0 }))?.event;
    expect(error).toEqual({ ...cqe, res: -Errno.ENOBUFS, flags: 0, flagNames: [], errno: 'ENOBUFS' });
  });

  it('tells what would have been reaped behind it', () => {
    expect(stopJson({ ...stopAt(cqe), cqes: 1203 })?.reapedAfter).toBe(3);
    expect(stopFacts(stopJson({ ...stopAt(cqe), cqes: 1203 }))).toContainEqual(['CQEs reaped', '1,200 up to the hit, 3 behind it']);
  });

  it('is a line for people: a CQE in its words, another event by what its kind is', () => {
    expect(eventLine(cqe)).toBe('CQE at 1.235 ms, c3, user_data 0x1003: res 64, flags 0x70003 (F_BUFFER, F_MORE, bid 7)');
    expect(eventLine({ ...cqe, res: -Errno.ECONNRESET, flags: 0 })).toBe(
      'CQE at 1.235 ms, c3, user_data 0x1003: res -104 (ECONNRESET), flags 0x0 (none)',
    );
    expect(eventLine({ ...cqe, userData: String(0x13000), res: 9, flags: CqeFlag.F_MORE })).toBe(
      'CQE at 1.235 ms, user_data 0x13000: res 9, flags 0x2 (F_MORE)',
    );
    expect(eventLine({ ...cqe, kind: 'replenish' })).toBe(`replenish at 1.235 ms, c3, user_data 0x1003: ${kinds.replenish.doc}`);
    expect(eventLine({ ...cqe, kind: 'cqe_overflow', userData: '0' })).toBe(`cqe_overflow at 1.235 ms: ${kinds.cqe_overflow.doc}`);
    expect(stopFacts(stopJson(stopAt(null))).map(([name]) => name)).toEqual(['stopped by', 'CQEs reaped']);
  });
});
