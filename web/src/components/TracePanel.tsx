/** The left column for a recorded trace: what the file says of itself. */

import { formatSpan } from '../canvas/time-text.ts';
import type { FeedStatus } from '../feed/feed.ts';
import { formatCount } from './format.ts';
import { useStatus } from './hooks.ts';
import { scopeWords } from './session-words.ts';

const same = (s: FeedStatus) => s;

/** "2026-11-25 13:22:04", by the reader's clock. */
export function wallText(ms: number): string {
  const at = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function TracePanel() {
  const { file, session, agentVersion, params } = useStatus(same);
  if (file === null || session === null) return null;
  const { capabilities } = session;
  const rows: [string, string][] = [
    ...((session.source === 'import'
      ? [
          ['text of', session.capabilities.kernelBackend],
          ...(session.startWallMs === 0 ? [] : [['written', wallText(session.startWallMs)]]),
          ...(agentVersion === '' ? [] : [['imported by', `ringlens ${agentVersion}`]]),
        ]
      : [
          ['recorded', wallText(session.startWallMs)],
          ['by', `ringlens ${agentVersion}`],
          ['on', session.kernel],
        ]) as [string, string][]),
    ['length', formatSpan(file.length)],
    ['events', formatCount(file.events)],
    ['kernel', capabilities.kernel ? scopeWords(capabilities) : 'not traced'],
    ...(params === null
      ? []
      : ([
          ['mode', `${params.mode}, ${params.op} over ${params.transport}`],
          ['connections', formatCount(params.connections)],
          ['group', `${formatCount(params.buffers)} × ${formatCount(params.bufferSize)} B`],
        ] as [string, string][])),
  ];
  return (
    <section className="trace" aria-label="Trace">
      <div className="panelHead">
        <h2>Trace</h2>
        <span className="dim">{file.complete ? 'complete' : 'cut off'}</span>
      </div>
      <dl className="traceFacts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {file.progress < 1 && file.opened && (
        <p className="pickNote" role="status">
          Its index is being made: {Math.round(file.progress * 100)} %
        </p>
      )}
      {file.trouble.length > 0 && (
        <ul className="traceTrouble" aria-label="What can't be read">
          {file.trouble.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
