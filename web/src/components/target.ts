/** The rings and groups of another process, in words. Pure. */
import { formatSpan } from '../canvas/time-text.ts';
import { type GroupChoice, isTold, type RingView } from '../feed/picture.ts';
import { formatCount, plural } from './format.ts';

export interface RingLine {
  id: number;
  name: string;
  /** "3 lanes, 3 armed" */
  lanes: string;
  /** "SQ 8 · CQ 16" */
  size: string;
  /** The ring is older than the trace: requests of before may be missing. */
  older: boolean;
  open: boolean;
  /** What a sample said; empty = not sampled yet. */
  sample: string;
  /** "sampled 80 ms ago" */
  sampleAge: string;
}

export function ringLine(ring: RingView, t: number, targetPid: number): RingLine {
  const pid = ring.pid > 0 && ring.pid !== targetPid ? ` · pid ${ring.pid}` : '';
  return {
    id: ring.id,
    name: `r${ring.id}${ring.fd >= 0 ? ` · fd ${ring.fd}` : ''}${pid}`,
    lanes: ring.lanes === 0 ? 'no recv' : `${plural(ring.lanes, 'lane')}, ${formatCount(ring.armed)} armed`,
    size: ring.sqEntries > 0 ? `SQ ${formatCount(ring.sqEntries)} · CQ ${formatCount(ring.cqEntries)}` : 'sizes not told',
    older: !ring.created,
    open: ring.open,
    sample: sampleWords(ring),
    // Whole milliseconds: it changes with every picture.
    sampleAge: `sampled ${formatSpan(Math.round(Math.max(0, t - ring.sampledAt) / 1e6) * 1e6).replace(/\.\d+ ms/, ' ms')} ago`,
  };
}

/** "4 in CQ, 3 polls, 0 overflowed": what a look beside the trace said at one moment. */
function sampleWords({ unreaped, polls, overflowList, sampledAt }: RingView): string {
  if (sampledAt < 0) return '';
  const parts = [
    ...(unreaped < 0 ? [] : [`${formatCount(unreaped)} in CQ`]),
    ...(polls < 0 ? [] : [plural(polls, 'poll')]),
    ...(overflowList < 0 ? [] : [`${formatCount(overflowList)} overflowed`]),
  ];
  return parts.join(', ');
}

/** "bgid 7, 64 buffers"; with its ring where there are several. */
export function groupLine({ ring, bgid, buffers }: GroupChoice, rings: number): string {
  const of = rings > 1 ? `r${ring} · ` : '';
  return `${of}${isTold(bgid) ? `bgid ${bgid}` : 'bgid not told'}${buffers > 0 ? ` · ${plural(buffers, 'buffer')}` : ''}`;
}
