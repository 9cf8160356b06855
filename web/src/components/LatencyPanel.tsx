import { Collapsible } from '@base-ui/react/collapsible';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { usePicture, useStatus } from './hooks.ts';
import { barPath, barsOf, LATENCY_BARS, type LatencyRow, latencyRows } from './latency.ts';

const selectPicture = (p: Picture | null) => p;
const selectSession = (s: FeedStatus) => s.session;
const HEIGHT = 14;

function Row({ label, reason, count, countText, p50, p99, max, buckets }: LatencyRow) {
  if (reason !== '') {
    return (
      <li className="latency">
        <span className="latencyName">{label}</span>
        <p className="latencyWhy">not observable from this source: {reason}</p>
      </li>
    );
  }
  return (
    <li className="latency">
      <span className="latencyName">{label}</span>
      <svg className="latencyBars" viewBox={`0 0 ${LATENCY_BARS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={`M0 ${HEIGHT - 0.5}h${LATENCY_BARS}`} stroke="var(--line2)" strokeWidth="1" vectorEffect="non-scaling-stroke" />
        <path d={barPath(barsOf(buckets), HEIGHT)} fill="var(--ink1)" />
      </svg>
      <output aria-label={`${label}, count`} aria-live="off" className="latencyCount">
        {countText}
      </output>
      <dl className="latencyTimes" hidden={count === 0}>
        <div>
          <dt>p50</dt>
          <dd>{p50}</dd>
        </div>
        <div>
          <dt>p99</dt>
          <dd>{p99}</dd>
        </div>
        <div>
          <dt>max</dt>
          <dd>{max}</dd>
        </div>
      </dl>
      {count === 0 && <p className="latencyWhy">none so far</p>}
    </li>
  );
}

/** How long things took since the start, as distributions on one axis. */
export function LatencyPanel() {
  const picture = usePicture(selectPicture);
  const session = useStatus(selectSession);
  const [open, setOpen] = useState(() => !matchMedia('(max-height: 780px)').matches);
  if (picture === null || session === null) return null;
  return (
    <Collapsible.Root render={<section className="latencies" aria-label="Latencies" />} open={open} onOpenChange={setOpen}>
      <Collapsible.Trigger
        className="panelHead foldHead"
        title="Since the start, over all rings; bars from 128 ns to 2 s, each 1.4 times the one before"
      >
        <h2>Latencies</h2>
        <span className="dim">since the start</span>
        <ChevronDown aria-hidden="true" />
      </Collapsible.Trigger>
      <Collapsible.Panel className="latencyRows">
        <ul>{open && latencyRows(picture, session).map((row) => <Row key={row.name} {...row} />)}</ul>
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}
