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
  /** The H-code that a rule of HAProxy named; null: none did. */
  readonly code: string | null;
  readonly method: string;
  readonly requestId: string;
  readonly host: string;
  readonly path: string;
  readonly forwardedFor: string;
}

/** The Node side's account of a request, in the header `x-router-dyno`: `web.1|H12|3`. */
export interface RouterNote {
  /** Empty: no dyno had it. */
  readonly dyno: string;
  /** Empty: nothing went wrong. */
  readonly code: string;
  readonly connectMs: number | null;
}

export function writeNote(note: RouterNote): string {
  return `${note.dyno}|${note.code}|${note.connectMs ?? ''}`;
}

function readNote(text: string): RouterNote | null {
  if (text === '-') return null;
  const [dyno = '', code = '', connect = ''] = text.split('|');
  return { dyno, code, connectMs: connect === '' ? null : Number(connect) };
}

/** Reads one line of the ring, fields in the order of `logFields` in plan/haproxy-config.ts. Null when it is not one. */
export function readEntry(line: string): AccessEntry | null {
  const fields = line.slice(line.indexOf(']: ') + 3).split('\t');
  if (fields.length < 15) return null;
  const [
    backend,
    server,
    termination,
    status,
    queue,
    connect,
    total,
    bytes,
    tls,
    endedAt,
    note,
    left,
    code,
    method,
    id,
  ] = fields as [string, ...string[]];
  const [host = '', path = '', forwardedFor = ''] = fields.slice(15);
  return {
    backend,
    server: server!,
    termination: termination!,
    clientClosed: left === '-' ? null : left === '1',
    status: Number(status),
    queueMs: duration(queue!),
    connectMs: duration(connect!),
    totalMs: duration(total!),
    bytes: Number(bytes),
    tls: tls === '1',
    endedAtUs: Number(endedAt),
    note: readNote(note!),
    code: code === '-' ? null : code!,
    method: method!,
    requestId: id!,
    host: unescapeJson(host),
    path: unescapeJson(path),
    forwardedFor: unescapeJson(forwardedFor),
  };
}

/** HAProxy writes -1 for what did not happen. */
function duration(text: string): number | null {
  const ms = Number(text);
  return Number.isInteger(ms) && ms >= 0 ? ms : null;
}

/** A field that was cut in the middle of an escape stays as it is: it is escaped again before it is shown. */
function unescapeJson(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}
