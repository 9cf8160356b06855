/** A mark in words, then its raw value: for tooltips and for the list that screen readers get. */

import { CQES_A_TURN } from '../../../../shared/model/cqes.ts';
import { type TerminateCause, terminateCauses } from '../../../../shared/model/terminate-cause.ts';
import { bidOf, cqeFlagNames, errnoName } from '../../../../shared/schema/uapi.ts';
import { MarkFlag, MarkKind } from '../../../../shared/timeline/marks.ts';
import { formatSpan } from '../../canvas/time-text.ts';
import type { LaneMarks } from '../../feed/picture.ts';

export const hex = (word: number): string => `0x${(word >>> 0).toString(16).padStart(5, '0')}`;
const times = (count: number): string => (count > 1 ? ` ×${count.toLocaleString('en-US')}` : '');
export const causeAt = (marks: LaneMarks, i: number): TerminateCause => terminateCauses[marks.word[i] as number] ?? 'error';

const endWords: Record<TerminateCause, string> = {
  enobufs: 'the request ended: no buffer was available',
  eof: 'the peer closed, the request ended',
  canceled: 'the request was cancelled',
  reset: 'the connection was reset, the request ended',
  overflow: 'the CQ was full, the request ended with this CQE',
  data: 'the request ended with data',
  error: 'the request ended by an error',
};

export const ambiguousWords = 'user_data shared by live requests; this is the newest of them';

/** The mark in words, without its lane. */
export function markWords(marks: LaneMarks, i: number): string {
  const res = marks.res[i] as number;
  const flag = marks.flag[i] as number;
  const count = marks.count[i] as number;
  switch (marks.kind[i]) {
    case MarkKind.cqe: {
      if ((flag & MarkFlag.merged) !== 0) return `${count.toLocaleString('en-US')} CQEs, the largest of ${res} bytes`;
      const flags = marks.word[i] as number;
      const names = cqeFlagNames(flags)
        .filter((n) => n !== 'F_BUFFER')
        .map((n) => n.replace('F_', '').replace('SOCK_', ''));
      const bid = bidOf(flags);
      return [
        `${res} bytes`,
        ...(bid >= 0 ? [`bid ${bid}`] : []),
        ...names,
        ...((flag & (MarkFlag.more | MarkFlag.single)) === 0 ? ['no MORE'] : []),
      ].join(', ');
    }
    case MarkKind.end:
      return `${res < 0 ? `${errnoName(res)}${times(count)}: ` : ''}${endWords[causeAt(marks, i)]}`;
    case MarkKind.submit:
      return `recv submitted${times(count)}`;
    case MarkKind.arm:
      return `poll armed${times(count)}${(flag & MarkFlag.inferred) !== 0 ? ' (inferred: the probe sees the submit only)' : ''}`;
    case MarkKind.wake:
      if ((flag & MarkFlag.fairness) !== 0) return `queued again by the kernel after ${CQES_A_TURN} CQEs: fairness, not a wake`;
      return `wake${times(count)}`;
    case MarkKind.connect:
      return 'connected';
    case MarkKind.close:
      return 'closed by the app';
    default:
      return '';
  }
}

/** The raw value under the words, and what is not certain of it. */
export function markRaw(marks: LaneMarks, i: number): string {
  const ambiguous = ((marks.flag[i] as number) & MarkFlag.ambiguous) !== 0;
  return [rawOf(marks, i), ...(ambiguous ? [ambiguousWords] : [])].filter(Boolean).join('\n');
}

function rawOf(marks: LaneMarks, i: number): string {
  const flag = marks.flag[i] as number;
  switch (marks.kind[i]) {
    case MarkKind.cqe:
      return (flag & MarkFlag.merged) !== 0 ? '' : `res ${marks.res[i]}  flags ${hex(marks.word[i] as number)}`;
    case MarkKind.end:
      return `res ${marks.res[i]}`;
    case MarkKind.submit:
    case MarkKind.arm:
      return `request ${marks.res[i]}`;
    default:
      return '';
  }
}

/** "c2, ENOBUFS: …, 14.8 ms ago" of the newest CQEs and ends, newest first. */
export function spokenMarks(marks: LaneMarks, nameOf: (lane: number) => string, t1: number, most: number): string[] {
  const wanted: number[] = [];
  for (let i = 0; i < marks.length; i++) {
    const kind = marks.kind[i];
    if (kind === MarkKind.cqe || kind === MarkKind.end) wanted.push(i);
  }
  wanted.sort((x, y) => (marks.t[y] as number) - (marks.t[x] as number) || y - x);
  return wanted
    .slice(0, most)
    .map((i) => `${nameOf(marks.lane[i] as number)}, ${markWords(marks, i)}, ${formatSpan(Math.max(0, t1 - (marks.t[i] as number)))} ago`);
}
