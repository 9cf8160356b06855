/** The Live screen: left what you set (or, of another process, what you look at), middle what happened, right what is true now. */
import { useCallback } from 'react';
import { useStore } from 'zustand';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { BuffersPanel } from '../lenses/buffers/index.ts';
import { Minimap } from '../lenses/minimap/Minimap.tsx';
import { type Picked, TimeViews } from '../lenses/TimeViews.tsx';
import { debuggerStore } from '../store/debugger.ts';
import { select, selectionStore } from '../store/selection.ts';
import { type ViewState, viewStore } from '../store/view.ts';
import { CounterStrip } from './CounterStrip.tsx';
import { CqeStream } from './CqeStream.tsx';
import { DebuggerPanel } from './DebuggerPanel.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { EventPanel } from './EventPanel.tsx';
import { FilterBar } from './FilterBar.tsx';
import { usePicture, useStatus } from './hooks.ts';
import { LatencyPanel } from './LatencyPanel.tsx';
import { Legend } from './Legend.tsx';
import { LoopPanel } from './LoopPanel.tsx';
import { NotesPanel } from './NotesPanel.tsx';
import { PanelTabs } from './PanelTabs.tsx';
import { SqePanel } from './SqePanel.tsx';
import { StateBanner } from './StateBanner.tsx';
import { useServices } from './services.ts';
import { isForeignSession } from './session-words.ts';
import { NotObservable, TargetPanel } from './TargetPanel.tsx';
import { TracePanel } from './TracePanel.tsx';
import { Transport } from './Transport.tsx';
import { WorkloadPanel } from './WorkloadPanel.tsx';

const selectGone = (s: FeedStatus) => s.connection.state === 'gone' || s.connection.state === 'reload';
const selectForeign = (s: FeedStatus) => isForeignSession(s.session);
const selectRecorded = (s: FeedStatus) => s.file !== null;
const selectAny = (p: Picture | null) => p !== null;
const selectLeftTab = (s: ViewState) => s.leftTab;
const selectRightTab = (s: ViewState) => s.rightTab;
const selectPresent = (s: ViewState) => s.present;

function WorkloadColumn() {
  const tab = useStore(viewStore, selectLeftTab);
  return (
    <aside className="leftColumn" aria-label="What you set">
      <PanelTabs
        label="What you set"
        value={tab}
        tabs={{ workload: 'Workload', debugger: 'Debugger' }}
        onChange={(leftTab) => viewStore.setState({ leftTab })}
      >
        {tab === 'workload' ? (
          <ErrorBoundary name="Workload">
            <WorkloadPanel />
          </ErrorBoundary>
        ) : (
          <ErrorBoundary name="Debugger">
            <DebuggerPanel />
          </ErrorBoundary>
        )}
      </PanelTabs>
      <ErrorBoundary name="Notes">
        <NotesPanel />
      </ErrorBoundary>
      <ErrorBoundary name="Latencies">
        <LatencyPanel />
      </ErrorBoundary>
      <ErrorBoundary name="SQE">
        <SqePanel />
      </ErrorBoundary>
    </aside>
  );
}

/** A recorded trace: what it is, then what a live one shows below its controls. */
function TraceColumn({ foreign }: { foreign: boolean }) {
  return (
    <aside className="leftColumn" aria-label="What you look at">
      <ErrorBoundary name="Trace">
        <TracePanel />
      </ErrorBoundary>
      {foreign && (
        <ErrorBoundary name="Process">
          <TargetPanel />
        </ErrorBoundary>
      )}
      <ErrorBoundary name="Notes">
        <NotesPanel />
      </ErrorBoundary>
      <ErrorBoundary name="Latencies">
        <LatencyPanel />
      </ErrorBoundary>
      <ErrorBoundary name={foreign ? 'Not observable' : 'SQE'}>{foreign ? <NotObservable /> : <SqePanel />}</ErrorBoundary>
    </aside>
  );
}

/** Another process: there is nothing to set. */
function ProcessColumn() {
  return (
    <aside className="leftColumn" aria-label="What you look at">
      <ErrorBoundary name="Process">
        <TargetPanel />
      </ErrorBoundary>
      <ErrorBoundary name="Notes">
        <NotesPanel />
      </ErrorBoundary>
      <ErrorBoundary name="Latencies">
        <LatencyPanel />
      </ErrorBoundary>
      <ErrorBoundary name="Not observable">
        <NotObservable />
      </ErrorBoundary>
    </aside>
  );
}

const pickBid = (bid: number): void => debuggerStore.setState({ bid });

/** What is true now, the selected event, or the kernel's loop. */
function RightColumn() {
  const { driver } = useServices();
  const tab = useStore(viewStore, selectRightTab);
  return (
    <PanelTabs
      label="What is true now"
      value={tab}
      tabs={{ now: 'Now', event: 'Event', loop: 'Loop' }}
      onChange={(rightTab) => viewStore.setState({ rightTab })}
    >
      {tab === 'event' ? (
        <ErrorBoundary name="Event">
          <EventPanel />
        </ErrorBoundary>
      ) : tab === 'loop' ? (
        <ErrorBoundary name="Loop">
          <LoopPanel />
        </ErrorBoundary>
      ) : (
        <>
          <ErrorBoundary name="Buffers">
            <BuffersPanel driver={driver} onPick={pickBid} />
          </ErrorBoundary>
          <ErrorBoundary name="CQEs">
            <CqeStream />
          </ErrorBoundary>
        </>
      )}
    </PanelTabs>
  );
}

export function LiveScreen() {
  const { driver, feed } = useServices();
  const pick = useCallback(
    ({ slot, looks }: Picked) => {
      debuggerStore.setState({ conn: slot });
      if (looks !== null) void select(selectionStore, feed, looks);
    },
    [feed],
  );
  const gone = useStatus(selectGone);
  const foreign = useStatus(selectForeign);
  const recorded = useStatus(selectRecorded);
  const anything = usePicture(selectAny);
  const present = useStore(viewStore, selectPresent);
  return (
    <>
      <ErrorBoundary name="Transport">
        <Transport />
      </ErrorBoundary>
      <ErrorBoundary name="Counters">
        <CounterStrip />
      </ErrorBoundary>
      <main className={gone ? 'columns gone' : 'columns'}>
        {!present && (recorded ? <TraceColumn foreign={foreign} /> : foreign ? <ProcessColumn /> : <WorkloadColumn />)}
        <section className="middleColumn" aria-label="What happened">
          <ErrorBoundary name="State">
            <StateBanner />
          </ErrorBoundary>
          {anything && (
            <ErrorBoundary name="Filter">
              <FilterBar />
            </ErrorBoundary>
          )}
          {anything && (
            <ErrorBoundary name="Minimap">
              <Minimap driver={driver} />
            </ErrorBoundary>
          )}
          <div className="timeViews" hidden={!anything}>
            <ErrorBoundary name="Time views">
              <TimeViews driver={driver} onPick={pick} />
            </ErrorBoundary>
          </div>
          {anything && <Legend />}
        </section>
        <aside className="rightColumn" aria-label="What is true now">
          <RightColumn />
        </aside>
      </main>
    </>
  );
}
