import { expect, it } from 'vitest';
import { LiveEdge } from './live-edge.ts';

it('goes on with time while nothing happens, and stops when the agent goes', () => {
  const edge = new LiveEdge();
  edge.heard(20_000, 1000);
  edge.known(20_000);
  expect(edge.now(1000)).toBe(20_000);
  // What waits to be taken in may not be quiet.
  expect(edge.now(2500, true)).toBe(20_000);
  const quiet = edge.now(3000);
  expect(quiet).toBeGreaterThan(1.9e9);
  expect(quiet).toBeLessThan(2e9);
  edge.freeze();
  expect(edge.now(9000)).toBe(quiet);
});
