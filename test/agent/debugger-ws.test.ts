/** The debugger over the WebSocket, end to end: the real agent in its own process, and clients of it. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BreakpointSpec, DebugInfo } from '../../shared/protocol/debug.ts';
import { MOST_BREAKPOINTS } from '../../shared/schema/debug.ts';
import { Kind, MarkCode } from '../../shared/schema/events.ts';
import { type LiveAgent, startAgent } from '../support/agent.ts';
import { needsRing } from '../support/needs-ring.ts';
import { spawnAgent } from '../support/run-agent.ts';
import { BUILD_MS, buildTargets, needsTracing, ownTarget, start } from '../support/targets.ts';
import { WsClient } from '../support/ws-client.ts';

beforeEach(needsRing);

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function live(...args: string[]): Promise<LiveAgent> {
  const agent = await startAgent(['--kernel', 'off', ...args]);
  open.push(() => agent.stop());
  return agent;
}
async function client(url: string): Promise<WsClient> {
  const connected = await WsClient.connect(url);
  open.push(() => connected.close());
  return connected;
}

const debugsOf = (of: WsClient): DebugInfo[] => of.messages.flatMap((m) => (m.type === 'debug' ? [m.debug] : []));
/** The newest `debug` that is like this, now or later. */
const told = (of: WsClient, isIt: (debug: DebugInfo) => boolean): Promise<DebugInfo> => of.until(() => debugsOf(of).findLast(isIt));
const isStopped = ({ stopped }: DebugInfo): boolean => stopped;
const isMark = (code: number) => (e: { kind: number; a: number }) => e.kind === Kind.mark && e.a === code;
const breakpoint = (text: string, more: Partial<BreakpointSpec> = {}): BreakpointSpec => ({
  id: 1,
  text,
  enabled: true,
  ignore: 0,
  ...more,
});

const silent = ['--no-traffic', '--connections', '2', '--buffers', '8', '--buffer-size', '64', '--hold', '10s'];

