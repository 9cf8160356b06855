/** The server with a real workload on a real ring. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentServer } from '../../agent/src/server/server.ts';
import { Recordings } from '../../agent/src/session/recordings.ts';
import { Session } from '../../agent/src/session/session.ts';
import { createSource } from '../../agent/src/sources/registry.ts';
import { BlockFlag, readHeader } from '../../shared/codec/block.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/messages.ts';
import { Kind } from '../../shared/schema/events.ts';
import { paramNames, presetParams, type WorkloadParams } from '../../shared/schema/workload-params.ts';
import { needsRing } from '../support/needs-ring.ts';
import { Refused, WsClient } from '../support/ws-client.ts';

const webRoot = mkdtempSync(join(tmpdir(), 'ringlens-web-'));
writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>page</title>');
writeFileSync(join(webRoot, 'app.js'), 'export {};');
const recordingsFolder = mkdtempSync(join(tmpdir(), 'ringlens-rec-'));
afterAll(() => {
  rmSync(webRoot, { recursive: true });
  rmSync(recordingsFolder, { recursive: true });
});

beforeEach(needsRing);

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(params: Partial<WorkloadParams> = {}, root = webRoot) {
  const session = new Session(createSource('live', {}), { ...presetParams('steady'), ...params });
  const recordings = new Recordings(session, { folder: recordingsFolder });
  const server = await AgentServer.listen({ live: { session, recordings } }, { host: '127.0.0.1', port: 0, webRoot: root });
  open.push(() => server.close());
  session.start();
  open.push(() => session.close());
  const connect = async (headers: Record<string, string> = {}, path = 'ws') => {
    const client = await WsClient.connect(server.url, headers, path);
    open.push(() => client.close());
    return client;
  };
  return { session, server, connect };
}

/** A raw HTTP request: fetch() would clean the path. */
function get(url: string, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { hostname, port } = new URL(url);
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const sent = request({ hostname, port, path, headers, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

const refusal = async (connecting: Promise<unknown>): Promise<Refused> => {
  const result = await connecting.catch((e: unknown) => e);
  expect(result).toBeInstanceOf(Refused);
  return result as Refused;
};

describe('the WebSocket', () => {
  it('says hello first, then streams blocks without a hole, and stats', async () => {
    const { connect, session } = await serve();
    const client = await connect();
    const hello = await client.message('hello');
    expect(client.messages[0]).toBe(hello);
    expect(hello).toMatchObject({ protocol: PROTOCOL_VERSION, running: true, params: presetParams('steady'), session: session.info() });
    expect(hello.session.features?.multishotRecv).toBe(true);
    await client.event(({ kind }) => kind === Kind.ring_create);
    await client.event(({ kind, res }) => kind === Kind.reap && res > 0);
    const first = await client.message('stats');
    const later = await client.until(() =>
      client.messages
        .flatMap((m) =>
          m.type === 'stats' && (m.stats.workload?.bytesReceived ?? 0) > (first.stats.workload?.bytesReceived ?? 0) ? [m] : [],
        )
        .at(0),
    );
    expect(later.stats.events).toBeGreaterThan(first.stats.events);
    expect(client.isUnbroken).toBe(true);
  });

  it('changes the running workload, tells every client, and the stream has the setting', async () => {
    const { connect } = await serve({ connections: 2 });
    const [one, two] = [await connect(), await connect()];
    await Promise.all([one.message('hello'), two.message('hello')]);
    expect(await one.request({ type: 'configure', params: { connections: 5 } })).toMatchObject({ type: 'ok' });
    for (const client of [one, two]) expect((await client.message('params')).params.connections).toBe(5);
    const index = paramNames.indexOf('connections');
    await two.event(({ kind, a, userData }) => kind === Kind.setting && a === index && userData === 5n);
    await two.until(() => two.messages.find((m) => m.type === 'stats' && m.stats.workload?.connections === 5));
  });

  it('makes the ring anew for a parameter that needs it, and takes a preset', async () => {
    const { connect } = await serve({ bufferSize: 256 });
    const client = await connect();
    expect(await client.request({ type: 'configure', params: { bufferSize: 512, buffers: 16 } })).toMatchObject({ type: 'ok' });
    await client.event(({ kind, res, b }) => kind === Kind.group_register && res === 512 && b === 16);
    const before = client.messages.length;
    expect(await client.request({ type: 'preset', name: 'quiet' })).toMatchObject({ type: 'ok' });
    expect((await client.message('params', before)).params).toEqual(presetParams('quiet'));
  });

  it('refuses what does not fit with one sentence, and changes nothing', async () => {
    const { connect, session } = await serve();
    const client = await connect();
    const before = session.params;
    for (const params of [
      { connections: 0 },
      { connections: '3' },
      { buffers: 48 },
      { messageMin: 500, messageMax: 20 },
      { nonsense: 1 },
    ]) {
      const answer = await client.request({ type: 'configure', params: params as never });
      expect(answer).toMatchObject({ type: 'error', code: 'EBADPARAM', message: expect.stringMatching(/^[^\n]+\.$/) });
    }
    expect(session.params).toBe(before);
    expect(client.messages.some((m) => m.type === 'params')).toBe(false);
  });

  it.each([
    '',
    'null',
    '[]',
    '42',
    '{',
    '{}',
    '{"type":"launch","id":1}',
    '{"type":"configure","id":1}',
    '{"type":"configure","id":1,"params":[]}',
    '{"type":"configure","id":1,"params":null}',
    '{"type":"configure","id":"1","params":{"connections":3}}',
    '{"type":"configure","id":-1,"params":{"connections":3}}',
    '{"type":"configure","id":1,"params":{"__proto__":{"connections":3},"connections":1e99}}',
    '{"type":"preset","id":1,"name":"toString"}',
    '{"type":"preset","id":1,"name":"quiet","extra":1}',
    `{"type":"ping","id":1e400}`,
    '\u0000',
    'x'.repeat(60_000),
  ])('answers the malformed message %j with an error and changes nothing', async (text) => {
    const { connect, session } = await serve();
    const client = await connect();
    const before = session.params;
    client.sendText(text);
    expect(await client.message('error')).toMatchObject({ message: expect.stringMatching(/./), code: expect.stringMatching(/^E/) });
    expect(session.params).toBe(before);
    expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'ok' });
  });

  it('answers a binary frame with an error, and cuts who sends too much', async () => {
    const { connect } = await serve();
    const [client, other] = [await connect(), await connect()];
    client.sendBinary(new Uint8Array(8));
    expect(await client.message('error')).toMatchObject({ code: 'EBADMESSAGE' });
    client.sendText('x'.repeat(300_000));
    await client.until(() => client.closeCode);
    expect(client.closeCode).toBe(1009);
    expect(await other.request({ type: 'ping' })).toMatchObject({ type: 'ok' });
  });

  it('refuses a page of another origin, a name that is not its own, and other paths', async () => {
    const { connect, server } = await serve();
    const { host, port } = new URL(server.url);
    for (const origin of ['http://evil.example', `https://${host}`, 'null', 'http://127.0.0.1:1', `http://${host}.evil.example`]) {
      expect((await refusal(connect({ Origin: origin }))).status).toBe(403);
    }
    for (const name of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', '[::2]', 'a@127.0.0.1', '']) {
      expect((await refusal(connect({ Host: name, Origin: `http://${name}` }))).status).toBe(403);
    }
    expect((await refusal(connect({}, 'other'))).status).toBe(404);
    for (const name of [host, `localhost:${port}`, `[::1]:${port}`, 'localhost']) {
      const client = await connect({ Host: name, Origin: `http://${name}` });
      expect((await client.message('hello')).running).toBe(true);
    }
  });

  it('tells that the workload has ended, also those that come later, and keeps the picture', async () => {
    const { connect, session } = await serve();
    const client = await connect();
    await client.event(({ kind, res }) => kind === Kind.reap && res > 0);
    await session.finish('It is over.', 5000);
    expect(await client.message('stopped')).toMatchObject({ code: 'EENDED', message: 'It is over.' });
    await client.event(({ kind }) => kind === Kind.ring_close);
    const late = await connect();
    expect((await late.message('hello')).running).toBe(false);
    expect((await late.message('stopped')).message).toBe('It is over.');
    await late.event(({ kind }) => kind === Kind.ring_close);
    expect(await late.request({ type: 'configure', params: { connections: 3 } })).toMatchObject({ type: 'error', code: 'ESTOPPED' });
  });

  it('lets a client that reads nothing hold up nobody; when it reads again it gets summaries, a gap, and goes on', async () => {
    const { connect } = await serve(presetParams('firehose'));
    const [slow, fast] = [await connect(), await connect()];
    await slow.until(() => slow.blocks[0]);
    slow.pause();
    const isSummary = (block: Uint8Array) => (readHeader(block).flags & BlockFlag.summaryOnly) !== 0;
    // What fits into the sockets, the credit and the lag that is allowed, and as much again.
    const enough = fast.bytes + 48 * 1024 * 1024;
    await fast.until(() => (fast.bytes > enough ? true : undefined));
    slow.resume();
    const gap = await slow.message('gap');
    const next = await slow.event(({ kind }) => kind === Kind.snapshot, slow.blocks.length);
    expect(next.kind).toBe(Kind.snapshot);
    const summaries = slow.blocks.filter(isSummary).map((block) => readHeader(block));
    expect(Number(summaries[0]?.seq)).toBe(gap.fromSeq);
    expect(summaries.reduce((events, { count }) => events + count, 0)).toBeGreaterThan(0);
    // The fast one got all that while the slow one read nothing; whether it keeps up with the ring is this machine's business.
    expect(slow.isUnbroken).toBe(true);
    expect(fast.isUnbroken).toBe(true);
  });
});

describe('the HTTP server', () => {
  it('serves the page with its types, and headers that keep it to itself', async () => {
    const { server } = await serve();
    const page = await get(server.url, '/?x=1');
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<title>page</title>') });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
    });
    expect((await get(server.url, '/app.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(await get(server.url, '/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect((await get(server.url, '/nothing.js')).status).toBe(404);
    expect((await get(server.url, '/', {}, 'POST')).status).toBe(405);
  });

  it.each(['/../package.json', '/..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '//etc/passwd', '/%', '/%00', '/..\\..\\etc\\passwd'])(
    'gives nothing above its folder: %s',
    async (path) => {
      const { server } = await serve();
      const { status, body } = await get(server.url, path);
      expect([400, 404]).toContain(status);
      expect(body).not.toContain('root:');
    },
  );

  it('refuses a name that is not its own', async () => {
    const { server } = await serve();
    expect((await get(server.url, '/', { Host: 'evil.example' })).status).toBe(403);
  });

  it('says what to type when the page is not built', async () => {
    const { server } = await serve({}, join(webRoot, 'absent'));
    expect(await get(server.url, '/')).toMatchObject({ status: 503, body: 'The page has not been built; type: npm run build\n' });
  });

  it('rejects a port in use and leaves nothing behind', async () => {
    const { server } = await serve();
    await expect(AgentServer.listen({}, { host: '127.0.0.1', port: server.port, webRoot })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
