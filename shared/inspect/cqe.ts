/** Which events show a CQE. The probe's `cqe_overflow` shows none: the reactor saw a bit of the SQ flags. Pure. */
import type { EventRecord } from '../codec/event-table.ts';
import { Kind, Provenance } from '../schema/events.ts';

type Looks = Pick<EventRecord, 'kind' | 'provenance'>;

/** The kernel was seen to post it, or to put it on its overflow list. */
export const isCqeOfKernel = ({ kind, provenance }: Looks): boolean =>
  kind === Kind.complete || (kind === Kind.cqe_overflow && provenance !== Provenance.probe);

/** The same, or the application was seen to reap it. */
export const isCqe = (e: Looks): boolean => e.kind === Kind.reap || isCqeOfKernel(e);
