/** What the lanes show, as a list for screen readers: the newest CQEs and ends, and lanes that are not armed. */
import { useSyncExternalStore } from 'react';
import { SpanKind } from '../../../../shared/timeline/marks.ts';
import type { ViewDriver } from '../../canvas/view-driver.ts';
import { spokenMarks } from './mark-text.ts';

const SPOKEN = 20;

export function LanesList({ driver, className }: { driver: ViewDriver; className?: string }) {
  const picture = useSyncExternalStore(driver.spoken.subscribe, driver.spoken.get);
  if (picture === null) return null;
  const { info, first, marks, spans } = picture.lanes;
  const nameOf = (lane: number): string => info[lane - first]?.name ?? `lane ${lane}`;
  const notArmed: string[] = [];
  for (let i = 0; i < spans.length; i++) {
    if (spans.kind[i] === SpanKind.gap && spans.t1[i] === Number.POSITIVE_INFINITY) notArmed.push(nameOf(spans.lane[i] as number));
  }
  const uncertain = info.filter((lane) => lane.uncertain).map((lane) => lane.name);
  const lines = spokenMarks(marks, nameOf, picture.t1, SPOKEN);
  return (
    <ul className={className} aria-label="Newest marks of the request lanes">
      {notArmed.length > 0 && <li>Not armed now: {notArmed.join(', ')}</li>}
      {uncertain.length > 0 && <li>Uncertain since events were lost: {uncertain.join(', ')}</li>}
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is a window over time, its places are its identity
        <li key={i}>{line}</li>
      ))}
    </ul>
  );
}
