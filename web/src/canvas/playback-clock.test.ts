import { describe, expect, it } from 'vitest';
import { createPlaybackClock, REAL_SPAN, type Speed } from './playback-clock.ts';

/** Past its opening. */
const clockAt = (speed: Speed, oldest: number, now: number) => {
  const clock = createPlaybackClock(speed);
  clock.setSpeed(speed);
  clock.observe(oldest, now);
  return clock;
};

describe('playback clock', () => {
  it('follows now at real speed', () => {
    const clock = clockAt(1, 0, 1e9);
    clock.tick(16);
    clock.observe(0, 2e9);
    expect(clock.state.get()).toMatchObject({ following: true, cursor: 2e9, span: REAL_SPAN });
  });

  it('starts slow motion as soon as one window is there', () => {
    const clock = clockAt(1, 0, 1e6);
    clock.setSpeed(0.01);
    expect(clock.state.get().following).toBe(true);
    clock.observe(0, 50e6);
    expect(clock.state.get()).toMatchObject({ following: false, cursor: 50e6, span: 48e6 });
  });

  it('opens a little before an end by error, and waits for one only so long', () => {
    const clock = createPlaybackClock(0.01);
    clock.observe(0, 100e6);
    expect(clock.state.get()).toMatchObject({ following: true, cursor: 100e6 });
    clock.observe(0, 200e6, 190e6);
    expect(clock.state.get()).toMatchObject({ following: false, cursor: 185.2e6 });
    const quiet = createPlaybackClock(0.01);
    quiet.observe(0, 1.5e9);
    expect(quiet.state.get().following).toBe(true);
    quiet.observe(0, 1.6e9);
    expect(quiet.state.get()).toMatchObject({ following: false, cursor: 1.6e9 });
  });

  it('moves by wall time times the speed, and never past now', () => {
    const clock = clockAt(0.01, 0, 50e6);
    clock.observe(0, 1e9);
    clock.tick(1000);
    expect(clock.state.get().cursor).toBe(60e6);
    clock.tick(1e6);
    expect(clock.state.get().cursor).toBe(1e9);
  });

  it('keeps the cursor when the speed changes', () => {
    const clock = clockAt(1, 0, 5e9);
    clock.setSpeed(0.001);
    expect(clock.state.get()).toMatchObject({ cursor: 5e9, following: false, span: 4.8e6 });
    clock.observe(0, 9e9);
    clock.tick(100);
    clock.setSpeed(1);
    expect(clock.state.get()).toMatchObject({ cursor: 5e9 + 1e5, following: false, span: REAL_SPAN });
  });

  it('jumps to what is kept when playback falls out of it, and says so', () => {
    const clock = clockAt(0.01, 0, 50e6);
    clock.observe(0, 1e9);
    clock.observe(500e6, 2e9);
    expect(clock.state.get()).toMatchObject({ cursor: 548e6, skipped: 498e6 });
    clock.pause();
    clock.play();
    expect(clock.state.get().skipped).toBe(0);
  });

  it('stays where it is paused, also while the trace goes on', () => {
    const clock = clockAt(1, 0, 5e9);
    clock.toggle();
    clock.observe(0, 8e9);
    clock.tick(1000);
    expect(clock.state.get()).toMatchObject({ playing: false, cursor: 5e9 });
    clock.followNow();
    expect(clock.state.get()).toMatchObject({ playing: true, following: true, cursor: 8e9 });
  });

  it('zooms around the anchor and pans by windows', () => {
    const clock = clockAt(0.01, 0, 1e9);
    clock.seek(500e6);
    clock.zoom(0.5, 0);
    // The left edge stays: 500 − 48 ms.
    expect(clock.state.get()).toMatchObject({ cursor: 476e6, span: 24e6, zoomed: true });
    clock.pan(-0.5);
    expect(clock.state.get().cursor).toBe(464e6);
    clock.resetZoom();
    expect(clock.state.get().span).toBe(48e6);
    clock.show(100e6, 101e6);
    expect(clock.state.get()).toMatchObject({ cursor: 101e6, span: 1e6, playing: false });
    clock.pan(1e9);
    expect(clock.state.get().cursor).toBe(1e9);
  });

  it('plays the past faster than it was, and goes on with now at real speed', () => {
    const clock = clockAt(1, 0, 600e9);
    clock.seek(580e9);
    clock.setSpeed(100);
    clock.play();
    clock.tick(100);
    expect(clock.state.get()).toMatchObject({ cursor: 590e9, speed: 100, following: false });
    clock.tick(200);
    expect(clock.state.get()).toMatchObject({ cursor: 600e9, speed: 1, span: REAL_SPAN, following: true, playing: true });
    clock.observe(0, 601e9);
    expect(clock.state.get().cursor).toBe(601e9);
  });

  it('goes back to now at real speed, and keeps a window that was zoomed', () => {
    const clock = clockAt(1, 0, 600e9);
    clock.seek(10e9);
    clock.setSpeed(10);
    clock.followNow();
    expect(clock.state.get()).toMatchObject({ speed: 1, span: REAL_SPAN, following: true });
    clock.seek(10e9);
    clock.setSpeed(10);
    clock.zoom(0.5, 1);
    clock.followNow();
    expect(clock.state.get()).toMatchObject({ speed: 1, span: 24e9, zoomed: true });
    clock.setSpeed(0.1);
    clock.followNow();
    expect(clock.state.get().speed).toBe(0.1);
  });

  it('stops at the end of a recorded trace, at the speed that it has', () => {
    const clock = createPlaybackClock(1, { recorded: true });
    clock.observe(0, 60e9);
    clock.seek(50e9);
    clock.setSpeed(100);
    clock.play();
    clock.tick(200);
    expect(clock.state.get()).toMatchObject({ cursor: 60e9, speed: 100, playing: false });
  });

  it('shows the whole of a trace that is longer than its longest window', () => {
    const clock = createPlaybackClock(1, { recorded: true });
    clock.observe(1e9, 3601e9);
    clock.show(1e9, 3601e9);
    expect(clock.state.get()).toMatchObject({ cursor: 3601e9, span: 3600e9 });
    clock.zoom(2, 1);
    expect(clock.state.get().span).toBe(3600e9);
  });

  it('stands behind one event until it moves on', () => {
    const clock = clockAt(0.01, 0, 1e9);
    clock.seekPlace({ t: 300e6, seq: 12 });
    expect(clock.state.get()).toMatchObject({ cursor: 300e6, seq: 12, playing: false });
    clock.play();
    clock.tick(10);
    expect(clock.state.get()).toMatchObject({ seq: null, cursor: 300.1e6 });
  });
});
