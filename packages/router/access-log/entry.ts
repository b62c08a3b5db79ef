import { requestIdOf } from './request-id.ts';

/** One request as HAProxy logged it. Times in milliseconds; null where HAProxy has none. */
export interface AccessEntry {
  readonly backend: string;
  /** `web.1.7`, `node`, `<NOSRV>`. */
  readonly server: string;
  /** Two characters, router.md 7. */
  readonly termination: string;
  /** The client closed its side in order; null: this HAProxy does not say. */
  readonly clientClosed: boolean | null;
  readonly status: number;
  readonly queueMs: number | null;
  readonly connectMs: number | null;
  readonly totalMs: number | null;
  readonly bytes: number;
  readonly tls: boolean;
  /** Microseconds since the epoch. */
  readonly endedAtUs: number;
  /** What the Node side said about a request that it answered; null otherwise. */
  readonly note: RouterNote | null;
  readonly method: string;
  readonly requestId: string;
  readonly host: string;
  readonly path: string;
  readonly forwardedFor: string;
}

/** The Node side's account of a request, in the header `x-router-dyno`: `web.1,H12,3`. */
export interface RouterNote {
  /** Empty: no dyno had it. */
  readonly dyno: string;
  /** Empty: nothing went wrong. */
  readonly code: string;
  readonly connectMs: number | null;
}

export function writeNote(note: RouterNote): string {
  return `${note.dyno},${note.code},${note.connectMs ?? ''}`;
}

function readNote(text: string): RouterNote {
  const [dyno = '', code = '', connect = ''] = text.split(',');
  return { dyno, code, connectMs: connect === '' ? null : Number(connect) };
}

/** Longest path that a line shows, in characters. */
export const LONGEST_PATH = 4_096;

/** HAProxy's name of the server that is the Node side. */
export const NODE_SERVER = 'node';

/** Reads one line of the ring, as `logFormat` in plan/frontend.ts has it written. Null when it is not one. */
export function readEntry(line: string): AccessEntry | null {
  const [head = '', answer = '', request = '', asked = ''] = line.split('\t');
  const fields = head.split(' ');
  if (fields.length !== 13) return null;
  const [
    backend = '',
    server = '',
    termination = '',
    status = '',
    queue = '',
    connect = '',
    total = '',
    bytes = '',
    tls = '',
    endedAt = '',
    left = '',
    ip = '',
    id = '',
  ] = fields;
  const [host, ownId, , , forwarded] = captured(asked);
  const [note] = captured(answer);
  const { method, path } = readRequestLine(request);
  return {
    backend,
    server,
    termination,
    clientClosed: left === '-' ? null : left === '1',
    status: Number(status),
    queueMs: duration(queue),
    connectMs: duration(connect),
    totalMs: duration(total),
    bytes: Number(bytes),
    tls: tls === '1',
    endedAtUs: Number(endedAt),
    // A dyno that sends such a header is not believed.
    note: note && server === NODE_SERVER ? readNote(note) : null,
    method,
    requestId: requestIdOf(ownId, id),
    host: (host ?? '').split(':', 1)[0]!.toLowerCase(),
    path,
    forwardedFor: forwarded ? `${forwarded}, ${ip}` : ip,
  };
}

/** HAProxy writes -1 for what did not happen. */
function duration(text: string): number | null {
  const ms = Number(text);
  return Number.isInteger(ms) && ms >= 0 ? ms : null;
}

/** Captured headers, in the order of plan/captures.ts: `{host|id||||}`, empty where there was none. */
function captured(text: string): string[] {
  return text
    .slice(1, text.endsWith('}') ? -1 : undefined)
    .split('|')
    .map(decoded);
}

/** `GET /path HTTP/1.1`; with HTTP/2 and for proxies the target is a whole URL. The end is missing when HAProxy cut it. */
function readRequestLine(text: string): { readonly method: string; readonly path: string } {
  const blank = text.indexOf(' ');
  if (blank < 0) return { method: text, path: '' };
  const version = text.lastIndexOf(' HTTP/');
  const target = decoded(text.slice(blank + 1, version > blank ? version : undefined));
  return { method: text.slice(0, blank), path: target.startsWith('/') ? target : target.replace(ORIGIN, '') };
}

const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** HAProxy writes `#` and two hex digits for each byte that could disturb a log, for `#` itself too. */
function decoded(text: string): string {
  if (!text.includes('#')) return text;
  const bytes = text.replace(/#([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