describe('the debugger over the WebSocket', () => {
  it('tells its state behind hello, and to every client what one of them does', async () => {
    const { url } = await live('--preset', 'steady');
    const [one, two] = [await client(url), await client(url)];
    for (const each of [one, two]) {
      expect(await each.message('debug')).toEqual({
        type: 'debug',
        debug: { stopped: false, cqes: expect.any(Number), waiting: -1, overflowed: false, stop: null, breakpoints: [] },
      });
      const types = each.messages.map(({ type }) => type);
      expect(types.slice(0, types.indexOf('debug') + 1)).toEqual(['hello', 'recording', 'debug']);
    }
    await one.event(({ kind, res }) => kind === Kind.reap && res > 0);
    expect(await one.request({ type: 'pause' })).toMatchObject({ type: 'ok' });
    const stopped = await told(one, isStopped);
    expect(await told(two, isStopped)).toEqual(stopped);
    expect(stopped.stop).toMatchObject({ reason: 'pause', cqes: stopped.cqes });
    // Who comes later is told the same.
    const late = await client(url);
    // What waits in the CQ has grown meanwhile.
    const { waiting: _, overflowed: __, ...same } = stopped;
    expect((await late.message('debug')).debug).toMatchObject(same);

    expect(await two.request({ type: 'step', unit: 'cqe' })).toMatchObject({ type: 'ok' });
    const isStep = ({ stopped: s, stop }: DebugInfo) => s && stop?.reason === 'step';
    const step = await told(one, isStep);
    expect(await told(two, isStep)).toEqual(step);
    expect(await told(late, isStep)).toEqual(step);
    expect(step.cqes).toBeGreaterThan(stopped.cqes);
    expect(step.stop?.event?.kind).toBe('reap');

    expect(await late.request({ type: 'resume' })).toMatchObject({ type: 'ok' });
    for (const each of [one, two, late]) await told(each, ({ stopped: s, stop }) => !s && stop?.reason === 'step');
    await one.event(isMark(MarkCode.resumed));
    expect(one.isUnbroken).toBe(true);
  });

  it('sets breakpoints, which stop at their event, and counts their hits', async () => {
    const { url } = await live('--preset', 'steady');
    const [one, two] = [await client(url), await client(url)];
    const list = [breakpoint('conn=1 bytes>0', { id: 9, ignore: 20 }), breakpoint('filled<0 or', { enabled: false })];
    const bad = await one.request({ type: 'breakpoints', list });
    expect(bad).toMatchObject({ type: 'error', code: 'EBREAKPOINT', message: expect.stringMatching(/^"filled<0 or": [^\n]+\.$/) });
    expect(await one.request({ type: 'breakpoints', list: list.slice(0, 1) })).toMatchObject({ type: 'ok' });
    const stopped = await told(two, isStopped);
    expect(stopped.breakpoints).toEqual([{ ...list[0], hits: 21 }]);
    expect(stopped.stop).toMatchObject({
      reason: 'breakpoint',
      breakpoint: { id: 9, text: 'conn=1 bytes>0' },
      event: { kind: 'reap', userData: String(0x1001) },
      cqes: stopped.cqes,
    });
    const mark = await two.event(isMark(MarkCode.stopped));
    expect(mark).toMatchObject({ userData: 0x1001n, res: stopped.stop?.event?.res, b: (9 << 8) | 2 });
    // The stream has the event, and no reap behind it.
    const { startNs } = (await two.message('hello')).session;
    expect(two.events(({ kind }) => kind === Kind.reap).at(-1)).toMatchObject({
      userData: 0x1001n,
      t: Number(startNs) + (stopped.stop?.event?.t ?? 0),
    });
    expect(await one.request({ type: 'breakpoints', list: [] })).toMatchObject({ type: 'ok' });
    expect((await told(two, ({ stopped: s, breakpoints }) => s && breakpoints.length === 0)).stop).toEqual(stopped.stop);
  });

  it('takes as many breakpoints as there can be, each as long as it can be', async () => {
    const { url } = await live('--preset', 'quiet');
    const one = await client(url);
    const long = 'conn=9999 '.repeat(200).trimEnd();
    const list = Array.from({ length: MOST_BREAKPOINTS }, (_, i) => breakpoint(long, { id: i + 1 }));
    expect(await one.request({ type: 'breakpoints', list })).toMatchObject({ type: 'ok' });
    expect((await told(one, ({ breakpoints }) => breakpoints.length === MOST_BREAKPOINTS)).stopped).toBe(false);
  });

  it('does by hand what is asked, shows the bytes of a buffer, and refuses with one sentence', async () => {
    const { url } = await live(...silent);
    const one = await client(url);
    await one.event(isMark(MarkCode.loadStarted));
    expect(await one.request({ type: 'act', name: 'send', target: 0, value: 100 })).toMatchObject({ type: 'ok' });
    await one.event(({ kind, res }) => kind === Kind.reap && res === 36);
    one.sendText(JSON.stringify({ type: 'look', id: 1, bid: 1 }));
    const { type: _, ...look } = await one.message('buffer');
    expect(look).toMatchObject({ id: 1, bid: 1, content: { held: true, userData: String(0x1000), filled: 36 } });
    expect(Buffer.from(look.content.bytes, 'base64')).toHaveLength(64);
    expect(await one.request({ type: 'act', name: 'give-back', target: 1, value: 0 })).toMatchObject({ type: 'ok' });
    await one.event(({ kind, a, userData }) => kind === Kind.replenish && a === 1 && userData === 0x1000n);
    for (const message of [
      { type: 'act', name: 'give-back', target: 1, value: 0 },
      { type: 'act', name: 'shutdown', target: 7, value: 0 },
      { type: 'look', bid: 8 },
    ] as const)
      expect(await one.request(message)).toMatchObject({
        type: 'error',
        code: expect.stringMatching(/^(ENOTHELD|ENOCONN|ENOBID)$/),
        message: expect.stringMatching(/^[^\n]+\.$/),
      });
    expect(one.messages.some(({ type }) => type === 'stopped')).toBe(false);
  });

  it('begins with the breakpoints of the command line', async () => {
    const { url } = await live('--preset', 'steady', '--break', 'conn=99', '--break', 'cqe bytes>0');
    const one = await client(url);
    const stopped = await told(one, isStopped);
    expect(stopped.stop?.breakpoint).toEqual({ id: 2, text: 'cqe bytes>0' });
    expect(stopped.breakpoints.map(({ id, text, hits }) => [id, text, hits])).toEqual([
      [1, 'conn=99', 0],
      [2, 'cqe bytes>0', 1],
    ]);
  });
});

describe('another process', () => {
  beforeAll(buildTargets, BUILD_MS);
  beforeEach(needsTracing);

  it('is stopped by nobody: ENOTOURS, and no debugger is told of', async () => {
    const { path } = ownTarget('recv_tcp');
    const target = start(path, []);
    await target.port();
    const agent = spawnAgent(['attach', String(target.pid), '--port', '0']);
    open.push(async () => {
      agent.child.kill('SIGTERM');
      await agent.ended;
    });
    const one = await client(`${await agent.says(/http:\/\/[\w.:[\]]+/)}/`);
    await one.message('stats');
    const commands: Parameters<WsClient['request']>[0][] = [
      { type: 'pause' },
      { type: 'resume' },
      { type: 'step', unit: 'cqe' },
      { type: 'breakpoints', list: [breakpoint('!MORE')] },
      { type: 'act', name: 'cancel', target: 0, value: 0 },
      { type: 'look', bid: 0 },
    ];
    for (const command of commands)
      expect(await one.request(command)).toMatchObject({
        type: 'error',
        code: 'ENOTOURS',
        message: 'This is another process: ringlens looks at it and stops nothing in it.',
      });
    expect(debugsOf(one)).toEqual([]);
  });
});
