/** The WebSocket side: one Connection a client; the only file of the agent that names WebSocket. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ClientMessage, PROTOCOL_VERSION, type Recording, type ServerMessage } from '../../../shared/protocol/messages.ts';
import { parseClientMessage } from '../../../shared/protocol/validate.ts';
import type { PresetName } from '../../../shared/schema/workload-params.ts';
import { version } from '../paths.ts';
import type { ClientPort } from '../session/publisher.ts';
import { RecordError } from '../session/recorder.ts';
import type { Recordings } from '../session/recordings.ts';
import type { Session } from '../session/session.ts';
import { SourceError } from '../sources/source.ts';

/** The longest message is that of all breakpoints, each as long as can be; more is a mistake or an attack, and ws closes the connection with 1009. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const STATS_EVERY_MS = 250;
/** A client that has this much waiting can do without the next stats. */
const STATS_BUFFER_LIMIT = 1024 * 1024;

class Connection implements ClientPort {
  readonly #socket: WebSocket;
  readonly #session: Session;
  /** Bytes of blocks that the client has not said to have read; counts once it says such things. */
  #unread = 0;
  #acknowledges = false;

  constructor(
    socket: WebSocket,
    session: Session,
    private readonly recordings: Recordings,
  ) {
    this.#socket = socket;
    this.#session = session;
    socket.on('message', (data, isBinary) => this.#onMessage(isBinary ? undefined : data.toString()));
    // A broken frame or a lost connection: 'close' follows and cleans up.
    socket.on('error', () => {});
  }

  get bufferedBytes(): number {
    const { bufferedAmount } = this.#socket;
    return this.#acknowledges ? Math.max(bufferedAmount, this.#unread) : bufferedAmount;
  }

  sendBlocks(frame: Uint8Array, sent: () => void): void {
    this.#unread += frame.length;
    this.#socket.send(frame, { binary: true }, () => sent());
  }

  sendMessage(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message), () => {});
  }

  /** Throws SourceError. */
  #do(message: Exclude<ClientMessage, { type: 'ack' | 'record' }>): void {
    const { id } = message;
    switch (message.type) {
      case 'look':
        this.sendMessage({ type: 'buffer', id, bid: message.bid, content: this.#session.look(message.bid) });
        return;
      case 'configure':
        this.#session.configure(message.params);
        break;
      case 'preset':
        this.#session.applyPreset(message.name as PresetName);
        break;
      case 'ping':
        break;
      default:
        this.#session.debug(message);
    }
    this.sendMessage({ type: 'ok', id });
  }

  #onMessage(text: string | undefined): void {
    if (text === undefined) {
      this.sendMessage({ type: 'error', id: null, code: 'EBADMESSAGE', message: 'Binary frames are not understood here; send JSON.' });
      return;
    }
    const parsed = parseClientMessage(text);
    if (!parsed.ok) {
      const { id, code, message } = parsed;
      this.sendMessage({ type: 'error', id, code, message });
      return;
    }
    const { message } = parsed;
    if (message.type === 'ack') {
      this.#acknowledges = true;
      this.#unread = Math.max(0, this.#unread - message.bytes);
      this.#session.pump();
      return;
    }
    if (message.type === 'record') {
      const { id } = message;
      const done = message.on ? this.recordings.beginNamed() : this.recordings.end();
      done.then(
        () => this.sendMessage({ type: 'ok', id }),
        (e: unknown) => {
          if (!(e instanceof RecordError)) throw e;
          this.sendMessage({ type: 'error', id, code: e.code, message: e.message });
        },
      );
      return;
    }
    try {
      this.#do(message);
    } catch (e) {
      if (!(e instanceof SourceError)) throw e;
      this.sendMessage({ type: 'error', id: message.id, code: e.code, message: e.message });
    }
  }
}

/** All WebSocket clients of one session. */
export class ClientHub {
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  readonly #session: Session;
  readonly #connections = new Set<Connection>();
  readonly #statsTimer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  readonly #stopRecordings: () => void;
  #recordingToldMs = 0;

  constructor(
    session: Session,
    private readonly recordings: Recordings,
  ) {
    this.#session = session;
    this.#stopRecordings = recordings.listen((recording) => this.#tellRecording(recording));
    this.#stopListening = session.listen({
      onDebug: (debug) => this.#broadcast({ type: 'debug', debug }),
      onParams: (params, listen, capabilities) => this.#broadcast({ type: 'params', params, listen, capabilities }),
      onStopped: ({ code, message }) => {
        this.#broadcastStats();
        clearInterval(this.#statsTimer);
        this.#broadcast({ type: 'stopped', code, message });
      },
    });
    this.#statsTimer = setInterval(() => this.#broadcastStats(), STATS_EVERY_MS);
  }

  /** Takes over an upgrade request that was found good. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => this.#welcome(client));
  }

  #welcome(client: WebSocket): void {
    const session = this.#session;
    const connection = new Connection(client, session, this.recordings);
    const { end, params } = session;
    connection.sendMessage({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      version,
      session: session.info(),
      params,
      running: session.state === 'running',
    });
    connection.sendMessage({ type: 'recording', recording: this.recordings.state });
    const debug = session.debugInfo();
    if (debug !== null) connection.sendMessage({ type: 'debug', debug });
    // How far back it can go is known before the first events come.
    connection.sendMessage(this.#stats());
    const unpublish = session.publishTo(connection);
    if (end !== undefined) connection.sendMessage({ type: 'stopped', code: end.code, message: end.message });
    this.#connections.add(connection);
    client.on('close', () => {
      unpublish();
      this.#connections.delete(connection);
    });
  }

  #broadcast(message: ServerMessage): void {
    for (const connection of this.#connections) connection.sendMessage(message);
  }

  /** Its growth is told as often as the stats are. */
  #tellRecording(recording: Recording): void {
    const now = performance.now();
    if (recording.state === 'on' && recording.bytes > 0 && now - this.#recordingToldMs < STATS_EVERY_MS) return;
    this.#recordingToldMs = now;
    this.#broadcast({ type: 'recording', recording });
  }

  #stats(): ServerMessage {
    return { type: 'stats', stats: this.#session.stats(), past: this.#session.pastStats() };
  }

  #broadcastStats(): void {
    if (this.#connections.size === 0) return;
    this.#session.tellDebug();
    const message = this.#stats();
    for (const connection of this.#connections) {
      if (connection.bufferedBytes < STATS_BUFFER_LIMIT) connection.sendMessage(message);
    }
  }

  /** Cuts every connection. */
  close(): void {
    clearInterval(this.#statsTimer);
    this.#stopListening();
    this.#stopRecordings();
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }
}
