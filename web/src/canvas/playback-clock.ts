/**
 * The view's own clock: which moment stands at the right edge of the plots, and how much of the past is left of it. The
 * workload never slows down; slow motion moves the cursor through the kept trace.
 *
 *      oldest kept                 cursor            now
 *     ────┼──────────[==== span ====|]────────────────┼──▶ trace time
 *
 * Pure: wall time comes in through tick(), what is kept through observe().
 */
import type { Place } from '../feed/feed.ts';
import { type Observable, observable } from '../feed/observable.ts';

export const speeds = [0.001, 0.01, 0.1, 1, 10, 100] as const;
export type Speed = (typeof speeds)[number];
export const speedNames: Record<Speed, string> = { 0.001: '1/1000', 0.01: '1/100', 0.1: '1/10', 1: 'Real', 10: '10×', 100: '100×' };
/** Faster than it happened: there has to be a past that is played. */
export const isFast = (speed: Speed): boolean => speed > 1;

/** Length of the window at Real speed, nanoseconds: it always takes 4.8 s of wall time to pass. */
export const REAL_SPAN = 4.8e9;
export const MIN_SPAN = 1e3;
/** Or the whole trace, where that is longer. */
export const MAX_SPAN = 600e9;
export const spanOf = (speed: Speed): number => REAL_SPAN * speed;

export interface ClockState {
  speed: Speed;
  playing: boolean;
  /** The right edge is the newest moment that is known, always. Only at Real speed, or before the first window is full. */
  following: boolean;
  /** Trace time at the right edge, ns; null until anything is known. While following it is the newest known moment. */
  cursor: number | null;
  /** Where several events share the cursor's time: the last one that is shown; null = all of them. */
  seq: number | null;
  /** Length of the window, ns. */
  span: number;
  /** The user zoomed: the span is not the speed's own. */
  zoomed: boolean;
  /** Nanoseconds that were left out because playback fell out of the kept trace; 0 = nothing was. Cleared by the next move of the user. */
  skipped: number;
}

export interface PlaybackClock {
  readonly state: Observable<ClockState>;
  /** Advances by wall time; called once a frame. */
  tick(wallMs: number): void;
  /** What is kept now: oldest and newest moment, and the last one worth seeing (an end by error), if there was one. */
  observe(oldest: number, now: number, interest?: number | null): void;
  setSpeed(speed: Speed): void;
  play(): void;
  pause(): void;
  toggle(): void;
  /** Back to the newest moment, and on with it: at Real speed for good (also from a faster one), in slow motion from there. */
  followNow(): void;
  /** Puts the right edge at `t`; playback pauses. */
  seek(t: number): void;
  /** Puts the right edge behind this event; playback pauses. */
  seekPlace(place: Place): void;
  /** Moves by a part of the window, e.g. -0.25; playback pauses. */
  pan(windows: number): void;
  /** Makes the window `factor` times as long; `anchor` (0 = left edge, 1 = right edge) keeps its moment. */
  zoom(factor: number, anchor: number): void;
  /** The span of the speed again. */
  resetZoom(): void;
  /** Shows exactly this window. */
  show(t0: number, t1: number): void;
}

/** Part of the window that slow motion begins before the moment worth seeing. */
const LEAD = 0.1;
/** Trace time that the first slow motion waits for such a moment, ns. */
const PATIENCE = 1.5e9;

const clamp = (v: number, lo: number, hi: number): number => Math.min(hi, Math.max(lo, v));

export interface ClockOptions {
  /** The trace has an end and goes on no longer: it is played from its beginning, and stops where it ends. */
  recorded?: boolean;
}

