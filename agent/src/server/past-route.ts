/** The past of a live session over HTTP (shared/protocol/past.ts). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PastList } from '../../../shared/protocol/past.ts';
import type { Session } from '../session/session.ts';
import { answer, securityHeaders } from './static-files.ts';

export class PastRoute {
  constructor(private readonly session: Session) {}

  answers({ url = '' }: IncomingMessage): boolean {
    return /^\/past(\/blocks)?(\?|$)/.test(url);
  }

  /** Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method !== 'GET') answer(response, 405, 'The past is read with GET.', { Allow: 'GET' });
      else if ((request.url ?? '').startsWith('/past/blocks')) await this.#blocks(request, response);
      else this.#list(response);
    } catch (e) {
      if (response.headersSent) response.destroy();
      else answer(response, 500, `The past can't be read: ${(e as Error).message}.`);
    }
  }

  #list(response: ServerResponse): void {
    const { past } = this.session;
    const list: PastList = { parts: past.parts(BigInt(this.session.info().startNs)) };
    send(response, 'application/json', Buffer.from(JSON.stringify(list)));
  }

  async #blocks(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = new URL(request.url ?? '', 'http://ringlens').searchParams;
    const [from, to] = ['from', 'to'].map((name) => query.get(name) ?? '');
    if (from === undefined || to === undefined || !/^\d{1,16}$/.test(from) || !/^\d{1,16}$/.test(to)) {
      answer(response, 400, 'Which events? Ask for /past/blocks?from=SEQ&to=SEQ, with numbers of /past.');
      return;
    }
    const blocks = await this.session.past.read(BigInt(from), BigInt(to));
    if (blocks.length === 0) answer(response, 410, 'These events are no longer kept.');
    else send(response, 'application/octet-stream', Buffer.concat(blocks));
  }
}

function send(response: ServerResponse, type: string, body: Uint8Array): void {
  response.writeHead(200, { ...securityHeaders, 'Content-Type': type, 'Content-Length': body.length, 'Cache-Control': 'no-store' });
  response.end(body);
}
