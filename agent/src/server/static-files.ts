/** Serves the built page: the files of one folder, nothing above it. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, resolve, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

/** On every answer. The page loads nothing from elsewhere and is no part of another page. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws:; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

export function answer(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...headers });
  response.end(`${text}\n`);
}

/** The file that a request names, or undefined when its path is none below `root`. */
function fileOf(url: string | undefined, root: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent((url ?? '/').replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
  if (!path.startsWith('/') || path.includes('\0')) return undefined;
  const file = resolve(root, `.${path === '/' ? '/index.html' : path}`);
  return file.startsWith(resolve(root) + sep) ? file : undefined;
}

/** Answers GET and HEAD with a file of `root`. Never rejects. */
export async function serveFile(request: IncomingMessage, response: ServerResponse, root: string): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answer(response, 405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' });
    return;
  }
  const file = fileOf(request.url, root);
  if (file === undefined) {
    answer(response, 400, 'This path names no file of the page.');
    return;
  }
  let body: Buffer;
  try {
    body = await readFile(file);
  } catch {
    if (file.endsWith(`${sep}index.html`)) answer(response, 503, 'The page has not been built; type: npm run build');
    else answer(response, 404, 'There is no such file.');
    return;
  }
  // Vite puts a hash of the contents into the names below assets/.
  const cache = file.startsWith(resolve(root, 'assets') + sep) ? 'public, max-age=31536000, immutable' : 'no-cache';
  response.writeHead(200, {
    ...securityHeaders,
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Length': body.length,
    'Cache-Control': cache,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
