/** The live feed: a WebSocket to the agent that served the page. The only file that names WebSocket. */

import type { BufferBytes } from '../../../shared/protocol/debug.ts';
import {
  type ClientMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type SessionInfo,
  type SourceCapabilities,
} from '../../../shared/protocol/messages.ts';
import type { Note } from '../../../shared/trace-file/note.ts';
import { type Feed, FeedError, type FeedStatus, initialStatus } from './feed.ts';
import { observable } from './observable.ts';
import { createPictureWorker, type WorkerPort } from './picture-worker.ts';
import { startWorker } from './start-worker.ts';

/** Pauses before the tries to connect again, seconds; the last one repeats. */
export const RETRY_S = [1, 2, 3, 5, 8, 10] as const;
const PING_MS = 500;
/** The badge shows every so many pings. */
const SHOWN_PINGS = 4;
/** An answer that takes longer means that blocks may be on their way for as long. */
const SLOW_MS = 300;
/** An agent that says nothing for this long is gone, whatever TCP thinks. */
const SILENCE_MS = 8000;
/** A page that was frozen finds its timers due before its messages: silence counts when it is found so often in a row. */
const SILENCES = 3;

export interface AgentFeedOptions {
  url?: string;
  openSocket?: (url: string) => WebSocket;
  startWorker?: () => WorkerPort;
}

const ownUrl = (): string => `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws`;

/** A request without the id that is given here. */
type Request = ClientMessage extends infer M ? (M extends { id: number } ? Omit<M, 'id'> : never) : never;

interface Pending {
  /** With the bytes of a buffer where they were asked for. */
  resolve(content: BufferBytes | undefined): void;
  reject(error: FeedError): void;
}

/** What the source can see may change with its parameters. */
const withCapabilities = (session: SessionInfo | null, capabilities: SourceCapabilities): SessionInfo | null =>
  session === null ? null : { ...session, capabilities };

