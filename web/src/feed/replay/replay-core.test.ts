import { describe, expect, it } from 'vitest';
import { TraceStore } from '../../../../shared/timeline/trace-store.ts';
import type { Picture } from '../picture.ts';
import { longTrace, pictureAt, requestAt } from '../testing.ts';
import { blocksOf, handReplay, openedOf, type Recorded, recorded, START } from './testing.ts';

/** Some 180,000 events: three seeds' worth, in parts of 20,000. */
const blocks = blocksOf(longTrace(20_000));
const whole = new TraceStore(START);
for (const block of blocks) whole.accept(block);
const { newestTime } = whole.events;

/** What a picture shows, without what is told of the whole trace. */
function shown(p: Picture | null | undefined): unknown {
  if (p === null || p === undefined) return p;
  const { totals, latencies, rates, history, oldest, kept, leftOut, now, ...rest } = p;
  return rest;
}
const opened = (reader: Recorded) => handReplay(async () => openedOf(reader));

describe.each([
  ['with its index', true],
  ['without an index', false],
])('a recorded trace %s', (_, index) => {
  it('shows at any moment, in any order, what a store of all of it shows', async () => {
    const { core, settled, pictures, troubles } = opened(recorded(blocks, { index }));
    for (const part of [0.5, 0.95, 0.2, 0.2001, 0.9, 0.01, 0.6]) {
      const us = (newestTime * part) / 1e3;
      core.handle({ type: 'view', request: requestAt(us, { span: 2e6 }) });
      await settled();
      expect(shown(pictures.at(-1)), `at ${part}`).toEqual(shown(pictureAt(whole, us, { span: 2e6 })));
    }
    expect(pictures.at(-1)?.totals).toEqual(whole.summary.totals());
    expect(troubles).toEqual([]);
  });

  it('is stepped through over the borders of what is in memory, forth and back', async () => {
    const { core, settled, places } = opened(recorded(blocks, { index }));
    core.handle({ type: 'view', request: requestAt(100) });
    await settled();
    // Where parts meet.
    for (const n of [20_000, 65_536, 131_072]) {
      for (const direction of [1, -1] as const) {
        const t = whole.events.timeOf(n);
        core.handle({ type: 'next', id: n, query: { t, seq: n, what: 'event', direction } });
        await settled();
        expect(places.at(-1)).toEqual({ t: whole.events.timeOf(n + direction), seq: n + direction });
      }
    }
    core.handle({ type: 'next', id: 1, query: { t: newestTime, seq: whole.events.end - 1, what: 'event', direction: 1 } });
    core.handle({ type: 'next', id: 2, query: { t: 0, seq: 0, what: 'end', direction: -1 } });
    await settled();
    expect(places.slice(-2)).toEqual([null, null]);
  });

  it('finds in all of it', async () => {
    const { core, settled, hits, places } = opened(recorded(blocks, { index }));
    core.handle({ type: 'view', request: requestAt(100) });
    core.handle({ type: 'find', text: 'cause=ENOBUFS' });
    await settled();
    expect(hits.at(-1)).toMatchObject({ count: 2000, missed: 0, done: true });
    // From where the cursor stands.
    core.handle({ type: 'view', request: requestAt(newestTime / 1e3) });
    await settled();
    core.handle({ type: 'next', id: 1, query: { t: newestTime, seq: null, what: 'hit', direction: -1 } });
    await settled();
    expect(places).toEqual([{ t: (100 + 19_999 * 100) * 1e3, seq: expect.any(Number) }]);
  });
});

describe('a recorded trace', () => {
  it('shows its first window for a request that names no moment, from its first blocks', async () => {
    const reader = recorded(blocks);
    const { core, settled, pictures, overviews } = opened(reader);
    core.handle({ type: 'view', request: { ...requestAt(0), cursor: null } });
    await settled();
    expect(pictures.at(-1)).toMatchObject({ t1: 1e6, now: newestTime });
    expect(pictures.at(-1)?.cqes.length).toBeGreaterThan(0);
    expect(overviews).toHaveLength(1);
    expect(reader.read).toEqual([0]);
  });

  it('reads for a moment what its seed needs, not what is before', async () => {
    const reader = recorded(blocks);
    const { core, settled } = opened(reader);
    core.handle({ type: 'view', request: requestAt(newestTime / 1e3, { span: 2e6 }) });
    await settled();
    // The last seed stands before event 131072.
    expect(Math.min(...reader.read)).toBeGreaterThanOrEqual(5);
  });

  it('is shown for the newest of the requests that waited for a long reading', async () => {
    const { core, settled, pictures } = opened(recorded(blocks));
    for (const part of [0.9, 0.1, 0.7]) core.handle({ type: 'view', request: requestAt((newestTime * part) / 1e3, { span: 2e6 }) });
    await settled();
    expect(pictures.at(-1)?.t1).toBeCloseTo(newestTime * 0.7, 0);
  });

  it('with a damaged part says so once, shows the rest, and draws the part as lost', async () => {
    const { core, settled, pictures, troubles } = opened(recorded(blocks, { damaged: [2], index: false }));
    for (let i = 0; i < 3; i++) {
      core.handle({ type: 'view', request: requestAt(newestTime / 1e3, { span: newestTime }) });
      await settled();
    }
    expect(troubles).toEqual(['Part 2 is damaged.']);
    expect(pictures.at(-1)?.lost).toHaveLength(1);
    expect(pictures.at(-1)?.leftOut).toBe(20_000);
  });

  it('that can not be opened says why, with a code', async () => {
    const { core, settled, failed, pictures } = handReplay(() =>
      Promise.reject(Object.assign(new Error('The file is empty.'), { code: 'EEMPTY' })),
    );
    core.handle({ type: 'view', request: requestAt(100) });
    await settled();
    expect(failed).toEqual(['EEMPTY']);
    expect(pictures).toEqual([null]);
  });
});
