/** What an imported trace says of itself: what its text tells, and no more. */
import type { SessionInfo, SourceStats } from '../protocol/messages.ts';
import type { ImportReport, ImportStart } from './text-import.ts';

/** `wallMs`: when the text was written. */
export const importSession = ({ format, startNs, scope, notes }: ImportStart, id: string, wallMs: number): SessionInfo => ({
  id,
  source: 'import',
  kernel: 'kernel not told',
  pid: 0,
  target: null,
  listen: '',
  startNs: String(startNs),
  startWallMs: wallMs,
  capabilities: { probe: false, kernel: true, kernelBackend: format, kernelScope: scope, kernelMissing: '', kernelNotes: notes },
  features: null,
});

export const importStats = ({ rows, events, lost, late }: ImportReport): SourceStats => ({
  events,
  dropped: 0,
  kernelEvents: rows,
  kernelLost: lost,
  kernelLate: late,
  workload: null,
});

export const counted = (n: number, one: string, many: string): string => `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;

/** What of the text is not in the trace, or not for certain: a sentence each. */
export function importTrouble({ lines, unreadable, losses, lost, late, ambiguous }: ImportReport): string[] {
  const out: string[] = [];
  if (losses > 0)
    out.push(
      `The tracer lost events in ${counted(losses, 'place', 'places')}${lost > 0 ? `, at least ${lost.toLocaleString('en-US')}` : ''}: what is shown there is uncertain.`,
    );
  if (late > 0) out.push(`${counted(late, 'line', 'lines')} came far out of order and got the time of the one before.`);
  if (ambiguous > 0) out.push(`${counted(ambiguous, 'event', 'events')} may be of one request or another: they share a user_data.`);
  if (unreadable.count > 0)
    out.push(`${counted(unreadable.count, 'line', 'lines')} of ${lines.toLocaleString('en-US')} could not be read.`);
  return out;
}
