import { describe, expect, it } from 'vitest';
import { LiveEdge } from './live-edge.ts';

/** Blocks every 10 ms of trace from wall `from` to `to`, each `lateMs` late; trace time 0 is wall 0. */
function hear(edge: LiveEdge, from: number, to: number, lateMs: number): void {
  for (let ms = from; ms <= to; ms += 10) {
    edge.heard((ms - lateMs) * 1e6, ms);
    edge.known((ms - lateMs) * 1e6);
  }
}

describe('live edge', () => {
  it('is the newest event while blocks come, and goes on in silence', () => {
    const edge = new LiveEdge();
    hear(edge, 100, 1000, 2);
    expect(edge.now(1005)).toBe(998e6);
    expect(edge.now(1200) / 1e6).toBeCloseTo(1138, 0);
  });

  it('does not take for quiet what may only be late', () => {
    const edge = new LiveEdge();
    hear(edge, 100, 1000, 2);
    hear(edge, 1010, 2000, 500);
    expect(edge.now(2300) / 1e6).toBeCloseTo(1800, 0);
    // Long after, the delay is forgotten.
    expect(edge.now(7000)).toBeGreaterThan(6.9e9);
  });

  it('stands still while the agent answers slowly, is gone or the queue is long, and never goes back', () => {
    const edge = new LiveEdge();
    hear(edge, 100, 1000, 2);
    const before = edge.now(2000);
    edge.linkSlow(true);
    expect(edge.now(3000)).toBe(before);
    edge.linkSlow(false);
    expect(edge.now(4000, true)).toBe(before);
    expect(edge.now(4000)).toBeGreaterThan(before);
    edge.freeze();
    expect(edge.now(9000)).toBe(edge.now(4000));
  });
});
