/** A client of the agent's WebSocket, as a test needs it: it keeps what comes, and waits for events and never for time. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { readHeader, splitBlocks, unpackBlock } from '../../shared/codec/block.ts';
import { type EventRecord, eventAt, UserDataDictionary } from '../../shared/codec/event-table.ts';
import type { ClientMessage, ServerMessage } from '../../shared/protocol/messages.ts';

export type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** The answer that refused a connection. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`refused with ${status}`);
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response) body += chunk;
  return body;
}

export class WsClient {
  readonly messages: ServerMessage[] = [];
  readonly blocks: Uint8Array[] = [];
  bytes = 0;
  /** Set when the connection has ended. */
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  /** Far from the ids that tests write by hand. */
  #lastId = 1000;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        this.bytes += data.length;
        this.blocks.push(...splitBlocks(data));
      } else this.messages.push(JSON.parse(data.toString()));
      this.#changed();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#changed();
    });
  }

  /** Connects to the server at `url` ("http://127.0.0.1:7117/"). Rejects with Refused when it says no. */
  static connect(url: string, headers: Record<string, string> = {}, path = 'ws'): Promise<WsClient> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, { headers });
    const client = new WsClient(socket);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(client));
      socket.on('error', reject);
      socket.on('unexpected-response', (_: ClientRequest, response: IncomingMessage) => {
        bodyOf(response).then((body) => reject(new Refused(response.statusCode ?? 0, body)), reject);
      });
    });
  }

  #changed(): void {
    for (const check of this.#waiting) check();
  }

  /** Waits until `find` gives something; rejects when the connection ends before. */
  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = find();
        if (found === undefined && this.closeCode === undefined) return;
        this.#waiting.delete(check);
        if (found === undefined) reject(new Error(`the connection was closed with ${this.closeCode}`));
        else resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** The first message of a type from index `after` on, now or later. */
  message<T extends ServerMessage['type']>(type: T, after = 0): Promise<MessageOf<T>> {
    return this.until(() => this.messages.slice(after).find((m): m is MessageOf<T> => m.type === type));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBinary(data: Uint8Array): void {
    this.#socket.send(data);
  }

  /** Sends a request and waits for its answer. */
  request(
    message: ClientMessage extends infer M ? (M extends ClientMessage ? Omit<M, 'id'> : never) : never,
  ): Promise<MessageOf<'ok' | 'error'>> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ ...message, id }));
    return this.until(() =>
      this.messages.find((m): m is MessageOf<'ok' | 'error'> => (m.type === 'ok' || m.type === 'error') && m.id === id),
    );
  }

  /** All events so far that `matches`, in order. */
  events(matches: (event: EventRecord) => boolean): EventRecord[] {
    const dictionary = new UserDataDictionary();
    return this.blocks.flatMap((block) => {
      const { table } = unpackBlock(block, dictionary, 0n);
      return Array.from({ length: table.length }, (_, i) => eventAt(table, i)).filter(matches);
    });
  }

  /** Waits for an event that `matches`, in block `fromBlock` or later. */
  async event(matches: (event: EventRecord) => boolean, fromBlock = 0): Promise<EventRecord> {
    let next = fromBlock;
    const dictionary = new UserDataDictionary();
    return this.until(() => {
      for (; next < this.blocks.length; next++) {
        const { table } = unpackBlock(this.blocks[next] as Uint8Array, dictionary, 0n);
        for (let i = 0; i < table.length; i++) {
          const event = eventAt(table, i);
          if (matches(event)) return event;
        }
      }
      return undefined;
    });
  }

  /** True when each block begins with the event after the last one of the block before. */
  get isUnbroken(): boolean {
    const headers = this.blocks.map((block) => readHeader(block));
    return headers.every(({ seq }, i) => {
      const before = headers[i - 1];
      return before === undefined || seq === before.seq + BigInt(before.count);
    });
  }

  /** Stops and goes on reading from the socket: what a page does that can't keep up. */
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    if (this.closeCode !== undefined) return;
    this.#socket.terminate();
    await closed;
  }
}
