/** The key of the marks under the time views, drawn as the canvas draws them. */
import type { ReactNode } from 'react';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { usePicture, useStatus } from './hooks.ts';

const selectObserved = (s: FeedStatus) => s.session?.capabilities.kernel ?? false;
const selectFairness = (p: Picture | null) => (p?.totals.fairnessBreaks ?? 0) > 0;
const selectWakes = (s: FeedStatus) => s.session?.capabilities.kernelScope === 'all';

const Item = ({ name, width = 14, children }: { name: string; width?: number; children: ReactNode }) => (
  <li>
    <svg width={width} height="18" viewBox={`0 0 ${width} 18`} aria-hidden="true">
      {children}
    </svg>
    {name}
  </li>
);

export function Legend() {
  const observed = useStatus(selectObserved);
  const fairness = usePicture(selectFairness);
  const wakesSeen = useStatus(selectWakes);
  return (
    <ul className="legend" aria-label="Key of the marks">
      <Item name="Submit">
        <path d="M3.8 4.4l6.9 4.6-6.9 4.6z" fill="var(--bg0)" stroke="var(--ink0)" strokeWidth="1.5" strokeLinejoin="round" />
      </Item>
      <Item name={observed ? 'Poll arm, armed' : 'Armed, poll arm inferred'} width={30}>
        <rect x="5" y="8" width="23" height="6" fill="var(--armBand)" />
        <path d="M5 13h23" stroke="var(--arm)" strokeWidth="2" strokeDasharray={observed ? undefined : '4 2.5'} />
        <path d="M5 5v9" stroke="var(--arm)" strokeWidth="1.8" strokeDasharray={observed ? undefined : '3 2.5'} />
        <circle cx="5" cy="5" r="3" fill={observed ? 'var(--arm)' : 'var(--bg0)'} stroke="var(--arm)" strokeWidth="1.8" />
      </Item>
      {wakesSeen && (
        <Item name="Wake">
          <path d="M7 5l4.2 6.3H2.8z" fill="var(--ink0)" />
        </Item>
      )}
      {wakesSeen && fairness && (
        <Item name="Fairness">
          <path d="M7 5.5l3.7 5.5H3.3z" fill="none" stroke="var(--ink0)" />
        </Item>
      )}
      <Item name="CQE">
        <path d="M3 4h3v11H3zM9 9h3v6H9z" fill="var(--data)" />
      </Item>
      <Item name="NONEMPTY" width={18}>
        <path d="M2 4h3v11H2zM13 4h3v11h-3z" fill="var(--data)" />
        <path d="M3 5h12" stroke="var(--data)" strokeWidth="1.6" />
      </Item>
      <Item name="ENOBUFS">
        <path d="M7 3.6l5.4 5.4L7 14.4 1.6 9z" fill="var(--end)" stroke="var(--ink0)" strokeWidth="1.1" />
      </Item>
      <Item name="Not armed" width={24}>
        <rect x="0" y="6" width="22" height="7" fill="var(--endWash)" />
        <path d="M0 13l7-7M6 13l7-7M12 13l7-7M18 13l4-4" stroke="var(--end)" strokeWidth="1.6" />
      </Item>
      <Item name="Peer closed">
        <path d="M7 3v12" stroke="var(--ink0)" strokeWidth="3.2" />
        <path d="M3 3h8v4H3z" fill="var(--ink0)" />
      </Item>
    </ul>
  );
}
