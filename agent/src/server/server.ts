/** The HTTP server: the page, and beside it the WebSocket of a session, or a recorded trace. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Recordings } from '../session/recordings.ts';
import type { Session } from '../session/session.ts';
import { isOwnHost, isOwnOrigin } from './origin.ts';
import { PastRoute } from './past-route.ts';
import { answer, serveFile } from './static-files.ts';
import type { TraceRoute } from './trace-route.ts';
import { ClientHub } from './ws.ts';

/** What is served beside the page. */
export interface Served {
  /** A running session, with its recordings: the WebSocket at /ws, and its past at /past. */
  live?: { session: Session; recordings: Recordings };
  /** A recorded trace at /trace. */
  trace?: TraceRoute;
}

export interface ServerOptions {
  host: string;
  /** 0 = any free one. */
  port: number;
  /** Folder of the built page. */
  webRoot: string;
}

/** Answers an upgrade request that is refused, and ends its socket. */
function refuse(socket: Duplex, status: string, sentence: string): void {
  const body = `${sentence}\n`;
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const WRONG_HOST = 'This server does not go by that name; open it as http://127.0.0.1 or http://localhost with its port.';

export class AgentServer {
  readonly #options: ServerOptions;
  readonly #hub: ClientHub | undefined;
  readonly #http: Server;

  private constructor({ live, trace }: Served, options: ServerOptions) {
    this.#options = options;
    this.#hub = live === undefined ? undefined : new ClientHub(live.session, live.recordings);
    const past = live === undefined ? undefined : new PastRoute(live.session);
    this.#http = createServer((request, response) => {
      if (!isOwnHost(request, options.host)) answer(response, 403, WRONG_HOST);
      else if (past?.answers(request) === true) void past.serve(request, response);
      else if (trace?.answers(request) === true) void trace.serve(request, response);
      else void serveFile(request, response, options.webRoot);
    });
    this.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head));
  }

  /** Listens, or rejects with the error of listen(2) (`code` EADDRINUSE, EACCES, EADDRNOTAVAIL …) and leaves nothing behind. */
  static async listen(served: Served, options: ServerOptions): Promise<AgentServer> {
    const server = new AgentServer(served, options);
    try {
      await new Promise<void>((resolve, reject) => {
        server.#http.once('error', reject);
        server.#http.listen(options.port, options.host, resolve);
      });
    } catch (e) {
      server.#hub?.close();
      throw e;
    }
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** The address to open; a server that listens everywhere is named by the loopback address. */
  get url(): string {
    const { host } = this.#options;
    const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
    return `http://${name}:${this.port}/`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!isOwnHost(request, this.#options.host)) refuse(socket, '403 Forbidden', WRONG_HOST);
    else if (!isOwnOrigin(request)) refuse(socket, '403 Forbidden', 'Pages of other origins may not connect here.');
    else if ((request.url ?? '').replace(/\?.*$/, '') !== '/ws' || this.#hub === undefined)
      refuse(socket, '404 Not Found', 'Only /ws of a live session can be upgraded.');
    else this.#hub.accept(request, socket, head);
  }

  /** Stops listening and cuts every connection. */
  async close(): Promise<void> {
    this.#hub?.close();
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }
}
