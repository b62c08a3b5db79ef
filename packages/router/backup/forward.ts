import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { writeNote } from '../access-log/entry.ts';
import type { HCodeName } from '../access-log/h-codes.ts';
import type { RouterLimits } from '../limits.ts';
import type { Dialled } from './dial.ts';

/**
 * Headers that belong to one connection (behaviour 2.3; RFC 9110, 7.6.1). `transfer-encoding` is written anew by Node.
 * `trailer` announces fields that end here, as RFC 9110, 6.5.1 allows: a body passes without them.
 */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'expect', 'te', 'trailer']);

/** What went wrong before the dyno's answer began: the caller still owes the client a page. Null: answered. */
export type ForwardFailure = HCodeName | null;

/** Sends a request that was held to a dyno and streams both bodies. Resolves when the response is over. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  to: Dialled,
  limits: RouterLimits,
): Promise<ForwardFailure> {
  return new Promise((resolve) => {
    const outgoing = open(request, to, ['connection', 'close']);
    const firstByte = failsLate(outgoing, limits, resolve);
    response.once('close', () => {
      outgoing.destroy();
      resolve(null);
    });
    outgoing.on('response', (answer) => {
      clearTimeout(firstByte);
      try {
        passOn(answer, response, to, limits);
      } catch {
        // Node reads what it does not write: a status below 100, a control character in the reason.
        resolve('H17');
        outgoing.destroy();
      }
    });
    request.on('error', () => outgoing.destroy());
    request.pipe(outgoing);
  });
}

/** The same for a request that asks for another protocol (WebSocket): once the dyno agrees, bytes flow both ways. */
export function forwardUpgrade(
  request: IncomingMessage,
  client: Duplex,
  first: Buffer,
  to: Dialled,
  limits: RouterLimits,
): Promise<ForwardFailure> {
  return new Promise((resolve) => {
    const outgoing = open(request, to, ['connection', 'Upgrade', 'upgrade', request.headers.upgrade ?? '']);
    const firstByte = failsLate(outgoing, limits, resolve);
    client.once('close', () => {
      to.socket.destroy();
      resolve(null);
    });
    outgoing.on('upgrade', (answer, dyno, begin) => {
      clearTimeout(firstByte);
      client.write(
        headText(answer, [
          ...headersFor(answer, to, []),
          'connection',
          'Upgrade',
          'upgrade',
          answer.headers.upgrade ?? '',
        ]),
      );
      if (begin.length > 0) client.write(begin);
      if (first.length > 0) dyno.write(first);
      dyno.on('error', () => client.destroy());
      client.on('error', () => dyno.destroy());
      client.pipe(dyno).pipe(client);
      dyno.on('close', () => client.destroy());
    });
    outgoing.on('response', (answer) => {
      clearTimeout(firstByte);
      client.write(headText(answer, [...headersFor(answer, to, ['transfer-encoding']), 'connection', 'close']));
      answer.on('error', () => client.destroy());
      answer.pipe(client);
    });
    outgoing.end();
  });
}

/** Throws when the head of the answer cannot be written; then nothing was sent. */
function passOn(answer: IncomingMessage, response: ServerResponse, to: Dialled, limits: RouterLimits): void {
  // A dyno that falls silent in mid-answer is cut: HAProxy logs what it saw.
  to.socket.setTimeout(limits.idleMs, () => to.socket.destroy());
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headersFor(answer, to, ['transfer-encoding']));
  answer.pipe(response);
  answer.on('error', () => response.destroy());
  answer.on('aborted', () => response.destroy());
}

function open(request: IncomingMessage, to: Dialled, connection: readonly string[]): ClientRequest {
  return httpRequest({
    createConnection: () => to.socket,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: [...endToEnd(request, []), ...journey(request, to), ...connection],
    setHost: false,
    maxHeaderSize: 524_288,
  });
}

/** How long the request took to its dyno (behaviour 2.4). HAProxy cannot tell, because it writes the headers first. */
function journey(request: IncomingMessage, to: Dialled): string[] {
  const total = Math.max(0, Date.now() - Number(request.headers['x-request-start'] ?? Date.now()));
  return ['connect-time', String(to.connectMs), 'total-route-time', String(total)];
}

/** Reports the code when no answer begins (behaviour 3.1); the returned timer ends with the answer's first byte. */
function failsLate(outgoing: ClientRequest, limits: RouterLimits, fail: (code: HCodeName) => void): NodeJS.Timeout {
  const timer = setTimeout(() => {
    fail('H12');
    outgoing.destroy();
  }, limits.firstByteMs);
  outgoing.on('error', (error: Error & { code?: string }) => {
    clearTimeout(timer);
    fail(error.code?.startsWith('HPE_') ? 'H17' : 'H13');
  });
  return timer;
}

function headersFor(answer: IncomingMessage, to: Dialled, without: readonly string[]): string[] {
  const note = writeNote({ dyno: to.dyno.name, code: '', connectMs: to.connectMs });
  return [...endToEnd(answer, without), 'x-router-dyno', note];
}

function endToEnd(message: IncomingMessage, without: readonly string[]): string[] {
  const named = (message.headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const kept: string[] = [];
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index]!;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || lower.startsWith('x-router-') || without.includes(lower) || named.includes(lower))
      continue;
    kept.push(name, message.rawHeaders[index + 1]!);
  }
  return kept;
}

function headText(answer: IncomingMessage, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
