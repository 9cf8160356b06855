/** The debugger of a session, with a real workload on a real ring. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileBreakpoints } from '../../agent/src/session/debugging.ts';
import { Session } from '../../agent/src/session/session.ts';
import { createSource } from '../../agent/src/sources/registry.ts';
import { SourceError } from '../../agent/src/sources/source.ts';
import { unpackBlock } from '../../shared/codec/block.ts';
import { type EventRecord, eventAt, UserDataDictionary } from '../../shared/codec/event-table.ts';
import type { BreakpointSpec, DebugInfo } from '../../shared/protocol/debug.ts';
import { handActions } from '../../shared/schema/debug.ts';
import { Kind, MarkCode } from '../../shared/schema/events.ts';
import { CqeFlag, Errno } from '../../shared/schema/uapi.ts';
import { defaultParams, type WorkloadParams } from '../../shared/schema/workload-params.ts';
import { needsRing } from '../support/needs-ring.ts';

beforeEach(needsRing);

const breakpoint = (text: string, more: Partial<BreakpointSpec> = {}): BreakpointSpec => ({
  id: 1,
  text,
  enabled: true,
  ignore: 0,
  ...more,
});
const busy = { connections: 4, buffers: 8, bufferSize: 64, rate: 2000, hold: 1000, kernel: 'off' } as const;
/** Open connections that say nothing, and buffers that are given back by hand only. */
const silent = { connections: 2, buffers: 8, bufferSize: 64, traffic: false, hold: 10_000_000, kernel: 'off' } as const;

/** A session under a debugger: what it told, and its events. */
class Debugged {
  readonly told: DebugInfo[] = [];
  readonly events: EventRecord[] = [];
  readonly session: Session;
  readonly #waiting = new Set<() => void>();

