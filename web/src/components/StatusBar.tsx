import { useStore } from 'zustand';
import type { FeedStatus } from '../feed/feed.ts';
import { type WorkloadState, workloadStore } from '../store/workload.ts';
import { useStatus } from './hooks.ts';

const selectPid = (s: FeedStatus) => s.session?.pid ?? null;
const selectListen = (s: FeedStatus) => s.listen;
const selectVersion = (s: FeedStatus) => s.agentVersion;
const selectParams = (s: WorkloadState) => s.params;

const hints = [
  { keys: ['space'], text: 'pause' },
  { keys: ['.'], text: 'step one CQE' },
  { keys: ['[', ']'], text: 'end' },
  { keys: ['?'], text: 'all keys' },
] as const;

export function StatusBar() {
  const pid = useStatus(selectPid);
  const listen = useStatus(selectListen);
  const version = useStatus(selectVersion);
  const params = useStore(workloadStore, selectParams);
  return (
    <footer className="statusBar">
      {pid === null ? (
        <span>No agent yet</span>
      ) : (
        <span>
          <b>Own workload</b>, pid {pid}
          {listen !== '' && `, listening on ${listen}`}
        </span>
      )}
      {params && (
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
