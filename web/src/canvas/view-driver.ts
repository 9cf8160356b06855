/**
 * Joins clock and feed: every frame the clock moves, a picture of its window is asked for, and what comes back tells the
 * clock what is kept. Holds what all views share for one frame.
 */
import type { Feed, StepTarget } from '../feed/feed.ts';
import { type Observable, observable, type Source, thinned } from '../feed/observable.ts';
import type { Picture, ViewRequest } from '../feed/picture.ts';
import type { PlaybackClock } from './playback-clock.ts';
import { type FrameLoop, frames } from './raf.ts';

/** The mark under the pointer, so that all views can show the same thing. A part that is not known is null. */
export interface Highlight {
  slot: number | null;
  t: number | null;
  bid: number | null;
}

/** The selected event, where it stands. */
export interface Selected {
  t: number;
  /** Slot of its lane; -1 = it has none. */
  slot: number;
}

export interface Viewport {
  width: number;
  firstLane: number;
  laneCount: number;
}

export interface Choice {
  ring: number | null;
  group: number | null;
}

/** The kernel's loop, as the page shows it. */
export interface LoopView {
  /** Somebody sees it: pictures bring what is lit. */
  open: boolean;
  /** Of the lane of the selected event (all, where none is selected), of all lanes, or of this slot. */
  lane: 'selected' | 'all' | number;
}

export interface ViewDriver {
  readonly feed: Feed;
  readonly clock: PlaybackClock;
  readonly picture: Observable<Picture | null>;
  /** The same at most 8 times a second, or 20 while the user steps: for DOM. The last one always comes. */
  readonly calm: Observable<Picture | null>;
  /** The same at most twice a second: for what is read aloud. Its list of lines costs some ms, and nobody listens faster. */
  readonly spoken: Observable<Picture | null>;
  readonly highlight: Source<Highlight | null>;
  /** Whoever selects puts it here, so that the views can mark it. */
  readonly selected: Source<Selected | null>;
  /** The lane at the top edge, with a fraction; TimeViews holds it inside the lanes there are. */
  readonly laneOffset: Source<number>;
  scrollLanes(by: number): void;
  /** The ring and group that are looked at; null = all rings, the first group. */
  readonly choice: Observable<Choice>;
  choose(choice: Choice): void;
  readonly loopView: Observable<LoopView>;
  setLoopView(part: Partial<LoopView>): void;
  setViewport(viewport: Viewport): void;
  setCqeRows(rows: number): void;
  /** Pauses and moves to the next or previous place; false when there is none. */
  step(what: StepTarget, direction: 1 | -1): Promise<boolean>;
  /** Shows all that is kept. */
  fit(): void;
  close(): void;
}

const CALM_MS = 125;
const SPOKEN_MS = 500;
/** Between two steps: whoever steps reads the list. */
const HURRY_MS = 50;
/** A frame that took longer (a hidden tab) does not move the cursor by all of it. */
const MAX_FRAME_MS = 250;

