import { describe, expect, it } from 'vitest';
import { packBlock } from '../../../shared/codec/block.ts';
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import type { Picture } from './picture.ts';
import { longTrace, requestAt } from './testing.ts';
import { createWorkerCore, MAX_WAITING } from './worker-core.ts';

/** A worker whose deferred work runs when told. */
function handWorker(clock: () => number = () => 0) {
  const tasks: (() => void)[] = [];
  const pictures: (Picture | null)[] = [];
  const troubles: string[] = [];
  const core = createWorkerCore({
    post: (m) => {
      if (m.type === 'picture') pictures.push(m.picture);
      if (m.type === 'trouble') troubles.push(m.message);
    },
    clock,
    defer: (task) => tasks.push(task),
  });
  core.handle({ type: 'session', id: 'one', startNs: '0' });
  const look = (us: number): Picture | null => {
    core.handle({ type: 'view', request: requestAt(us, { span: 1e12 }) });
    return pictures.at(-1) ?? null;
  };
  return { core, tasks, troubles, look };
}

/** `rounds` rounds of 800 events each, as blocks of one round, from `seq` on. */
const table = traceFromText(longTrace(100));
const blockAt = (seq: number): ArrayBuffer => {
  const bytes = packBlock(table, { seq: BigInt(seq * table.length), startNs: BigInt(-seq) * 10_100_000n });
  return bytes.slice().buffer as ArrayBuffer;
};

describe('worker', () => {
  it('answers a view before anything is there', () => {
    const { look } = handWorker();
    expect(look(100)).toBeNull();
  });

  it('has a picture for the first view of a trace that is over: no later block will bring one', () => {
    const { core, look } = handWorker();
    core.handle({ type: 'blocks', bytes: blockAt(0) });
    core.handle({ type: 'gone' });
    expect(look(1e6)?.kept).toBeGreaterThan(0);
  });

  it('takes in blocks by slices, and pictures in between', () => {
    let ms = 0;
    // Each look at the clock costs 5 ms: two blocks fill a slice.
    const { core, tasks, look } = handWorker(() => {
      ms += 5;
      return ms;
    });
    for (let i = 0; i < 6; i++) core.handle({ type: 'blocks', bytes: blockAt(i) });
    expect(tasks.length).toBe(1);
    tasks.shift()?.();
    const early = look(1e6)?.kept ?? 0;
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(6 * table.length);
    while (tasks.length > 0) tasks.shift()?.();
    expect(look(1e6)?.kept).toBe(6 * table.length);
  });

  it('leaves out the oldest events when it can not keep up, and still counts them', () => {
    const { core, tasks, look } = handWorker();
    const blocks = Math.ceil((MAX_WAITING * 1.2) / table.length);
    for (let i = 0; i < blocks; i++) core.handle({ type: 'blocks', bytes: blockAt(i) });
    while (tasks.length > 0) tasks.shift()?.();
    const picture = look(1e9);
    expect(picture?.lost).toHaveLength(1);
    expect(picture?.lost[0]?.count).toBe(0);
    expect(picture?.uncertain).toBe(true);
    expect(picture?.totals.events).toBe(blocks * table.length);
    expect(picture?.totals.total.cqes).toBe(blocks * 410);
  });

  it('says what it could not read', () => {
    const { core, tasks, troubles } = handWorker();
    core.handle({ type: 'blocks', bytes: new ArrayBuffer(100) });
    expect(troubles).toHaveLength(1);
    expect(tasks).toHaveLength(0);
  });
});
