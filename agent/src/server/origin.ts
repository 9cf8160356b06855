/** Who may talk to the server: against DNS rebinding (Host) and against pages of others (Origin). */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
const wildcards = ['0.0.0.0', '::'];

/** The host of a Host header without its port; undefined when it is none. */
function hostOf(header: string | undefined): string | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]@/\\\s]+)(:\d{1,5})?$/.exec(header ?? '');
  return match?.[1]?.toLowerCase();
}

const bracketed = (host: string) => (isIP(host) === 6 ? `[${host}]` : host).toLowerCase();

/**
 * True when the request names this server. A page of another site whose name was made to point here has that name in
 * Host; an address can't be rebound, so a server that listens everywhere takes any address.
 */
export function isOwnHost(request: IncomingMessage, listenHost: string): boolean {
  const host = hostOf(request.headers.host);
  if (host === undefined) return false;
  if (loopbackNames.includes(host) || host === bracketed(listenHost)) return true;
  if (!wildcards.includes(listenHost)) return false;
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0 || host === hostname().toLowerCase();
}

const isLoopback = (address: string | undefined) => address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));

/** True when a page of this server, or a program on this machine that is no browser, asks for the WebSocket. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return isLoopback(request.socket.remoteAddress);
  return origin.toLowerCase() === `http://${host}`.toLowerCase();
}