export function createViewDriver(
  feed: Feed,
  clock: PlaybackClock,
  loop: FrameLoop = frames,
  wallMs: () => number = () => performance.now(),
): ViewDriver {
  const calm = observable<Picture | null>(null);
  const spoken = thinned(calm, SPOKEN_MS);
  const laneOffset = observable(0);
  const highlight = observable<Highlight | null>(null);
  const selected = observable<Selected | null>(null);
  const choice = observable<Choice>({ ring: null, group: null });
  const loopView = observable<LoopView>({ open: false, lane: 'selected' });
  /** What was chosen is of one session. */
  let session = feed.status.get().session?.id;
  const endStatus = feed.status.subscribe(() => {
    const now = feed.status.get().session?.id;
    if (now !== undefined && session !== undefined && now !== session) {
      choice.set({ ring: null, group: null });
      loopView.set({ ...loopView.get(), lane: 'selected' });
    }
    session = now ?? session;
  });
  let viewport: Viewport = { width: 600, firstLane: 0, laneCount: 16 };
  let cqeRows = 40;
  let lastMs = -1;
  let calmAtMs = Number.NEGATIVE_INFINITY;
  let hurry = true;
  /** The newest step, under way or done. */
  let steps: Promise<boolean> = Promise.resolve(true);
  let closed = false;

  const loopSlot = (): number | null => {
    const { lane } = loopView.get();
    const slot = lane === 'selected' ? (selected.get()?.slot ?? -1) : lane;
    return slot === 'all' || slot < 0 ? null : slot;
  };
  const request = (): ViewRequest => {
    const { cursor, seq, span, following } = clock.state.get();
    const at = { cursor: following ? null : cursor, seq: following ? null : seq, span };
    return { ...at, cqeRows, ...choice.get(), ...viewport, loop: loopView.get().open, loopSlot: loopSlot() };
  };

  const frame = (ms: number): void => {
    if (closed) return;
    clock.tick(lastMs < 0 ? 0 : Math.min(MAX_FRAME_MS, ms - lastMs));
    lastMs = ms;
    feed.view(request());
    if (clock.state.get().playing) loop.request(frame);
    else lastMs = -1;
  };

  /** The newest picture that `calm` has not shown. */
  let late: Picture | null = null;
  const publish = (picture: Picture): void => {
    hurry = false;
    late = null;
    calmAtMs = wallMs();
    calm.set(picture);
  };
  /** Nothing may follow a picture that came too soon: it is shown when its time has come. */
  const trail = (): void => {
    if (late === null || closed) return;
    if (wallMs() - calmAtMs >= (hurry ? HURRY_MS : CALM_MS)) publish(late);
    else loop.request(trail);
  };

  const endPictures = feed.subscribe((picture) => {
    clock.observe(picture.oldest, picture.now, picture.lastEnd?.t ?? null);
    if (wallMs() - calmAtMs >= (hurry ? HURRY_MS : CALM_MS)) {
      publish(picture);
      return;
    }
    late = picture;
    loop.request(trail);
  });

  /** A picture that stands is asked for again, since hits are marked in it. */
  const endHits = feed.hits.subscribe(() => {
    if (clock.state.get().playing) return;
    hurry = true;
    loop.request(frame);
  });

  const endSelected = selected.subscribe(() => {
    if (!loopView.get().open) return;
    hurry = true;
    loop.request(frame);
  });

  let moved = clock.state.get();
  const endClock = clock.state.subscribe(() => {
    const s = clock.state.get();
    if (s.seq !== null || s.speed !== moved.speed || s.playing !== moved.playing) hurry = true;
    // Who pans sees the canvases follow at each frame. A picture that is asked for now is there for the next one.
    if (!s.playing) feed.view(request());
    else if (s.speed !== moved.speed || !moved.playing || s.span !== moved.span) loop.request(frame);
    moved = s;
  });
  loop.request(frame);

  return {
    feed,
    clock,
    picture: feed.picture,
    calm,
    spoken: spoken.values,
    highlight,
    selected,
    laneOffset,
    scrollLanes(by) {
      laneOffset.set(Math.max(0, Math.round(laneOffset.get()) + by));
    },
    choice,
    choose(next) {
      choice.set(next);
      laneOffset.set(0);
      hurry = true;
      loop.request(frame);
    },
    loopView,
    setLoopView(part) {
      loopView.set({ ...loopView.get(), ...part });
      hurry = true;
      loop.request(frame);
    },
    setViewport(next) {
      if (next.width === viewport.width && next.firstLane === viewport.firstLane && next.laneCount === viewport.laneCount) return;
      viewport = next;
      loop.request(frame);
    },
    setCqeRows(rows) {
      if (rows === cqeRows) return;
      cqeRows = rows;
      hurry = true;
      loop.request(frame);
    },
    fit() {
      const picture = feed.picture.get();
      if (picture !== null) clock.show(picture.oldest, picture.now);
    },
    async step(what, direction) {
      if (clock.state.get().cursor === null) return false;
      clock.pause();
      // One after the other: each begins where the one before ended.
      const step = steps.then(async () => {
        const { cursor, seq, playing } = clock.state.get();
        if (cursor === null) return false;
        if (playing) return true;
        const place = await feed.next({ t: cursor, seq, what, direction });
        if (place === null) return false;
        // Who went elsewhere meanwhile stays there.
        const now = clock.state.get();
        if (!now.playing && now.cursor === cursor && now.seq === seq) clock.seekPlace(place);
        return true;
      });
      steps = step.catch(() => false);
      return step;
    },
    close() {
      closed = true;
      spoken.close();
      loop.cancel(frame);
      loop.cancel(trail);
      endPictures();
      endHits();
      endSelected();
      endClock();
      endStatus();
    },
  };
}
