/** The selected event, or how to select one. Of the own workload its buffer can be looked at, as it is now. */
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { recvmsgOut } from '../../../shared/inspect/recvmsg-out.ts';
import type { BufferBytes } from '../../../shared/protocol/debug.ts';
import { Kind } from '../../../shared/schema/events.ts';
import { bidOf } from '../../../shared/schema/uapi.ts';
import { titleOf } from '../commands/registry.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Inspection } from '../feed/inspection.ts';
import { sentenceOf } from '../feed/sentence-of.ts';
import { clearSelection, type SelectionState, select, selectionStore } from '../store/selection.ts';
import { type WorkloadState, workloadStore } from '../store/workload.ts';
import { BufferView } from './BufferView.tsx';
import { useStatus } from './hooks.ts';
import { Inspector } from './inspector/Inspector.tsx';
import { useServices } from './services.ts';

const selectAll = (s: SelectionState) => s;
const selectDebug = (s: FeedStatus) => s.debug;
const selectParams = (s: WorkloadState) => s.params;
/** sockaddr_in: what the own workload asks for where there is no connection. */
const UDP_NAME_BYTES = 16;

/** The buffer of a CQE of the own workload; what is in it now is of that CQE only while it is held by it. */
function Content({ inspection }: { inspection: Inspection }) {
  const { feed } = useServices();
  const debug = useStatus(selectDebug);
  const params = useStore(workloadStore, selectParams);
  const [content, setContent] = useState<BufferBytes | null>(null);
  const [problem, setProblem] = useState('');
  const { event } = inspection;
  const bid = event.kind === Kind.reap || event.kind === Kind.complete ? bidOf(event.flags) : -1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of another event, or after a step, it is another content
  useEffect(() => {
    setContent(null);
    setProblem('');
    if (bid < 0 || debug === null) return;
    let over = false;
    feed.look(bid).then(
      (bytes) => !over && setContent(bytes),
      (e: unknown) => !over && setProblem(sentenceOf(e)),
    );
    return () => {
      over = true;
    };
  }, [feed, bid, inspection.seq, debug?.stopped, debug?.stop?.cqes]);
  if (bid < 0 || debug === null) return null;
  if (problem !== '') return <p className="dim">{problem}</p>;
  if (content === null) return null;
  const isOurs = content.held && BigInt(content.userData) === event.userData;
  if (!isOurs)
    return (
      <p className="bufferGone dim">
        Buffer {bid} is no longer held for this CQE: what was in it is gone. Stop the reactor to look into a buffer.
      </p>
    );
  const bytes = Uint8Array.from(atob(content.bytes), (c) => c.charCodeAt(0)).subarray(0, content.filled);
  const isHeadered = params?.op === 'recvmsg' && params.mode === 'multishot';
  return (
    <BufferView bid={bid} bytes={bytes} out={isHeadered ? recvmsgOut(bytes, params.transport === 'udp' ? UDP_NAME_BYTES : 0, 0) : null} />
  );
}

export function EventPanel() {
  const { feed, commands, hand } = useServices();
  const { query, inspection, problem } = useStore(selectionStore, selectAll);
  const debug = useStatus(selectDebug);
  if (query === null || inspection === null) {
    const here = commands.byId('event.inspect');
    return (
      <div className="noEvent">
        <h2>{problem === '' ? 'No event selected' : 'Not kept'}</h2>
        <p className="dim">
          {problem === '' ? 'Click a mark, a CQE or a link; ' : `${problem} `}
          <kbd>{here.keys[0]}</kbd> selects the event at the cursor.
        </p>
        <button type="button" className="btn" title={titleOf(here)} onClick={here.run}>
          Event at the cursor
        </button>
      </div>
    );
  }
  const { seq, event, context, causes, loop } = inspection;
  return (
    <div className="eventPanel">
      <div className="eventTools">
        {debug !== null && (
          <button
            type="button"
            className="btn quiet"
            title="A breakpoint at the next event like this"
            onClick={() => hand.breakLike(event)}
          >
            Stop at the next one like this
          </button>
        )}
        <button type="button" className="btn quiet" onClick={() => clearSelection(selectionStore)}>
          Clear
          <kbd>esc</kbd>
        </button>
      </div>
      <Inspector
        seq={seq}
        event={event}
        context={context}
        causes={causes}
        loop={loop}
        onFollow={(to) => void select(selectionStore, feed, { seq: to })}
      />
      <Content inspection={inspection} />
    </div>
  );
}
