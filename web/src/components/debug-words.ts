/** What the debugger says, in words. Pure. */
import { slotOf } from '../../../shared/model/requests.ts';
import type { DebugInfo, StopInfo } from '../../../shared/protocol/debug.ts';
import { bidOf, cqeFlagNames, errnoName } from '../../../shared/schema/uapi.ts';
import { formatClock } from '../canvas/time-text.ts';
import { formatCount, plural } from './format.ts';

/** "c3, res −105 (ENOBUFS), no flags"; empty = it stopped at no event. */
export function stopEventWords({ event }: StopInfo): string {
  if (event === null) return '';
  const { kind, userData, res, flags, t } = event;
  const ud = BigInt(userData);
  const conn = ud === 0n ? '' : `c${slotOf(Number(ud & 0xffffffffn))}, `;
  const at = ` at ${formatClock(t)}`;
  if (kind !== 'reap') return `${conn}${kind}${at}`;
  const names = [...cqeFlagNames(flags).map((name) => name.slice(2)), ...(bidOf(flags) >= 0 ? [`bid ${bidOf(flags)}`] : [])];
  return `${conn}res ${res < 0 ? `−${-res} (${errnoName(res)})` : res}, ${names.length === 0 ? 'no flags' : names.join(' ')}${at}`;
}

/** Why it stands. */
export function stopTitle(stop: StopInfo): string {
  switch (stop.reason) {
    case 'breakpoint':
      return `Stopped at breakpoint ${stop.breakpoint?.id ?? ''}: ${stop.breakpoint?.text ?? ''}`;
    case 'pause':
      return 'The reactor is stopped';
    case 'step':
      return 'The reactor is stopped: the step is over';
    case 'cqFull':
      return 'The reactor is stopped: the CQ is full';
    default:
      return stop.reason satisfies never;
  }
}

/** What is true while it stands: the event, what was reaped behind it, what waits in the CQ. */
export function stopText({ stop, cqes, waiting, overflowed }: DebugInfo): string {
  if (stop === null) return '';
  const event = stopEventWords(stop);
  const behind = cqes - stop.cqes;
  return [
    ...(event === '' ? [] : [`${event}.`]),
    `${plural(stop.cqes, 'CQE')} reaped${behind === 0 ? ', none since' : `, ${formatCount(behind)} since`}.`,
    `The kernel goes on${waiting < 0 ? '' : `: ${plural(waiting, 'CQE')} ${waiting === 1 ? 'waits' : 'wait'} in the CQ${overflowed ? ', and more on its overflow list' : ''}`}.`,
  ].join(' ');
}

/** Conditions that are wanted most, for one click. */
export const usualBreakpoints: readonly { text: string; title: string }[] = [
  { text: 'multishot !MORE', title: 'A multishot ends' },
  { text: 'ENOBUFS', title: 'The group is empty' },
  { text: 'free<=2', title: 'Two buffers are left' },
  { text: 'cause=eof', title: 'A peer closes' },
  { text: 'kind=cqe_overflow', title: 'The CQ overflows' },
  { text: 'hold>10ms', title: 'A buffer is held for long' },
];
