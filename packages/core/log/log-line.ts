/** Who a log line comes from: the app's own processes and API (`app`), or the platform (`heroku`). */
export type LogSource = 'app' | 'heroku';

/** One line of an app's log stream. Text has no line break and is at most 10,000 bytes (longer input is split). */
export interface LogLine {
  readonly appId: string;
  /** RFC 3339 UTC with microseconds: `2010-09-16T15:13:46.677020+00:00`. */
  readonly at: string;
  readonly source: LogSource;
  /** `web.1`, `router`, `api`, `run.4521`. */
  readonly ps: string;
  readonly text: string;
}

/** Longest text of one line in bytes; longer lines are split into chunks of this size (behaviour 4.2). */
export const MAX_LINE_BYTES = 10_000;

/** A text that may have line breaks, a command say, as the text of one line. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

/** Milliseconds since the epoch (fractions count as microseconds) as the time stamp of a log line. */
export function logTime(epochMs: number): string {
  const whole = Math.floor(epochMs);
  const micros = Math.floor((epochMs - whole) * 1000);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}+00:00`;
}

/** Lines that were lost: before they were stored (L10), or on the way to a reader who was too slow (L11). */
export interface Overflow {
  readonly code: 'L10' | 'L11';
  readonly appId: string;
  readonly count: number;
  /** Log times: of the notice, and of the first line that was lost. */
  readonly at: string;
  readonly since: string;
}

/** The notice that takes the place of lost lines (behaviour 4.2). */
export function overflowLine({ code, appId, count, at, since }: Overflow): LogLine {
  const buffer = code === 'L10' ? 'output' : 'tail';
  const text = `Error ${code} (${buffer} buffer overflow): ${count} messages dropped since ${since}.`;
  return { appId, at, source: 'heroku', ps: 'logplex', text };
}

/** The line as the CLI shows it: `2010-09-16T15:13:46.677020+00:00 app[web.1]: text`. */
export function formatLogLine(line: LogLine): string {
  return `${line.at} ${line.source}[${line.ps}]: ${line.text}`;
}