export function createAgentFeed(options: AgentFeedOptions = {}): Feed {
  const url = options.url ?? ownUrl();
  const openSocket = options.openSocket ?? ((to) => new WebSocket(to));
  const status = observable<FeedStatus>(initialStatus);
  const change = (part: Partial<FeedStatus>): void => status.set({ ...status.get(), ...part });
  /** When the worker began to read what is before its events; -1 = it does not. */
  let readingSinceMs = -1;
  const pictures = createPictureWorker((options.startWorker ?? startWorker)(), {
    trouble: (trouble) => change({ trouble }),
    reading(reading) {
      readingSinceMs = reading ? performance.now() : -1;
      if (!reading && status.get().reading) change({ reading });
    },
  });
  const notes = observable<readonly Note[]>([]);
  const pending = new Map<number, Pending>();
  let socket: WebSocket | null = null;
  let lastId = 0;
  let tries = 0;
  let retry: ReturnType<typeof setInterval> | undefined;
  let ping: ReturnType<typeof setInterval> | undefined;
  let lastHeardMs = 0;
  let silences = 0;
  let pings = 0;
  /** When the ping under way was sent; -1 = none is. */
  let pingSentMs = -1;
  let closed = false;

  const request = (message: Request): Promise<BufferBytes | undefined> => {
    if (socket === null || socket.readyState !== socket.OPEN) {
      return Promise.reject(new FeedError('EGONE', 'The agent is not connected; the change was not made.'));
    }
    lastId++;
    const id = lastId;
    const to = socket;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      to.send(JSON.stringify({ ...message, id }));
    });
  };

  const measure = (): void => {
    const sent = performance.now();
    if (readingSinceMs >= 0 && sent - readingSinceMs >= PING_MS && !status.get().reading) change({ reading: true });
    silences = sent - lastHeardMs > SILENCE_MS ? silences + 1 : 0;
    if (silences >= SILENCES) {
      lost();
      return;
    }
    if (pingSentMs >= 0) {
      // Still under way: one at a time.
      if (sent - pingSentMs > SLOW_MS) pictures.link(true);
      return;
    }
    pingSentMs = sent;
    request({ type: 'ping' }).then(
      () => {
        const rttMs = performance.now() - sent;
        pingSentMs = -1;
        pictures.link(rttMs > SLOW_MS);
        if (status.get().connection.state === 'open' && pings % SHOWN_PINGS === 0) change({ connection: { state: 'open', rttMs } });
        pings++;
      },
      // A connection that goes is reported by its own event.
      () => undefined,
    );
  };

  const handle = (message: ServerMessage): void => {
    switch (message.type) {
      case 'hello':
        if (message.protocol !== PROTOCOL_VERSION) {
          change({ connection: { state: 'reload', agentVersion: message.version }, agentVersion: message.version });
          letGo();
          return;
        }
        tries = 0;
        pictures.session(message.session.id, message.session.startNs);
        change({
          connection: { state: 'open', rttMs: null },
          session: message.session,
          agentVersion: message.version,
          params: message.params,
          listen: message.session.listen,
          running: message.running,
          stopped: message.running ? null : status.get().stopped,
          trouble: '',
        });
        measure();
        ping = setInterval(measure, PING_MS);
        break;
      case 'params':
        // New parameters also come when a workload that had ended runs again.
        change({
          params: message.params,
          listen: message.listen,
          session: withCapabilities(status.get().session, message.capabilities),
          running: true,
          stopped: null,
        });
        break;
      case 'stats':
        change({ stats: message.stats });
        pictures.past(message.past.oldest);
        break;
      case 'recording':
        change({ recording: message.recording });
        break;
      case 'stopped':
        pictures.gone();
        change({ running: false, stopped: { code: message.code, message: message.message } });
        break;
      case 'ok':
        pending.get(message.id)?.resolve(undefined);
        pending.delete(message.id);
        break;
      case 'buffer':
        pending.get(message.id)?.resolve(message.content);
        pending.delete(message.id);
        break;
      case 'debug':
        change({ debug: message.debug });
        break;
      case 'error': {
        const error = new FeedError(message.code, message.message);
        const asked = message.id === null ? undefined : pending.get(message.id);
        if (asked === undefined) change({ trouble: message.message });
        else asked.reject(error);
        if (message.id !== null) pending.delete(message.id);
        break;
      }
      case 'gap':
        // Summaries of the blocks left out come as blocks of their own, and the worker draws the span.
        break;
      default:
        message satisfies never;
    }
  };

  /** Drops the socket without waiting for it. */
  const letGo = (): void => {
    clearInterval(ping);
    clearInterval(retry);
    const old = socket;
    socket = null;
    old?.close();
    for (const { reject } of pending.values()) reject(new FeedError('EGONE', 'The agent went before it answered.'));
    pending.clear();
    pingSentMs = -1;
    pings = 0;
    silences = 0;
  };

  const lost = (): void => {
    const before = status.get().connection;
    letGo();
    pictures.gone();
    if (closed || before.state === 'reload') return;
    let left: number = RETRY_S[Math.min(tries, RETRY_S.length - 1)] as number;
    tries++;
    const sinceWallMs = before.state === 'gone' ? before.sinceWallMs : Date.now();
    change({ connection: { state: 'gone', retryInS: left, sinceWallMs } });
    retry = setInterval(() => {
      left--;
      if (left <= 0) connect();
      else change({ connection: { state: 'gone', retryInS: left, sinceWallMs } });
    }, 1000);
  };

  const connect = (): void => {
    letGo();
    // While the agent was gone its absence stays on show until it answers.
    const before = status.get().connection;
    if (before.state === 'gone') change({ connection: { ...before, retryInS: 0 } });
    const fresh = openSocket(url);
    fresh.binaryType = 'arraybuffer';
    socket = fresh;
    lastHeardMs = performance.now();
    fresh.addEventListener('message', (e: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== fresh) return;
      lastHeardMs = performance.now();
      if (typeof e.data === 'string') handle(JSON.parse(e.data) as ServerMessage);
      else {
        const bytes = e.data.byteLength; // gone once it is handed to the worker
        pictures.blocks(e.data);
        fresh.send(JSON.stringify({ type: 'ack', bytes } satisfies ClientMessage));
      }
    });
    fresh.addEventListener('close', () => {
      if (socket === fresh) lost();
    });
  };

  connect();

  return {
    status,
    picture: pictures.picture,
    overview: pictures.overview,
    subscribe: pictures.subscribe,
    view: pictures.view,
    next: pictures.next,
    inspect: pictures.inspect,
    find: pictures.find,
    hits: pictures.hits,
    notes,
    setNotes: notes.set,
    async send(command) {
      await request(command);
    },
    async look(bid) {
      const content = await request({ type: 'look', bid });
      if (content === undefined) throw new FeedError('EPROTOCOL', 'The agent gave no bytes; reload the page.');
      return content;
    },
    connectNow() {
      if (status.get().connection.state === 'gone') connect();
    },
    close() {
      closed = true;
      letGo();
      pictures.close();
    },
  };
}
