import type { LogFilter, LogLine } from '@jangada/core';

/** Whether a line passes: `web` matches `web.1` and `web.2` but not `webhook.1`. */
export function lineMatches(line: LogLine, { source, ps }: LogFilter): boolean {
  if (source !== undefined && line.source !== source) return false;
  return ps === undefined || line.ps === ps || line.ps.startsWith(`${ps}.`);
}
