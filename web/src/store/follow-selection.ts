/** What follows from a selection, and from a stop of the reactor: the picture goes there, and the panel shows it. */

import type { StopInfo } from '../../../shared/protocol/debug.ts';
import type { PlaybackClock } from '../canvas/playback-clock.ts';
import type { ViewDriver } from '../canvas/view-driver.ts';
import type { Feed } from '../feed/feed.ts';
import type { Inspection } from '../feed/inspection.ts';
import type { Picture } from '../feed/picture.ts';
import { looksOfStop, onStop } from './debugger.ts';
import { type SelectionStore, select } from './selection.ts';
import type { ViewStore } from './view.ts';

/** Until the events of a stop are here, ms. */
const RETRY_MS = 40;

export interface FollowSelectionOptions {
  feed: Feed;
  clock: PlaybackClock;
  driver: Pick<ViewDriver, 'selected'>;
  selection: SelectionStore;
  view: ViewStore;
}

/** Returns the function that ends it. */
export function followSelection({ feed, clock, driver, selection, view }: FollowSelectionOptions): () => void {
  let closed = false;
  /** Who looks at the loop sees the event light it, and stays there. */
  const turnTo = (rightTab: 'now' | 'event'): void => {
    if (view.getState().rightTab !== 'loop') view.setState({ rightTab });
  };
  /** Shows the event as soon as its moment is known here: the cursor is at it where it was not in sight. */
  const goTo = ({ event: { t }, seq }: Inspection): void => {
    const { cursor, span, following } = clock.state.get();
    if (!following && cursor !== null && t <= cursor && t >= cursor - span) return;
    clock.pause();
    let end = (): void => {};
    const look = (picture: Picture | null): void => {
      if (picture === null || picture.now < t) return;
      end();
      if (selection.getState().inspection?.seq === seq) clock.seekPlace({ t, seq });
    };
    end = feed.subscribe(look);
    look(feed.picture.get());
  };
  /** A stop is told beside the events: those may be behind. */
  const goToStop = async (stop: StopInfo): Promise<void> => {
    const looks = looksOfStop(stop);
    // Told to stop at nothing in particular: the picture goes on and shows how the kernel fills the CQ.
    if (looks === null) return;
    for (;;) {
      if (closed || feed.status.get().debug?.stop?.cqes !== stop.cqes) return;
      const found = await select(selection, feed, looks);
      if (found !== null) {
        clock.pause();
        clock.seekPlace({ t: found.event.t, seq: found.seq });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  const ends = [
    selection.subscribe((now, before) => {
      if (now.inspection === before.inspection) {
        if (now.query !== null && before.query === null) turnTo('event');
        return;
      }
      const { inspection } = now;
      driver.selected.set(inspection === null ? null : { t: inspection.event.t, slot: inspection.slot });
      turnTo(inspection === null ? 'now' : 'event');
      if (inspection !== null) goTo(inspection);
    }),
    // Who steps through events with the inspector open sees each.
    clock.state.subscribe(() => {
      const { playing, seq } = clock.state.get();
      const { query, inspection } = selection.getState();
      const { rightTab } = view.getState();
      if (playing || seq === null || (rightTab !== 'event' && (rightTab !== 'loop' || query === null))) return;
      const isShown = inspection?.seq === seq || (query !== null && 'seq' in query && query.seq === seq);
      if (!isShown) void select(selection, feed, { seq });
    }),
    onStop(feed.status, (stop) => void goToStop(stop)),
    () => {
      closed = true;
    },
  ];
  return () => {
    for (const end of ends) end();
  };
}
