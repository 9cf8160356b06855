/** What the page says of the source it looks at: whose rings they are, what is seen of them and what is not. Pure. */
import type { LatencyName } from '../../../shared/model/latency.ts';
import type { SessionInfo, SourceCapabilities, SourceStats, TargetInfo } from '../../../shared/protocol/messages.ts';
import type { Picture } from '../feed/picture.ts';
import { formatCount, plural } from './format.ts';

export const isForeignSession = (session: SessionInfo | null): boolean => session !== null && session.source !== 'live';

/** The process, as the top bar names it; empty for the own workload. */
export function targetWords(session: SessionInfo | null): { how: string; name: string; pid: string } | null {
  if (session === null || session.source === 'live' || session.target === null) return null;
  const { name, pid } = session.target;
  return { how: session.source === 'run' ? 'started' : 'attached to', name: nameOf(session.target), pid: name === '' ? '' : String(pid) };
}

export const nameOf = ({ name, pid }: TargetInfo): string => (name === '' ? `process ${pid}` : name);

/** "all tracepoints, through tracefs" */
export function scopeWords({ kernelScope, kernelBackend }: SourceCapabilities): string {
  const through = kernelBackend === '' ? '' : `, through ${kernelBackend}`;
  if (kernelScope === 'all') return `all tracepoints${through}`;
  return kernelScope === 'arms' ? `submits, poll arms and overflows only${through}` : 'nothing';
}

/** The badge of what is observed: its words, and the sentences behind it. */
export function trustWords(session: SessionInfo): { text: string; title: string } {
  const { capabilities, source } = session;
  const notes = capabilities.kernelNotes;
  if (source === 'live') {
    const scope = capabilities.kernelScope === 'arms' ? ['Wakes and completions are not traced: choose "all" to see them.'] : [];
    return {
      text: 'Poll arms observed',
      title: [`Poll arms are seen through the kernel's tracepoints (${capabilities.kernelBackend}).`, ...scope, ...notes].join(' '),
    };
  }
  const scope = capabilities.kernelScope === 'all' ? 'Submits, poll arms, wakes and CQEs' : 'Submits, poll arms and overflows';
  return {
    text: capabilities.kernelScope === 'all' ? 'Kernel observed, app not' : 'Arms observed, no CQEs',
    title: [
      `${scope} are seen in the kernel (${capabilities.kernelBackend}). What the app does with them is not: when it reaps and when it gives buffers back.`,
      ...notes,
    ].join(' '),
  };
}

/** Three different things, never added up. */
export interface Losses {
  /** A ring of ringlens was full. */
  ringlens: number;
  /** The kernel's trace buffer was full. */
  kernel: number;
  /** Came behind the watermark: kept, and moved up to it. */
  late: number;
}

/** Before the first statistics, the trace itself tells that something was lost. */
export function lossesOf(stats: SourceStats | null, inTrace: number): Losses {
  if (stats === null) return { ringlens: inTrace, kernel: 0, late: 0 };
  return { ringlens: stats.dropped, kernel: stats.kernelLost, late: stats.kernelLate };
}

export function lossLines({ ringlens, kernel, late }: Losses): { text: string; title: string; lost: boolean }[] {
  const lines = [
    {
      n: ringlens,
      text: `${formatCount(ringlens)} lost by ringlens`,
      title: 'Ringlens could not keep these events. The span is hatched, and counts that cross it are lower bounds.',
      lost: true,
    },
    {
      n: kernel,
      text: `${formatCount(kernel)} lost by the kernel`,
      title: "The kernel's trace buffer was full. The span is hatched, and counts that cross it are lower bounds; a larger --buffer helps.",
      lost: true,
    },
    {
      n: late,
      text: `${formatCount(late)} late`,
      title: 'Kernel events that came after later ones: kept, and moved up in time.',
      lost: false,
    },
  ];
  return lines.filter(({ n }) => n > 0).map(({ text, title, lost }) => ({ text, title, lost }));
}

/** What cannot be seen of the chosen group and of the app, in plain words; empty for the own workload. */
export function notObservable(capabilities: SourceCapabilities, group: Picture['group']): string[] {
  const all = capabilities.kernelScope === 'all';
  const lines = all ? [] : ['CQEs, wakes and ends of requests: only submits, poll arms and overflows are traced'];
  lines.push(`When the app reaps: ${all ? 'only its waits and samples of its CQ are seen' : 'only samples of its CQ are seen'}`);
  if (group?.seen === true) lines.push('When exactly the app gives a buffer back: the kernel has mapped this group, and it is sampled');
  else {
    const again =
      group === null || group.impliedReplenish === 0 ? '' : ` (bids were used again ${formatCount(group.impliedReplenish)} times)`;
    lines.push(`When the app gives a buffer back${again}, so also how many are available`);
  }
  if (group !== null && !group.sizeTold)
    lines.push(`The size of the group${group.buffers > 0 ? `: at least ${plural(group.buffers, 'buffer')}` : ''}`);
  return lines;
}

/** Why a time can't be measured here; empty where it can. */
export function latencyReason(name: LatencyName, session: SessionInfo): string {
  const { kernelScope, kernelMissing } = session.capabilities;
  if (isForeignSession(session)) {
    if (name === 'completeToReap') return 'nobody tells when another process reaps';
    if (name === 'reapToReplenish') return 'nobody tells when it gives buffers back';
  }
  if (name === 'reapToReplenish' || kernelScope === 'all') return '';
  if (kernelScope === 'arms') return 'completions are not traced, only arms';
  return kernelMissing === '' ? 'the kernel is not traced' : kernelMissing;
}
