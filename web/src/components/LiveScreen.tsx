/** The Live screen: left what you set, middle what happened, right what is true now. */
import { useStore } from 'zustand';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { BuffersPanel } from '../lenses/buffers/index.ts';
import { TimeViews } from '../lenses/TimeViews.tsx';
import { type ViewState, viewStore } from '../store/view.ts';
import { CounterStrip } from './CounterStrip.tsx';
import { CqeStream } from './CqeStream.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { usePicture, useStatus } from './hooks.ts';
import { Legend } from './Legend.tsx';
import { SqePanel } from './SqePanel.tsx';
import { StateBanner } from './StateBanner.tsx';
import { useServices } from './services.ts';
import { Transport } from './Transport.tsx';
import { WorkloadPanel } from './WorkloadPanel.tsx';

const selectGone = (s: FeedStatus) => s.connection.state === 'gone' || s.connection.state === 'reload';
const selectAny = (p: Picture | null) => p !== null;
const selectPresent = (s: ViewState) => s.present;

export function LiveScreen() {
  const { driver } = useServices();
  const gone = useStatus(selectGone);
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
        {!present && (
          <aside className="leftColumn" aria-label="What you set">
            <ErrorBoundary name="Workload">
              <WorkloadPanel />
            </ErrorBoundary>
            <ErrorBoundary name="SQE">
              <SqePanel />
            </ErrorBoundary>
          </aside>
        )}
        <section className="middleColumn" aria-label="What happened">
          <ErrorBoundary name="State">
            <StateBanner />
          </ErrorBoundary>
          <div className="timeViews" hidden={!anything}>
            <ErrorBoundary name="Time views">
              <TimeViews driver={driver} />
            </ErrorBoundary>
          </div>
          {anything && <Legend />}
        </section>
        <aside className="rightColumn" aria-label="What is true now">
          <ErrorBoundary name="Buffers">
            <BuffersPanel driver={driver} />
          </ErrorBoundary>
          <ErrorBoundary name="CQEs">
            <CqeStream />
          </ErrorBoundary>
        </aside>
      </main>
    </>
  );
}
