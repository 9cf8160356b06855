/** What an event is called at the head of a panel. Pure. */
import type { EventRecord } from '../../../../shared/codec/event-table.ts';
import { Kind, kindName, Provenance } from '../../../../shared/schema/events.ts';

type Looks = Pick<EventRecord, 'kind' | 'provenance'>;

export const isCqe = ({ kind, provenance }: Looks): boolean =>
  kind === Kind.complete || kind === Kind.reap || (kind === Kind.cqe_overflow && provenance !== Provenance.probe);

/** "CQE", "Poll arm": what stands in front of the number. */
export function eventTitle(e: Looks): string {
  if (isCqe(e)) return e.kind === Kind.reap ? 'Reaped CQE' : 'CQE';
  const name = (kindName(e.kind) ?? `kind ${e.kind}`).replaceAll('_', ' ');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
