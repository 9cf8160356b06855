import { describe, expect, it } from 'vitest';
import type { DebugInfo, StopInfo } from '../../../shared/protocol/debug.ts';
import { problemOf } from '../store/debugger.ts';
import { stopEventWords, stopText, stopTitle, usualBreakpoints } from './debug-words.ts';

const event = { t: 1_250_000, kind: 'reap', userData: '4099', res: -105, flags: 0, a: 0, b: 0, request: 2 } as const;
const stop: StopInfo = { reason: 'breakpoint', breakpoint: { id: 3, text: 'ENOBUFS' }, event, cqes: 79 };
const info = (part: Partial<DebugInfo> = {}): DebugInfo => ({
  stopped: true,
  cqes: 79,
  waiting: 12,
  overflowed: false,
  stop,
  breakpoints: [],
  ...part,
});

describe('a stop in words', () => {
  it('names the breakpoint, the CQE and what was reaped behind it', () => {
    expect(stopTitle(stop)).toBe('Stopped at breakpoint 3: ENOBUFS');
    expect(stopEventWords(stop)).toContain('c3, res −105 (ENOBUFS), no flags at ');
    expect(stopText(info())).toMatch(/79 CQEs reaped, none since\. The kernel goes on: 12 CQEs wait in the CQ\.$/);
    expect(stopText(info({ overflowed: true }))).toContain('12 CQEs wait in the CQ, and more on its overflow list.');
    expect(stopText(info({ cqes: 81, waiting: -1 }))).toMatch(/79 CQEs reaped, 2 since\. The kernel goes on\.$/);
  });
  it('says flags and bid of a CQE with data, and the kind of what is none', () => {
    expect(stopEventWords({ ...stop, event: { ...event, res: 64, flags: 0x70003 } })).toContain('res 64, BUFFER MORE bid 7 at ');
    expect(stopEventWords({ ...stop, event: { ...event, kind: 'replenish' } })).toContain('c3, replenish at ');
    expect(stopEventWords({ ...stop, reason: 'pause', breakpoint: null, event: null })).toBe('');
  });
});

it('the usual conditions are ones', () => {
  for (const { text } of usualBreakpoints) expect(problemOf(text), text).toBe('');
  expect(problemOf('wake_to_complete>1ms')).toContain('the find bar');
  expect(problemOf('!MOR')).not.toBe('');
});
