import { type AccessEntry, LONGEST_PATH, NODE_SERVER } from './entry.ts';
import { codeOfRefusal, codeOfTermination, type HCode, hCode } from './h-codes.ts';

/** Longest forwarded-for and host that a line shows, in characters. */
const LONGEST_FORWARDED = 1_024;
const LONGEST_HOST = 256;

/**
 * Heroku's router line (behaviour 2.7). Fields with no value stay empty. Nothing a client sends can end a value or a line.
 * `idleMs`: how long a dyno may be silent in mid-answer.
 */
export function routerLine(entry: AccessEntry, idleMs: number): string {
  const problem = problemOf(entry, idleMs);
  const { dyno, connectMs, ...journey } = journeyOf(entry);
  const serviceMs = problem !== null && UNREACHED.has(problem.code) ? null : journey.serviceMs;
  return [
    ...(problem?.sock ? [`sock=${problem.sock}`] : []),
    `at=${problem?.at ?? 'info'}`,
    ...(problem ? [`code=${problem.code}`, `desc="${problem.desc}"`] : []),
    ...(problem?.code === 'H26' ? [`cause="${CAUSES[entry.status] ?? 'bad header'}"`] : []),
    `method=${entry.method}`,
    `path="${quotable(entry.path, LONGEST_PATH)}"`,
    `host=${quotable(entry.host, LONGEST_HOST).replaceAll(' ', '%20')}`,
    `request_id=${entry.requestId}`,
    `fwd="${quotable(entry.forwardedFor, LONGEST_FORWARDED)}"`,
    `dyno=${dyno}`,
    `connect=${milliseconds(connectMs)}`,
    `service=${milliseconds(serviceMs)}`,
    `status=${problem?.code === 'H26' ? entry.status : (problem?.status ?? entry.status)}`,
    `bytes=${bytesOf(entry, problem)}`,
    `protocol=${entry.tls ? 'https' : 'http'}`,
  ].join(' ');
}

/** Codes of requests that no dyno ever saw, though one was tried. */
const UNREACHED: ReadonlySet<string> = new Set(['H19', 'H21']);

/** Why a request was refused with H26 (behaviour 3.1). */
const CAUSES: Readonly<Record<number, string>> = { 417: 'unsupported expect header value', 400: 'bad header' };

function problemOf(entry: AccessEntry, idleMs: number): HCode | null {
  const refused = codeOfRefusal(entry.termination, entry.status);
  if (refused) return refused;
  if (entry.note && entry.note.code !== '') return hCode(entry.note.code);
  const withDyno = entry.note ? entry.note.dyno !== '' : entry.server !== NODE_SERVER && entry.server !== '<NOSRV>';
  const silent = entry.termination === 'CD' && entry.clientClosed === false && (entry.totalMs ?? 0) >= idleMs;
  return codeOfTermination(silent ? 'sD' : entry.termination, entry.status, withDyno);
}

/** Which dyno had the request and how long it took; empty when none did. */
function journeyOf(entry: AccessEntry): { dyno: string; connectMs: number | null; serviceMs: number | null } {
  if (entry.server === NODE_SERVER || entry.server === '<NOSRV>') {
    const { dyno = '', connectMs = null } = entry.note ?? {};
    return { dyno, connectMs, serviceMs: dyno === '' ? null : entry.totalMs };
  }
  const dyno = entry.server.replace(/\.\d+$/, '');
  if (entry.totalMs === null) return { dyno, connectMs: entry.connectMs, serviceMs: null };
  const before = (entry.queueMs ?? 0) + (entry.connectMs ?? 0);
  return { dyno, connectMs: entry.connectMs, serviceMs: Math.max(0, entry.totalMs - before) };
}

/** A page of ours is not the app's answer: no bytes of a dyno that had the request, none at all when no dyno had it. */
function bytesOf(entry: AccessEntry, problem: HCode | null): string {
  const answered = problem === null || problem.code === 'H15' || problem.code === 'H27' || problem.code === 'H28';
  if (answered || problem.code === 'H18') return String(entry.bytes);
  return entry.note?.dyno === '' || UNREACHED.has(problem.code) ? '' : '0';
}

function milliseconds(ms: number | null): string {
  return ms === null ? '' : `${ms}ms`;
}

/** Percent-encodes what could close the quotes or the line. */
function quotable(text: string, longest: number): string {
  return text
    .slice(0, longest)
    .replace(/["\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (sign) => encodeURIComponent(sign));
}
