/** Where the window goes to show one event with what it belongs to: the CQEs of its wake, and what is near. */
import { Kind } from '../../../shared/schema/events.ts';
import type { PlaybackClock } from '../canvas/playback-clock.ts';
import type { Feed } from '../feed/feed.ts';
import type { Inspection } from '../feed/inspection.ts';
import type { FilterStore } from '../store/filter.ts';
import type { SelectionStore } from '../store/selection.ts';

/** A window that is shorter shows no more, ns. */
export const LEAST_SPAN = 20e3;
/** Room at either side, of what is shown. */
const MARGIN = 0.1;
/** What of one wake came together, and what only belongs to the same request. */
const together = (kind: number): readonly string[] => {
  if (kind === Kind.wake) return ['cqe'];
  return kind === Kind.complete || kind === Kind.cqe_overflow || kind === Kind.reap ? ['sibling', 'wake'] : [];
};
const near: readonly string[] = ['submit', 'poll_arm', 'wake', 'cqe', 'reap', 'end', 'rearm'];

export interface Extent {
  t0: number;
  t1: number;
}

/** Of the event, its wake and that wake's CQEs; submit, arm and reap if they are near. No shorter than LEAST_SPAN, no longer than `most` (or that). */
export function extentOf({ event, causes }: Pick<Inspection, 'event' | 'causes'>, most: number): Extent {
  let [t0, t1] = [event.t, event.t];
  const take = (t: number): void => {
    t0 = Math.min(t0, t);
    t1 = Math.max(t1, t);
  };
  const ofWake = together(event.kind);
  // A wake that is only concluded may be any; it counts where it is near.
  for (const { relation, observed, t } of causes.links)
    if (ofWake.includes(relation) && (relation !== 'wake' || observed === 'observed')) take(t);
  const room = Math.max(LEAST_SPAN, t1 - t0);
  const [from, to] = [t0 - room, t1 + room];
  for (const link of causes.links) if (near.includes(link.relation) && link.t >= from && link.t <= to) take(link.t);
  const wanted = (t1 - t0) * (1 + 2 * MARGIN);
  const span = Math.max(LEAST_SPAN, Math.min(wanted, most));
  // What has no room is cut on the side that is farther from the event.
  const middle = wanted <= span ? (t0 + t1) / 2 : Math.min(Math.max(event.t, t0 + span / 2), t1 - span / 2);
  return { t0: middle - span / 2, t1: middle + span / 2 };
}

export interface FitContext {
  feed: Pick<Feed, 'inspect' | 'next' | 'picture'>;
  clock: PlaybackClock;
  selection: SelectionStore;
  filter: FilterStore;
}

/** The hit at the cursor, or the nearest before it, or the next; null = there is none that can be gone to. */
async function hitAt({ feed, clock }: FitContext): Promise<Inspection | null> {
  const { cursor, seq } = clock.state.get();
  if (cursor === null) return null;
  const picture = feed.picture.get();
  const isHit = seq !== null && picture?.t1 === cursor && picture.hits?.isHit === true;
  const place = isHit
    ? { seq }
    : ((await feed.next({ t: cursor, seq, what: 'hit', direction: -1 })) ??
      (await feed.next({ t: cursor, seq, what: 'hit', direction: 1 })));
  return place === null ? null : feed.inspect({ seq: place.seq });
}

/** The window goes to the selected event, else to the hit of the filter; resolves with why it can't, or empty. */
export async function fitEvent(context: FitContext): Promise<string> {
  const { clock, selection, filter } = context;
  const { span } = clock.state.get();
  const selected = selection.getState().inspection;
  if (selected === null && filter.getState().filter === null)
    return 'No event is selected, and there is no filter whose hit could be fitted';
  clock.pause();
  const before = clock.state.get();
  const inspection = selected ?? (await hitAt(context));
  if (inspection === null) return 'The filter has no hit that can be gone to';
  // Who went elsewhere meanwhile stays there.
  if (clock.state.get() !== before) return '';
  const { t0, t1 } = extentOf(inspection, span);
  clock.show(t0, t1);
  return '';
}