export function createPlaybackClock(speed: Speed = 0.01, { recorded = false }: ClockOptions = {}): PlaybackClock {
  const state = observable<ClockState>({
    speed,
    playing: true,
    following: !recorded,
    cursor: null,
    seq: null,
    span: spanOf(speed),
    zoomed: false,
    skipped: 0,
  });
  let oldest = 0;
  let now: number | null = null;
  let interest: number | null = null;
  let first = true;

  const change = (part: Partial<ClockState>): void => state.set({ ...state.get(), ...part });
  /** A trace of hours can be seen as a whole. */
  const longest = (): number => Math.max(MAX_SPAN, now === null ? 0 : now - oldest);
  /** Once all that is past has been played, nothing goes faster than it happens. */
  const notFaster = ({ speed: s, span, zoomed }: ClockState): Partial<ClockState> =>
    isFast(s) ? { speed: 1, span: zoomed ? span : spanOf(1) } : {};
  const moveTo = (t: number, part: Partial<ClockState>): void => {
    if (now === null) return;
    change({ following: false, seq: null, skipped: 0, ...part, cursor: clamp(t, Math.min(oldest, now), now) });
  };

  /** Slow motion begins as soon as one window is there to be shown. */
  const leaveTheEdge = (): void => {
    const s = state.get();
    if (now === null || !s.following || s.speed >= 1 || !s.playing || now - oldest < s.span) return;
    let cursor = Math.max(s.cursor ?? now, oldest + s.span);
    if (first) {
      // A newcomer gets to see something: the page opens a little before an end by error, where one comes soon.
      if (interest !== null && interest > oldest) cursor = Math.min(now, Math.max(oldest + s.span / 2, interest - s.span * LEAD));
      else if (now - oldest < s.span + PATIENCE) return;
    }
    first = false;
    change({ following: false, cursor });
  };

  return {
    state,
    observe(oldestKept, newest, lastInterest = null) {
      interest = lastInterest;
      oldest = oldestKept;
      now = newest;
      const s = state.get();
      if (s.following) {
        if (s.playing || s.cursor === null) change({ cursor: newest, seq: null });
        leaveTheEdge();
        return;
      }
      const cursor = s.cursor ?? (recorded ? Math.min(newest, oldestKept + s.span) : newest);
      if (s.cursor === null) change({ cursor });
      else if (cursor > newest) change({ cursor: newest, seq: null });
      else if (cursor < oldestKept) {
        // Fell out of the kept trace: go on with one window of what is kept.
        const to = Math.min(newest, oldestKept + s.span);
        change({ cursor: to, seq: null, skipped: s.skipped + (to - cursor) });
      }
    },
    tick(wallMs) {
      const s = state.get();
      if (!s.playing || s.following || s.cursor === null || now === null || wallMs <= 0) return;
      const cursor = Math.min(now, s.cursor + wallMs * 1e6 * s.speed);
      if (cursor !== s.cursor || s.seq !== null) change({ cursor, seq: null });
      if (cursor < now) return;
      if (recorded) change({ playing: false });
      else if (isFast(s.speed)) change({ ...notFaster(s), following: true });
    },
    setSpeed(next) {
      first = false;
      const s = state.get();
      const atNow = now !== null && s.cursor !== null && now - s.cursor < 1e6;
      const following = s.following || (!recorded && next === 1 && s.playing && atNow);
      change({ speed: next, span: spanOf(next), zoomed: false, following, skipped: 0 });
      leaveTheEdge();
    },
    play() {
      const { cursor, span } = state.get();
      const again = recorded && now !== null && cursor !== null && cursor >= now;
      change({ playing: true, skipped: 0, ...(again ? { cursor: Math.min(now as number, oldest + span), seq: null } : {}) });
      leaveTheEdge();
    },
    pause() {
      // Whoever followed stays where the picture stopped.
      change({ playing: false, following: false });
    },
    toggle() {
      if (state.get().playing) this.pause();
      else this.play();
    },
    followNow() {
      first = false;
      if (recorded) {
        if (now !== null) moveTo(now, { playing: false });
        return;
      }
      change({ ...notFaster(state.get()), playing: true, following: true, cursor: now, seq: null, skipped: 0 });
      leaveTheEdge();
    },
    seek(t) {
      moveTo(t, { playing: false });
    },
    seekPlace(place) {
      moveTo(place.t, { playing: false, seq: place.seq });
    },
    pan(windows) {
      const s = state.get();
      if (s.cursor !== null) moveTo(s.cursor + windows * s.span, { playing: false });
    },
    zoom(factor, anchor) {
      const s = state.get();
      const span = clamp(s.span * factor, MIN_SPAN, longest());
      if (s.cursor === null || s.following) {
        change({ span, zoomed: true });
        return;
      }
      const fixed = s.cursor - s.span * (1 - anchor);
      moveTo(fixed + span * (1 - anchor), { span, zoomed: true });
    },
    resetZoom() {
      const s = state.get();
      change({ span: spanOf(s.speed), zoomed: false });
    },
    show(t0, t1) {
      moveTo(t1, { playing: false, span: clamp(t1 - t0, MIN_SPAN, longest()), zoomed: true });
    },
  };
}
