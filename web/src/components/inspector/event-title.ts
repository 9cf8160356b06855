/** What an event is called at the head of a panel. Pure. */
import type { EventRecord } from '../../../../shared/codec/event-table.ts';
import { isCqe } from '../../../../shared/inspect/cqe.ts';
import { Kind, kindName } from '../../../../shared/schema/events.ts';

type Looks = Pick<EventRecord, 'kind' | 'provenance'>;

/** "CQE", "Poll arm": what stands in front of the number. */
export function eventTitle(e: Looks): string {
  if (isCqe(e)) return e.kind === Kind.reap ? 'Reaped CQE' : 'CQE';
  const name = (kindName(e.kind) ?? `kind ${e.kind}`).replaceAll('_', ' ');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
