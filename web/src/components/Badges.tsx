/** What the page says of its own source, at the right of the top bar. Warnings are grey and hatched, never amber. */
import { Popover } from '@base-ui/react/popover';
import { Eye, EyeOff, TriangleAlert, X } from 'lucide-react';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { usePicture, useStatus } from './hooks.ts';
import { isForeignSession, type Losses, lossesOf, lossLines, targetWords, trustWords } from './session-words.ts';
import { wallText } from './TracePanel.tsx';

const selectConnection = (s: FeedStatus) => s.connection;
const selectKernel = (s: FeedStatus) => s.session?.kernel ?? '';
const selectSession = (s: FeedStatus) => s.session;
const selectFile = (s: FeedStatus) => s.file;
const selectStats = (s: FeedStatus) => s.stats;
const selectTarget = (s: FeedStatus) => targetWords(s.session);
const selectDropped = (p: Picture | null) => p?.totals.dropped ?? 0;

/** Events lost by ringlens, lost by the kernel, and late ones: three counts. */
export function useLosses(): Losses {
  return lossesOf(useStatus(selectStats), usePicture(selectDropped));
}

/** The process that is looked at. */
export function TargetName() {
  const target = useStatus(selectTarget);
  if (target === null) return null;
  return (
    <p className="targetName">
      {target.how} <b>{target.name}</b> {target.pid}
    </p>
  );
}

/** The file that is replayed. */
export function FileName() {
  const file = useStatus(selectFile);
  if (file === null || file.name === '') return null;
  return (
    <p className="targetName" title={file.name}>
      <b>{file.name}</b>
    </p>
  );
}

/** When the trace was recorded, in the place of the agent. */
function RecordedBadge() {
  const session = useStatus(selectSession);
  const file = useStatus(selectFile);
  if (session === null || file === null) return null;
  return (
    <span
      className={file.complete ? 'badge' : 'badge warn'}
      title={file.complete ? 'The recording came to its end' : file.trouble.join(' ')}
    >
      {!file.complete && <TriangleAlert aria-hidden="true" />}
      {session.source === 'import'
        ? `Imported from ${session.capabilities.kernelBackend}`
        : `${file.complete ? 'Recorded' : 'Recorded, cut off'} ${wallText(session.startWallMs)}`}
    </span>
  );
}

export function AgentBadge() {
  const connection = useStatus(selectConnection);
  const file = useStatus(selectFile);
  if (file !== null) return <RecordedBadge />;
  switch (connection.state) {
    case 'open':
      return (
        <span className="badge">
          <span className="dot" />
          Agent connected
          {connection.rttMs !== null && <span className="dim">{connection.rttMs.toFixed(1)} ms</span>}
        </span>
      );
    case 'connecting':
      return (
        <span className="badge">
          <span className="dot hollow" />
          Connecting
        </span>
      );
    case 'gone':
      return (
        <span className="badge bad">
          <X aria-hidden="true" />
          Agent gone
        </span>
      );
    case 'reload':
      return (
        <span className="badge warn">
          <TriangleAlert aria-hidden="true" />
          Other version
        </span>
      );
  }
}

export function KernelBadge() {
  const kernel = useStatus(selectKernel);
  return kernel === '' ? null : <span className="badge">{kernel}</span>;
}

export function LossBadges() {
  const lines = lossLines(useLosses());
  return lines.map(({ text, title, lost }) => (
    <span key={title} className={lost ? 'badge warn' : 'badge'} title={title}>
      {lost && <TriangleAlert aria-hidden="true" />}
      {text}
    </span>
  ));
}

export function TrustBadge() {
  const session = useStatus(selectSession);
  if (!session) return null;
  const { capabilities } = session;
  if (capabilities.kernel || isForeignSession(session)) {
    const { text, title } = trustWords(session);
    return (
      <span className="badge" title={title}>
        <Eye aria-hidden="true" />
        {text}
      </span>
    );
  }
  return (
    <Popover.Root>
      <Popover.Trigger className="badge warn" title={capabilities.kernelMissing}>
        <EyeOff aria-hidden="true" />
        Poll arms inferred, not observed
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="floating" sideOffset={6} align="end" collisionPadding={8}>
          <Popover.Popup className="popup note">
            <Popover.Title>The kernel's side is hidden</Popover.Title>
            <Popover.Description>
              CQEs, submits and buffers are exact. Poll arms are worked out from them, so they are drawn hollow and dashed, and their counts
              carry a ~. {capabilities.kernelMissing}
            </Popover.Description>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
