import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packBlock } from '../../../shared/codec/block.ts';
import { PROTOCOL_VERSION, type ServerMessage } from '../../../shared/protocol/messages.ts';
import { defaultParams } from '../../../shared/schema/workload-params.ts';
import { traceFromText } from '../../../shared/testing/trace-from-text.ts';
import { createAgentFeed } from './agent-feed.ts';
import type { WorkerPort } from './picture-worker.ts';
import { requestAt, start } from './testing.ts';
import { createWorkerCore } from './worker-core.ts';
import type { FromWorker } from './worker-messages.ts';

/** The agent's end of a socket, by hand. */
class Socket extends EventTarget {
  readonly OPEN = 1;
  readyState = 1;
  binaryType = '';
  readonly sent: { type: string; id: number; bytes?: number }[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  says(message: ServerMessage): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
  ships(block: Uint8Array): void {
    this.dispatchEvent(new MessageEvent('message', { data: block.slice().buffer }));
  }
  goes(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
}

/** The worker's core in the same thread, answering at once. */
function sameThreadWorker(): WorkerPort {
  let listener: (e: { data: FromWorker }) => void = () => undefined;
  const core = createWorkerCore({ post: (data) => listener({ data }), clock: () => performance.now(), defer: (task) => task() });
  return {
    postMessage: (message) => core.handle(message),
    addEventListener: (_, l) => {
      listener = l;
    },
    terminate: () => undefined,
  };
}

const hello = (part: Partial<ServerMessage & { type: 'hello' }> = {}): ServerMessage => ({
  type: 'hello',
  protocol: PROTOCOL_VERSION,
  version: '0.1.0',
  session: {
    id: 'one',
    source: 'live',
    kernel: 'Linux 6.18',
    pid: 1,
    target: null,
    listen: '127.0.0.1:1',
    startNs: '0',
    startWallMs: 0,
    capabilities: { probe: true, kernel: false, kernelBackend: '', kernelScope: 'off', kernelMissing: 'why', kernelNotes: [] },
    features: {
      multishotRecv: true,
      bufRing: true,
      bundle: true,
      incremental: true,
      coopTaskrun: true,
      singleIssuer: true,
      deferTaskrun: true,
      sqpoll: true,
    },
  },
  params: defaultParams,
  running: true,
  ...part,
});

const connect = (startWorker = sameThreadWorker) => {
  const sockets: Socket[] = [];
  const feed = createAgentFeed({
    url: 'ws://test/ws',
    openSocket: () => {
      const socket = new Socket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    startWorker,
  });
  return { feed, sockets, last: () => sockets.at(-1) as Socket };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('agent feed', () => {
  it('opens with the hello, measures the round trip and gives pictures', async () => {
    const { feed, last } = connect();
    expect(feed.status.get().connection.state).toBe('connecting');
    last().says(hello());
    expect(feed.status.get()).toMatchObject({ connection: { state: 'open', rttMs: null }, running: true, agentVersion: '0.1.0' });
    last().says({ type: 'ok', id: last().sent[0]?.id ?? 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.status.get().connection).toMatchObject({ state: 'open', rttMs: expect.any(Number) });
    feed.view(requestAt(500));
    expect(feed.picture.get()).toBeNull();
    last().ships(packBlock(traceFromText(start), { seq: 0n, startNs: 0n }));
    expect(feed.picture.get()?.lanes.total).toBe(2);
    expect(await feed.next({ t: 0, seq: null, what: 'cqe', direction: 1 })).toBeNull();
    feed.close();
  });

  it('says how much it has read, and takes new capabilities with new parameters', () => {
    const { feed, last } = connect();
    last().says(hello());
    const block = packBlock(traceFromText(start), { seq: 0n, startNs: 0n });
    last().ships(block);
    expect(last().sent.at(-1)).toEqual({ type: 'ack', bytes: block.length });
    const capabilities = {
      probe: true,
      kernel: true,
      kernelBackend: 'tracefs',
      kernelScope: 'all',
      kernelMissing: '',
      kernelNotes: [],
    } as const;
    last().says({ type: 'params', params: defaultParams, listen: 'x', capabilities: { ...capabilities, kernelNotes: [] } });
    expect(feed.status.get().session?.capabilities.kernelBackend).toBe('tracefs');
    feed.close();
  });

  it('keeps the picture when the agent goes, and tries again after growing pauses', async () => {
    const { feed, sockets, last } = connect();
    last().says(hello());
    last().goes();
    expect(feed.status.get().connection).toMatchObject({ state: 'gone', retryInS: 1 });
    expect(feed.status.get().session).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sockets.length).toBe(2);
    last().goes();
    expect(feed.status.get().connection).toMatchObject({ state: 'gone', retryInS: 2 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(feed.status.get().connection).toMatchObject({ retryInS: 1 });
    feed.connectNow();
    expect(sockets.length).toBe(3);
    last().says(hello());
    expect(feed.status.get().connection.state).toBe('open');
    // After a success the pauses begin anew.
    last().goes();
    expect(feed.status.get().connection).toMatchObject({ retryInS: 1 });
    feed.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets.length).toBe(3);
  });

  it('takes an agent that says nothing any more for gone', async () => {
    const { feed, last } = connect();
    last().says(hello());
    await vi.advanceTimersByTimeAsync(7000);
    expect(feed.status.get().connection.state).toBe('open');
    await vi.advanceTimersByTimeAsync(4000);
    expect(feed.status.get().connection.state).toBe('gone');
    feed.close();
  });

  it('tells that what was before is read, once that takes longer than a blink', async () => {
    let worker: (e: { data: FromWorker }) => void = () => undefined;
    const { feed, last } = connect(() => ({
      postMessage: () => undefined,
      addEventListener: (_, l) => {
        worker = l;
      },
      terminate: () => undefined,
    }));
    last().says(hello());
    const reading = (is: boolean): void => worker({ data: { type: 'reading', reading: is } });
    const told: boolean[] = [];
    feed.status.subscribe(() => told.push(feed.status.get().reading));
    reading(true);
    await vi.advanceTimersByTimeAsync(100);
    reading(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(told).not.toContain(true);
    reading(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(feed.status.get().reading).toBe(true);
    reading(false);
    expect(feed.status.get().reading).toBe(false);
    feed.close();
  });

  it('asks for a reload when the protocols differ, and does not try again', async () => {
    const { feed, sockets, last } = connect();
    last().says(hello({ protocol: PROTOCOL_VERSION + 1, version: '9.0.0' }));
    expect(feed.status.get().connection).toEqual({ state: 'reload', agentVersion: '9.0.0' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets.length).toBe(1);
    feed.close();
  });

  it('answers a command by its id, with the words of a refusal', async () => {
    const { feed, last } = connect();
    last().says(hello());
    const good = feed.send({ type: 'preset', name: 'steady' });
    const bad = feed.send({ type: 'configure', params: { connections: 0 } });
    const [, preset, configure] = last().sent;
    last().says({ type: 'error', id: configure?.id ?? 0, code: 'EPARAM', message: 'connections: 0 is too few.' });
    last().says({ type: 'ok', id: preset?.id ?? 0 });
    await good;
    await expect(bad).rejects.toMatchObject({ code: 'EPARAM', message: 'connections: 0 is too few.' });
    const lost = feed.send({ type: 'preset', name: 'quiet' });
    last().goes();
    await expect(lost).rejects.toMatchObject({ code: 'EGONE' });
    await expect(feed.send({ type: 'preset', name: 'quiet' })).rejects.toMatchObject({ code: 'EGONE' });
    feed.close();
  });

  it('goes on after a damaged block, and says so', () => {
    const { feed, last } = connect();
    last().says(hello());
    const block = packBlock(traceFromText(start), { seq: 0n, startNs: 0n });
    const broken = block.slice();
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    last().ships(broken);
    expect(feed.status.get().trouble).toMatch(/damaged/);
    last().ships(block);
    feed.view(requestAt(500));
    expect(feed.picture.get()?.lanes.total).toBe(2);
    feed.close();
  });

  it('keeps the trace over a reconnect to the same session and begins anew with another', () => {
    const { feed, last } = connect();
    const block = packBlock(traceFromText(start), { seq: 0n, startNs: 0n });
    last().says(hello());
    last().ships(block);
    last().goes();
    feed.connectNow();
    last().says(hello());
    last().ships(block);
    feed.view(requestAt(500));
    expect(feed.picture.get()?.kept).toBe(traceFromText(start).length);
    last().goes();
    feed.connectNow();
    const again = hello();
    if (again.type === 'hello') last().says({ ...again, session: { ...again.session, id: 'two' } });
    last().ships(packBlock(traceFromText('ring\nconnect c0'), { seq: 0n, startNs: 0n }));
    feed.view(requestAt(500));
    expect(feed.picture.get()?.kept).toBe(2);
    feed.close();
  });
});
