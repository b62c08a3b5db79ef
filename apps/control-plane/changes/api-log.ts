import { type LogLine, logTime, oneLine, type Release } from '@jangada/core';
import type { Context } from '../context.ts';

/** Appends `app[api]` lines to an app's log, in order (behaviour 1.1). Call it after the commit. */
export async function logApi(context: Context, appId: string, texts: readonly string[]): Promise<void> {
  if (texts.length === 0) return;
  const at = logTime(context.clock.now().getTime());
  const lines = texts.map((text): LogLine => ({ appId, at, source: 'app', ps: 'api', text: oneLine(text) }));
  try {
    await context.logs.append(lines);
  } catch (error) {
    context.report('api-log-lost', { appId, error: String(error) });
  }
}

/** What the log says of a new release: `Deploy 1234abcd by user x@y`, `Release v3 created by user x@y`. */
export function releaseTexts(release: Release, email: string): readonly string[] {
  return [`${release.description} by user ${email}`, `Release v${release.version} created by user ${email}`];
}
