/** Records the live session to a file of the agent's. */
import { Circle, Square } from 'lucide-react';
import type { FeedStatus } from '../feed/feed.ts';
import { viewStore } from '../store/view.ts';
import { formatCount } from './format.ts';
import { useStatus } from './hooks.ts';
import { useServices } from './services.ts';

const selectRecording = (s: FeedStatus) => s.recording;
const selectOpen = (s: FeedStatus) => s.connection.state === 'open';
const selectRunning = (s: FeedStatus) => s.running;
const selectFile = (s: FeedStatus) => s.file;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export function RecordButton() {
  const { feed } = useServices();
  const recording = useStatus(selectRecording);
  const open = useStatus(selectOpen);
  const running = useStatus(selectRunning);
  const file = useStatus(selectFile);
  if (file !== null) return null;
  const send = (on: boolean): void => {
    feed.send({ type: 'record', on }).catch((e: Error) => viewStore.setState({ note: e.message }));
  };
  if (recording.state === 'on') {
    const { file: name, bytes, events, leftOut } = recording;
    const title = `${name}: ${formatCount(events)} events${leftOut > 0 ? `, ${formatCount(leftOut)} left out since the disk is too slow` : ''}`;
    return (
      <button type="button" className="btn recording" title={title} onClick={() => send(false)}>
        <Square aria-hidden="true" fill="currentColor" />
        Stop recording
        <span className="dim mono">{megabytes(bytes)}</span>
      </button>
    );
  }
  return (
    <>
      {recording.state === 'stopped' && (
        <span className={recording.code === 'done' ? 'badge' : 'badge warn'} title={recording.message} role="status">
          {recording.code === 'done' ? `Recorded ${recording.file}` : recording.message}
        </span>
      )}
      <button
        type="button"
        className="btn quiet"
        aria-label="Record"
        disabled={!open || !running}
        title="Record this session to a file"
        onClick={() => send(true)}
      >
        <Circle aria-hidden="true" fill="currentColor" />
        <span className="hideNarrow">Record</span>
      </button>
    </>
  );
}
