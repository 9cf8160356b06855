/** What the page says of its own source, at the right of the top bar. Warnings are grey and hatched, never amber. */
import { Popover } from '@base-ui/react/popover';
import { Eye, EyeOff, TriangleAlert, X } from 'lucide-react';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { formatCount } from './format.ts';
import { usePicture, useStatus } from './hooks.ts';

const selectConnection = (s: FeedStatus) => s.connection;
const selectKernel = (s: FeedStatus) => s.session?.kernel ?? '';
const selectCapabilities = (s: FeedStatus) => s.session?.capabilities ?? null;
const selectStatsDropped = (s: FeedStatus) => s.stats?.dropped ?? 0;
const selectDropped = (p: Picture | null) => p?.totals.dropped ?? 0;

/** Events that ringlens itself lost: in the trace, and in the native ring before it. */
export function useDropped(): number {
  return Math.max(usePicture(selectDropped), useStatus(selectStatsDropped));
}

export function AgentBadge() {
  const connection = useStatus(selectConnection);
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

export function LostBadge() {
  const dropped = useDropped();
  if (dropped === 0) return null;
  return (
    <span
      className="badge warn"
      title="Ringlens could not keep these events. The span is hatched, and counts that cross it are lower bounds."
    >
      <TriangleAlert aria-hidden="true" />
      {formatCount(dropped)} events lost
    </span>
  );
}

export function TrustBadge() {
  const capabilities = useStatus(selectCapabilities);
  if (!capabilities) return null;
  if (capabilities.kernel) {
    return (
      <span
        className="badge"
        title={[
          `Poll arms are seen through the kernel's tracepoints (${capabilities.kernelBackend}).`,
          ...(capabilities.kernelScope === 'arms' ? ['Wakes and completions are not traced: choose "all" to see them.'] : []),
          ...capabilities.kernelNotes,
        ].join(' ')}
      >
        <Eye aria-hidden="true" />
        Poll arms observed
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
