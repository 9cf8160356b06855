import { useStore } from 'zustand';
import type { SessionInfo } from '../../../shared/protocol/messages.ts';
import type { FeedStatus } from '../feed/feed.ts';
import { type WorkloadState, workloadStore } from '../store/workload.ts';
import { useStatus } from './hooks.ts';
import { isForeignSession, nameOf, scopeWords } from './session-words.ts';

const selectSession = (s: FeedStatus) => s.session;
const selectListen = (s: FeedStatus) => s.listen;
const selectRecorded = (s: FeedStatus) => s.file !== null;
const selectVersion = (s: FeedStatus) => s.agentVersion;
const selectParams = (s: WorkloadState) => s.params;

const hints = [
  { keys: ['space'], text: 'pause' },
  { keys: ['.'], text: 'step one CQE' },
  { keys: ['[', ']'], text: 'end' },
  { keys: ['/'], text: 'find' },
  { keys: ['?'], text: 'all keys' },
] as const;

function Subject({ session, listen, recorded }: { session: SessionInfo | null; listen: string; recorded: boolean }) {
  if (session === null) return <span>{recorded ? 'No trace yet' : 'No agent yet'}</span>;
  if (isForeignSession(session)) {
    const { target, capabilities } = session;
    return (
      <span>
        <b>{target === null ? 'Another process' : nameOf(target)}</b>
        {target !== null && `, pid ${target.pid}`}, {scopeWords(capabilities)}
      </span>
    );
  }
  return (
    <span>
      <b>Own workload</b>, pid {session.pid}
      {listen !== '' && `, listening on ${listen}`}
    </span>
  );
}

export function StatusBar() {
  const session = useStatus(selectSession);
  const listen = useStatus(selectListen);
  const version = useStatus(selectVersion);
  const params = useStore(workloadStore, selectParams);
  return (
    <footer className="statusBar">
      <Subject session={session} listen={listen} recorded={useStatus(selectRecorded)} />
      {params && !isForeignSession(session) && (
        <span className="statusExtra">
          SQ {params.sqEntries} · CQ {params.cqEntries}
        </span>
      )}
      <span className="grow statusExtra" />
      {version !== '' && <span className="statusExtra hideNarrow">ringlens {version}</span>}
      {hints.map(({ keys, text }) => (
        <span key={text}>
          {keys.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
          {text}
        </span>
      ))}
    </footer>
  );
}
