/** What follows from a selection, and from a stop of the reactor: the picture goes there, and the panel shows it. */

import type { StopInfo } from '../../../shared/protocol/debug.ts';
import type { PlaybackClock } from '../canvas/playback-clock.ts';
import type { ViewDriver } from '../canvas/view-driver.ts';
import type { Feed } from '../feed/feed.ts';
import type { Inspection } from '../feed/inspection.ts';
import type { Picture } from '../feed/picture.ts';
import { isSameStop, looksOfStop, onStop } from './debugger.ts';
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
  /** The page was opened with a moment to go to: a reactor that stands already does not lead elsewhere. */
  linked?: boolean;
}

/** Returns the function that ends it. */
export function followSelection({ feed, clock, driver, selection, view, linked = false }: FollowSelectionOptions): () => void {
  let closed = false;
  /** Who looks at the loop sees the event light it, and stays there. */
  const turnTo = (rightTab: 'now' | 'event'): void => {
    if (view.getState().rightTab !== 'loop') view.setState({ rightTab });
  };
  /** Ends the wait for the moment of the selected event. */
  let endWait = (): void => {};
  /** Puts the cursor behind the event as soon as its moment is known here: pictures may be behind what the worker has. */
  const seek = ({ event: { t }, seq }: Inspection): void => {
    endWait();
    clock.pause();
    const look = (picture: Picture | null): void => {
      if (picture === null || picture.now < t) return;
      endWait();
      if (selection.getState().inspection?.seq === seq) clock.seekPlace({ t, seq });
    };
    const end = feed.subscribe(look);
    endWait = () => {
      endWait = () => {};
      end();
    };
    look(feed.picture.get());
  };
  /** Shows the event where it is not in sight. */
  const goTo = (inspection: Inspection): void => {
    const { t } = inspection.event;
    const { cursor, span, following } = clock.state.get();
    if (following || cursor === null || t > cursor || t < cursor - span) seek(inspection);
    else endWait();
  };
  /** A stop is told beside the events: those may be behind. Who selects something else meanwhile, or goes on, stays there. */
  const goToStop = async (stop: StopInfo): Promise<void> => {
    const looks = looksOfStop(stop);
    // Told to stop at nothing in particular: the picture goes on and shows how the kernel fills the CQ.
    if (looks === null) return;
    const { query } = selection.getState();
    const isOver = (): boolean => {
      const { debug } = feed.status.get();
      return closed || debug?.stopped !== true || !isSameStop(debug.stop, stop) || selection.getState().query !== query;
    };
    for (;;) {
      // What was selected stays on show until the event is here.
      const found = await feed.inspect(looks);
      if (isOver()) return;
      if (found !== null) {
        selection.setState({ query: looks, inspection: found, problem: '' });
        seek(found);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (isOver()) return;
    }
  };
  /** The event at the cursor when the clock was last heard of: only a step makes it another one. */
  let seqBefore = clock.state.get().seq;
  const ends = [
    selection.subscribe((now, before) => {
      if (now.inspection === before.inspection) {
        if (now.query !== null && before.query === null) turnTo('event');
        return;
      }
      const { inspection } = now;
      driver.selected.set(inspection === null ? null : { t: inspection.event.t, slot: inspection.slot });
      turnTo(inspection === null ? 'now' : 'event');
      if (inspection === null) endWait();
      else goTo(inspection);
    }),
    // Who steps through events with the inspector open sees each.
    clock.state.subscribe(() => {
      const { playing, seq } = clock.state.get();
      const isStep = seq !== seqBefore;
      seqBefore = seq;
      const { query, inspection } = selection.getState();
      const { rightTab } = view.getState();
      const isFollowed = rightTab === 'event' || (rightTab === 'loop' && query !== null);
      if (!isStep || playing || seq === null || !isFollowed) return;
      const isShown = inspection?.seq === seq || (query !== null && 'seq' in query && query.seq === seq);
      if (!isShown) void select(selection, feed, { seq });
    }),
    onStop(feed.status, (stop, isOld) => void (isOld && linked ? undefined : goToStop(stop))),
    () => {
      closed = true;
      endWait();
    },
  ];
  return () => {
    for (const end of ends) end();
  };
}
