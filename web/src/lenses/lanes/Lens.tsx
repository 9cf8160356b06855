/** What the lanes show, as a list for screen readers: the newest CQEs and ends, and lanes that are not armed. */
import { useSyncExternalStore } from 'react';
import type { ViewDriver } from '../../canvas/view-driver.ts';
import { SpanKind } from '../../feed/picture.ts';
import { spokenMarks } from './mark-text.ts';

const SPOKEN = 20;

export function LanesList({ driver, className }: { driver: ViewDriver; className?: string }) {
  const picture = useSyncExternalStore(driver.calm.subscribe, driver.calm.get);
  if (picture === null) return null;
  const { info, first, marks, spans } = picture.lanes;
  const slotOf = (lane: number): number => info[lane - first]?.slot ?? lane;
  const notArmed: string[] = [];
  for (let i = 0; i < spans.length; i++) {
    if (spans.kind[i] === SpanKind.gap && spans.t1[i] === Number.POSITIVE_INFINITY) notArmed.push(`c${slotOf(spans.lane[i] as number)}`);
  }
  const lines = spokenMarks(marks, slotOf, picture.t1, SPOKEN);
  return (
    <ul className={className} aria-label="Newest marks of the request lanes">
      {notArmed.length > 0 && <li>Not armed now: {notArmed.join(', ')}</li>}
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is a window over time, its places are its identity
        <li key={i}>{line}</li>
      ))}
    </ul>
  );
}
