/** The stop that ended a headless run, as JSON (docs/json.md) and for people. */
import { isOwnRecv, slotOf } from '../../../shared/model/requests.ts';
import type { DebugInfo, StopEvent } from '../../../shared/protocol/debug.ts';
import { kinds } from '../../../shared/schema/events.ts';
import { bidOf, cqeFlagNames, errnoName } from '../../../shared/schema/uapi.ts';
import { number } from './table.ts';

export interface StopJson {
  breakpoint: { id: number; text: string; hits: number };
  /** The event that it was hit at, and its words where it is a CQE. */
  event: (StopEvent & { bid?: number; flagNames?: string[]; errno?: string }) | null;
  /** CQEs reaped up to the hit, that of the event among them, and behind it: 0. */
  cqes: number;
  reapedAfter: number;
}

const isCqe = ({ kind }: StopEvent): boolean => kind === 'reap';

/** null: nothing was hit. */
export function stopJson({ stop, breakpoints, cqes }: DebugInfo): StopJson | null {
  if (stop?.breakpoint == null) return null;
  const { id, text } = stop.breakpoint;
  const { event } = stop;
  const words = (e: StopEvent) => ({
    ...(bidOf(e.flags) >= 0 ? { bid: bidOf(e.flags) } : {}),
    flagNames: cqeFlagNames(e.flags),
    ...(e.res < 0 ? { errno: errnoName(e.res) } : {}),
  });
  return {
    breakpoint: { id, text, hits: breakpoints.find((b) => b.id === id)?.hits ?? 0 },
    event: event && { ...event, ...(isCqe(event) ? words(event) : {}) },
    cqes: stop.cqes,
    reapedAfter: cqes - stop.cqes,
  };
}

function eventText(event: StopEvent): string {
  const { kind, t, userData, res, flags } = event;
  const at = `at ${(t / 1e6).toFixed(3)} ms`;
  const ud = BigInt(userData);
  const lo = Number(ud & 0xffffffffn);
  // Accepts, sends and wakeups are no connection's.
  const of = `${isOwnRecv(lo) ? `c${slotOf(lo)}, ` : ''}user_data 0x${ud.toString(16)}`;
  if (!isCqe(event)) return `${kind} ${at}${ud === 0n ? '' : `, ${of}`}: ${kinds[kind].doc}`;
  const result = res < 0 ? `res ${res} (${errnoName(res)})` : `res ${res}`;
  const names = [...cqeFlagNames(flags), ...(bidOf(flags) >= 0 ? [`bid ${bidOf(flags)}`] : [])];
  return `CQE ${at}, ${of}: ${result}, flags 0x${flags.toString(16)} (${names.length === 0 ? 'none' : names.join(', ')})`;
}

export function stopFacts(stop: StopJson | null): [string, string][] {
  if (stop === null) return [['breakpoints', 'none was hit']];
  const { breakpoint, event, cqes, reapedAfter } = stop;
  return [
    ['stopped by', `breakpoint ${breakpoint.id}: ${breakpoint.text}`],
    ...(event === null ? [] : [['event', eventText(event)] as [string, string]]),
    ['CQEs reaped', `${number(cqes)} up to the hit, ${number(reapedAfter)} behind it`],
  ];
}
