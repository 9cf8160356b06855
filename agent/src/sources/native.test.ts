import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BlockPump } from './native.ts';

it('hands blocks on once a turn of the event loop, however often the doorbell rings', async () => {
  const full = Array.from({ length: 64 }, () => new Uint8Array(1));
  let left = 3;
  let handed = 0;
  const pump = new BlockPump({ onBlocks: () => handed++, onStopped: () => {} }, () => (left-- > 0 ? full : []));
  for (let i = 0; i < 1000; i++) pump.ring();
  expect(handed).toBe(0);
  await turn();
  expect(handed).toBe(1);
  // More waits: each turn takes its part, and a timer or a signal has its place in between.
  for (let i = 0; i < 1000; i++) pump.ring();
  await turn();
  expect(handed).toBe(2);
  await turn();
  await turn();
  expect(handed).toBe(3);
});
