/** Words that stand in the lanes: how a lane is called, how long it was not armed, what ended its request. */
import type { TerminateCause } from '../../../../shared/model/terminate-cause.ts';
import { formatSpan } from '../../canvas/time-text.ts';
import type { CssPixels } from '../../canvas/units.ts';
import type { LaneInfo } from '../../feed/picture.ts';
import { HEAD_ROOM, type LaneGeometry } from './geometry.ts';

/** Letters that the gutter holds. */
const GUTTER = 9;

/** The two lines of a lane in the gutter: its name, and the user_data of its recv as far as there is room. */
export function laneTitle({ name, ring, fd, userData }: LaneInfo): { title: string; subtitle: string } {
  // The low word names lane and operation; the epoch above it would only push it out of the gutter.
  if (ring === 0) return { title: name, subtitle: `0x${(userData & 0xffffn).toString(16)}` };
  const [of = '', ...rest] = name.split(' ');
  // A long name stands on both lines: "r12" under "fd 1042".
  if (name.length > GUTTER && /^r\d+$/.test(of)) return { title: rest.join(' '), subtitle: of };
  if (fd < 0) return { title: name, subtitle: 'fd ?' };
  const word = userData.toString(16);
  return { title: name, subtitle: word.length <= 6 ? `0x${word}` : `…${word.slice(-6)}` };
}

const endWords: Partial<Record<TerminateCause, string>> = { overflow: 'CQ full', error: 'error' };
/** Ends this close are one run, with one count behind its last. */
const RUN = 14;

export function labelEnds({ ends }: LaneGeometry, k: number, x1: CssPixels): void {
  let total = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as LaneGeometry['ends'][number];
    total += end.count;
    const gap = i + 1 < ends.length ? (ends[i + 1] as { x: CssPixels }).x - end.x : Number.POSITIVE_INFINITY;
    if (gap < RUN) continue;
    const crowd = total > 1 && (end.count > 1 || end.room < HEAD_ROOM) ? `×${total.toLocaleString('en-US')}` : '';
    const text = `${[endWords[end.cause] ?? '', crowd].filter(Boolean).join(' ')}${end.ambiguous ? '?' : ''}`;
    if (Math.min(gap, x1 - end.x + 6) > (14 + text.length * 7) * k) end.label = text;
    total = 0;
  }
}

export function labelGaps(lane: LaneGeometry, k: number, x1: CssPixels): void {
  for (const gap of lane.gaps) {
    const width = Math.min(gap.x1, x1) - gap.x0;
    if (gap.ns <= 0 || width <= 58 * k) continue;
    if (lane.bars.some((b) => b.x > gap.x0 + 6 && b.x < gap.x1 - 6)) continue;
    gap.label = `${width > 128 * k ? 'not armed ' : ''}${formatSpan(gap.ns)}${gap.open ? ' …' : ''}`;
  }
}
