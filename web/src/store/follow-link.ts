/**
 * Leads the view where a link points. Of a live trace a page has only part of what happened, and takes that in bit by bit: the
 * moment of the link may be a little ahead, or gone. Where it can't be shown a sentence says so, and no other is shown in its place.
 */
import type { PlaybackClock } from '../canvas/playback-clock.ts';
import { formatClock } from '../canvas/time-text.ts';
import type { Feed } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import type { ViewStore } from './view.ts';

export interface LinkMoment {
  /** Right edge and length of the window, ns. */
  t: number;
  span: number;
}

export interface FollowLinkOptions {
  feed: Pick<Feed, 'status' | 'picture' | 'subscribe'>;
  clock: Pick<PlaybackClock, 'state' | 'show'>;
  view: ViewStore;
  /** Its moment is shown. */
  arrived?(): void;
}

/** What has happened is here after that much of a live trace at most: a moment farther ahead has not happened yet, ns. */
const SOON = 10e9;
/** A link has whole nanoseconds, a picture may end between two. */
const ROUNDED = 1;

/**
 * Goes there as soon as it is known; whoever pauses or moves meanwhile stays where they are. Clock and feed are joined
 * before it is called, so that the clock hears of each picture first. Returns the function that ends the wait.
 */
export function followLink({ t, span }: LinkMoment, { feed, clock, view, arrived }: FollowLinkOptions): () => void {
  const began = clock.state.get();
  let end = (): void => {};
  const refuse = (why: string): void => {
    end();
    view.setState({ note: `The link leads to ${formatClock(t)}, ${why}.` });
  };
  const look = ({ oldest, now }: Picture): void => {
    const { playing, cursor } = clock.state.get();
    if (!playing && (began.playing || cursor !== began.cursor)) end();
    else if (t >= oldest - ROUNDED && t <= now + ROUNDED) {
      end();
      clock.show(t - span, t);
      arrived?.();
    } else if (feed.status.get().file !== null) refuse('which is not in this trace');
    else if (t < oldest) refuse('which is no longer kept');
    else if (t - now > SOON) refuse('which has not happened yet');
  };
  end = feed.subscribe(look);
  const picture = feed.picture.get();
  if (picture !== null) look(picture);
  return end;
}