  constructor(params: Partial<WorkloadParams>, breakpoints: readonly BreakpointSpec[] = []) {
    const source = createSource('live', { breakpoints: compileBreakpoints(breakpoints) });
    this.session = new Session(source, { ...defaultParams, ...params }, { breakpoints });
    const dictionary = new UserDataDictionary();
    this.session.listen({
      onDebug: (debug) => {
        this.told.push(debug);
        this.#changed();
      },
      onBlocks: (blocks) => {
        for (const block of blocks) {
          const { table } = unpackBlock(block, dictionary, 0n);
          for (let i = 0; i < table.length; i++) this.events.push(eventAt(table, i));
        }
        this.#changed();
      },
    });
    this.session.start();
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  until(holds: (d: Debugged) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds(this)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  seen(kind: number, matches: (e: EventRecord) => boolean = () => true, count = 1): Promise<void> {
    return this.until(() => this.events.filter((e) => e.kind === kind && matches(e)).length >= count);
  }

  /** The newest stop, when one was told that is not `before`. */
  async stop(before: DebugInfo['stop'] = null): Promise<NonNullable<DebugInfo['stop']>> {
    const isNew = ({ stopped, stop }: DebugInfo): boolean => stopped && stop !== null && JSON.stringify(stop) !== JSON.stringify(before);
    await this.until(() => this.told.some(isNew));
    return this.told.findLast(isNew)?.stop as NonNullable<DebugInfo['stop']>;
  }

  get info(): DebugInfo {
    return this.session.debugInfo() as DebugInfo;
  }
}

let d: Debugged;
afterEach(() => d.session.close());

const error = (doing: () => unknown): SourceError => {
  try {
    doing();
  } catch (e) {
    if (e instanceof SourceError) return e;
    throw e;
  }
  throw new Error('it was done');
};
const oneSentence = /^[^\n]+[.?]$/;

describe('pause, step, resume', () => {
  it('are told to who listens, with what was reaped', async () => {
    d = new Debugged(busy);
    expect(d.info).toMatchObject({ stopped: false, stop: null, breakpoints: [] });
    await d.seen(Kind.reap, (e) => e.res > 0);
    d.session.debug({ type: 'pause' });
    const stop = await d.stop();
    expect(stop).toMatchObject({ reason: 'pause', breakpoint: null, event: null });
    expect(d.told.at(-1)).toMatchObject({ stopped: true, cqes: stop.cqes, stop, breakpoints: [] });
    expect(d.told.at(-1)?.waiting).toBeGreaterThanOrEqual(0);
    d.session.debug({ type: 'step', unit: 'cqe' });
    const step = await d.stop(stop);
    expect(step.reason).toBe('step');
    expect(step.event).toMatchObject({ kind: 'reap', userData: expect.stringMatching(/^\d+$/) });
    // One CQE of a recv; those of other requests in front of it are reaped on the way.
    expect(step.cqes).toBeGreaterThan(stop.cqes);
    await d.seen(Kind.mark, (e) => e.a === MarkCode.stopped, 2);
    const marks = d.events.filter((e) => e.kind === Kind.mark).map((e) => e.a);
    expect(marks.filter((code) => code >= MarkCode.stopped && code <= MarkCode.resumed)).toEqual([
      MarkCode.stopped,
      MarkCode.resumed,
      MarkCode.stopped,
    ]);
    d.session.debug({ type: 'resume' });
    await d.until(() => d.told.at(-1)?.stopped === false);
    expect(d.told.at(-1)?.stop).toEqual(step);
    expect(d.info.cqes).toBeGreaterThanOrEqual(step.cqes);
  });

  it('tell nothing that was told already', async () => {
    d = new Debugged(silent);
    d.session.debug({ type: 'pause' });
    await d.stop();
    d.session.tellDebug();
    d.session.debug({ type: 'pause' });
    // The kernel goes on: a CQE that comes meanwhile is news, and may be told.
    const told = d.told.map((info) => JSON.stringify(info));
    expect(told.filter((info, i) => info === told[i - 1])).toEqual([]);
  });

  it('are refused before the start and after the end; what there was to tell stays', async () => {
    d = new Debugged(busy, [breakpoint('!MORE')]);
    const notStarted = new Session(createSource('live', {}), defaultParams);
    expect(error(() => notStarted.debug({ type: 'pause' })).code).toBe('ESTOPPED');
    expect(notStarted.debugInfo()).toBeNull();
    const stop = await d.stop();
    await d.session.finish('It is over.', 5000);
    for (const command of [{ type: 'pause' }, { type: 'resume' }, { type: 'step', unit: 'end' }] as const)
      expect(error(() => d.session.debug(command))).toMatchObject({ code: 'ESTOPPED', message: expect.stringMatching(oneSentence) });
    expect(error(() => d.session.look(0))).toMatchObject({ code: 'ESTOPPED', message: expect.stringMatching(oneSentence) });
    expect(d.info).toMatchObject({ stopped: false, stop, breakpoints: [{ text: '!MORE', hits: expect.any(Number) }] });
  });
});

describe('breakpoints', () => {
  it('are there from the first event on, and stop at one', async () => {
    d = new Debugged(busy, [breakpoint('kind=connect conn=1')]);
    const stop = await d.stop();
    expect(stop).toMatchObject({
      reason: 'breakpoint',
      breakpoint: { id: 1, text: 'kind=connect conn=1' },
      event: { kind: 'connect', a: 1, userData: String(0x1001) },
    });
  });

  it('keep their hits while their condition stays, and what was hit keeps its text', async () => {
    d = new Debugged(busy);
    const list = [
      breakpoint('cqe bytes>0', { ignore: 100 }),
      breakpoint('conn=99', { id: 2 }),
      breakpoint('cqe', { id: 3, enabled: false }),
    ];
    d.session.debug({ type: 'breakpoints', list });
    const stop = await d.stop();
    expect(stop).toMatchObject({ breakpoint: { id: 1, text: 'cqe bytes>0' }, event: { kind: 'reap' } });
    expect(stop.cqes).toBe(d.info.cqes);
    expect(d.info.breakpoints).toEqual([
      { ...list[0], hits: 101 },
      { ...list[1], hits: 0 },
      { ...list[2], hits: 0 },
    ]);
    // Moved, and no longer ignored: the same. Another condition: counted anew.
    d.session.debug({ type: 'breakpoints', list: [breakpoint('conn=99', { id: 2 }), breakpoint('cqe bytes>0')] });
    expect(d.info.breakpoints.map(({ id, hits }) => [id, hits])).toEqual([
      [2, 0],
      [1, 101],
    ]);
    d.session.debug({ type: 'breakpoints', list: [breakpoint('rearm')] });
    expect(d.info.breakpoints).toEqual([{ ...breakpoint('rearm'), hits: 0 }]);
    expect(d.info.stop).toEqual(stop);
    expect(d.told.at(-1)?.stop?.breakpoint).toEqual({ id: 1, text: 'cqe bytes>0' });
    d.session.debug({ type: 'resume' });
    const next = await d.stop(stop);
    expect(next).toMatchObject({ breakpoint: { id: 1, text: 'rearm' }, event: { kind: 'submit' } });
  });

  it.each([
    ['ENOBUFS', (e: EventRecord) => e.kind === Kind.reap && e.res === -Errno.ENOBUFS],
    ['!MORE or rearm', (e: EventRecord) => e.kind === Kind.submit || (e.flags & CqeFlag.F_MORE) === 0],
    ['free<=2 cqe', (e: EventRecord) => e.kind === Kind.reap],
    // Nested as deep as can be.
    [`${'cqe (MORE or '.repeat(140)}ENOBUFS${')'.repeat(140)}`, (e: EventRecord) => e.kind === Kind.reap],
  ])('stops where the event fits: %s', async (text, fits) => {
    d = new Debugged(busy, [breakpoint(text)]);
    const { event, cqes } = await d.stop();
    await d.seen(Kind.mark, (e) => e.a === MarkCode.stopped);
    const at = d.events.findIndex((e) => e.kind === Kind.mark && e.a === MarkCode.stopped);
    const hit = d.events.slice(0, at).findLast((e) => String(e.userData) === event?.userData && Kind[event.kind] === e.kind);
    expect(hit === undefined ? false : fits(hit)).toBe(true);
    expect(d.info.cqes).toBe(cqes);
  });

  it('that are no condition are refused with EBREAKPOINT and a sentence that quotes them; the others stay', async () => {
    const list = [breakpoint('conn=3')];
    d = new Debugged(silent, list);
    for (const [texts, sentence] of [
      [['resl<0'], '"resl<0": There is no field "resl"; did you mean res?'],
      [['conn=3', 'filled>8'], /^"filled>8": The reactor does not know filled at its own events/],
      [[''], /^"": A breakpoint needs a condition/],
      [['cause=3'], /^"cause=3": cause is compared with a name/],
    ] as const) {
      const refused = error(() => d.session.debug({ type: 'breakpoints', list: texts.map((text, i) => breakpoint(text, { id: i + 1 })) }));
      expect(refused.code).toBe('EBREAKPOINT');
      expect(refused.message).toMatch(sentence);
      expect(refused.message).toMatch(oneSentence);
    }
    const same = error(() => d.session.debug({ type: 'breakpoints', list: [breakpoint('cqe'), breakpoint('MORE')] }));
    expect(same).toMatchObject({ code: 'EBREAKPOINT', message: 'Two breakpoints have the same number; give each its own.' });
    expect(d.info.breakpoints).toEqual([{ ...list[0], hits: 0 }]);
  });
});

describe('by hand', () => {
  it('a buffer is looked at, and its bytes are those that the peer sent', async () => {
    d = new Debugged(silent);
    await d.seen(Kind.mark, (e) => e.a === MarkCode.loadStarted);
    d.session.debug({ type: 'act', name: 'send', target: 1, value: 10 });
    await d.seen(Kind.reap, (e) => e.res === 10);
    const { bytes, ...told } = d.session.look(0);
    expect(told).toEqual({ held: true, userData: String(0x1001), filled: 10 });
    const content = Buffer.from(bytes, 'base64');
    expect(content).toHaveLength(64);
    expect(content.subarray(0, 10).toString()).toBe('abcdefghij');
    expect(d.session.look(7)).toMatchObject({ held: false, userData: '0', filled: 0 });
    expect(error(() => d.session.look(8))).toMatchObject({ code: 'ENOBID', message: expect.stringMatching(oneSentence) });
  });

  it('what is done stands in the stream, and what can not be done is refused with one sentence', async () => {
    d = new Debugged(silent);
    await d.seen(Kind.mark, (e) => e.a === MarkCode.loadStarted);
    d.session.debug({ type: 'act', name: 'send', target: 0, value: 10 });
    await d.seen(Kind.reap, (e) => e.res === 10);
    d.session.debug({ type: 'act', name: 'give-back', target: 0, value: 0 });
    await d.seen(Kind.replenish, (e) => e.a === 0 && e.userData === 0x1000n);
    await d.seen(Kind.mark, (e) => e.a === MarkCode.handsOn && e.b === handActions['give-back'].code);
    for (const [name, target, value, code] of [
      ['give-back', 0, 0, 'ENOTHELD'],
      ['leak', 3, 0, 'ENOTHELD'],
      ['give-twice', 8, 0, 'ENOBID'],
      ['remove-buffers', 0, 9, 'ENOBUFFERS'],
      ['add-buffers', 0, 1, 'ENOBUFFERS'],
      ['cancel', 5, 0, 'ENOCONN'],
      ['send', 5, 1, 'ENOCONN'],
    ] as const) {
      const refused = error(() => d.session.debug({ type: 'act', name, target, value }));
      expect([name, refused.code]).toEqual([name, code]);
      expect(refused.message).toMatch(oneSentence);
    }
  });

  it('the CQ is filled: that stops the reactor, too', async () => {
    d = new Debugged({ ...silent, sqEntries: 4, cqEntries: 8 });
    await d.seen(Kind.mark, (e) => e.a === MarkCode.loadStarted);
    d.session.debug({ type: 'act', name: 'fill-cq', target: 0, value: 0 });
    expect(await d.stop()).toMatchObject({ reason: 'cqFull', breakpoint: null, event: null });
  });
});
