import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { contentType, isCompressible } from './content.ts';
import { patternExpression, type SiteConfig } from './site-config.ts';

interface Content {
  readonly type: string;
  readonly etag: string;
  readonly size: number;
  /** Null for a large file, which is read from `file` when it is sent. */
  readonly body: Buffer | null;
  readonly file: string;
  /** Null when compressing does not pay. */
  readonly compressed: Buffer | null;
}

/** Who may see the site, when it asks. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Files above this are neither kept nor compressed. */
const KEEP_BYTES = 1024 * 1024;
const KEEP_TOTAL_BYTES = 64 * 1024 * 1024;
const squeeze = promisify(gzip);

/** Answers requests with the files below `folder`, which do not change while a dyno runs. `login`: null for everybody. */
export async function serveSite(folder: string, config: SiteConfig, login: Login | null): Promise<RequestListener> {
  const root = await realpath(folder);
  const routes = config.routes.map(([pattern, file]) => ({ expression: patternExpression(pattern), file }));
  const headers = config.headers.map(([pattern, values]) => ({ expression: patternExpression(pattern), values }));
  const kept = new Map<string, Content>();
  let keptBytes = 0;

  const load = async (path: string): Promise<Content | null> => {
    const known = kept.get(path);
    if (known) return known;
    const file = await realpath(join(root, path)).catch(() => null);
    if (file === null || (file !== root && !file.startsWith(root + sep))) return null;
    const info = await stat(file);
    if (!info.isFile()) return null;
    const type = contentType(path);
    if (info.size > KEEP_BYTES) {
      const tag = `"${info.size.toString(36)}-${Math.round(info.mtimeMs).toString(36)}"`;
      return { type, etag: tag, size: info.size, body: null, file, compressed: null };
    }
    const body = await readFile(file);
    const etag = `"${createHash('sha1').update(body).digest('base64url')}"`;
    const compressed = isCompressible(type) && body.length > 256 ? await squeeze(body) : null;
    const content = { type, etag, size: body.length, body, file, compressed };
    if (keptBytes < KEEP_TOTAL_BYTES) {
      kept.set(path, content);
      keptBytes += body.length;
    }
    return content;
  };

  /** The first of the paths that is a file. */
  const first = async (paths: readonly string[]): Promise<Content | null> => {
    for (const path of paths) {
      const content = await load(path);
      if (content) return content;
    }
    return null;
  };

  const find = async (path: string): Promise<Content | null> => {
    const hidden = /(^|\/)\.(?!well-known(\/|$))/.test(path);
    const plain = path.endsWith('/') ? [`${path}index.html`] : [path, `${path}/index.html`];
    const clean = config.cleanUrls && !path.endsWith('/') ? [`${path}.html`] : [];
    const found = hidden ? null : await first([...plain, ...clean]);
    const route = found ? undefined : routes.find(({ expression }) => expression.test(path));
    return found ?? (route ? await first([`/${route.file.replace(/^\/+/, '')}`]) : null);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request.url ?? '/');
    if (path === null) return void response.writeHead(400).end();
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const host = request.headers.host ?? '';
    if (config.canonicalHost !== null && host !== config.canonicalHost) {
      const scheme = request.headers['x-forwarded-proto'] === 'https' || config.httpsOnly ? 'https' : 'http';
      return void response
        .writeHead(301, { location: `${scheme}://${config.canonicalHost}${request.url ?? '/'}` })
        .end();
    }
    if (config.httpsOnly && request.headers['x-forwarded-proto'] === 'http') {
      const location = `https://${host}${request.url ?? '/'}`;
      return void response.writeHead(301, { location }).end();
    }
    if (login !== null && !isLogin(request, login)) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="Restricted", charset="UTF-8"' }).end();
    }
    const redirect = config.redirects.find(([from]) => from === path || from === `${path}/`);
    if (redirect) return void response.writeHead(redirect[2], { location: redirect[1] }).end();
    if (config.cleanUrls && path.endsWith('.html')) {
      return void response.writeHead(301, { location: path.replace(/(index)?\.html$/, '') || '/' }).end();
    }
    for (const { expression, values } of headers) {
      if (expression.test(path)) for (const [name, value] of Object.entries(values)) response.setHeader(name, value);
    }
    const content = await find(path);
    if (content) return send(request, response, 200, content);
    const page = await first([`/${(config.errorPage ?? '404.html').replace(/^\/+/, '')}`]);
    if (page) return send(request, response, 404, page);
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
  };

  return (request, response) => {
    if (config.logAccess)
      response.on('close', () => console.log(`${request.method} ${request.url} ${response.statusCode}`));
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`${request.method} ${request.url}: ${String(error)}\n`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, content: Content): void {
  const { type, etag, compressed } = content;
  const zipped = compressed !== null && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const tag = zipped ? etag.replace(/"$/, '-gzip"') : etag;
  response.setHeader('etag', tag);
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'public, max-age=0, must-revalidate');
  if (compressed) response.setHeader('vary', 'accept-encoding');
  const known = String(request.headers['if-none-match'] ?? '').split(/\s*,\s*/);
  if (status === 200 && (known.includes(tag) || known.includes(`W/${tag}`))) {
    response.writeHead(304).end();
    return;
  }
  if (!response.hasHeader('content-type')) response.setHeader('content-type', type);
  if (zipped) response.setHeader('content-encoding', 'gzip');
  response.setHeader('accept-ranges', 'bytes');
  const size = zipped ? compressed.length : content.size;
  const range = status === 200 && !zipped ? rangeOf(request.headers.range, size) : null;
  if (range === 'outside') {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return;
  }
  const [first, last] = range ?? [0, size - 1];
  if (range) response.setHeader('content-range', `bytes ${first}-${last}/${size}`);
  response.setHeader('content-length', last - first + 1);
  response.statusCode = range ? 206 : status;
  const body = zipped ? compressed : content.body;
  if (request.method === 'HEAD') response.end();
  else if (body) response.end(body.subarray(first, last + 1));
  else pipeline(createReadStream(content.file, { start: first, end: last }), response, () => undefined);
}

/** First and last byte of a request for one range; null for the whole, also when it is none that is known. */
function rangeOf(header: string | undefined, size: number): readonly [number, number] | 'outside' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [from, to] = [match[1] as string, match[2] as string];
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first > last ? 'outside' : [first, last];
}

/** Whether the request has this name and password; how long the answer takes does not tell how much of them is right. */
function isLogin(request: IncomingMessage, login: Login): boolean {
  const given = /^Basic ([\w+/=]+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(Buffer.from(given, 'base64')), digest(`${login.username}:${login.password}`));
}

/** The decoded path of a request; null when it is none or leaves the root. */
function pathOf(url: string): string | null {
  try {
    const path = decodeURIComponent(url.split('?')[0] ?? '/');
    const bad = !path.startsWith('/') || path.includes('\0') || path.split('/').includes('..');
    return bad ? null : path.replace(/\/{2,}/g, '/');
  } catch {
    return null;
  }
}
