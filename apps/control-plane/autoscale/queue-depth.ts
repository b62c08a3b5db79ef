import { request } from 'node:http';
import type { Readable } from 'node:stream';
import { defaultHostname, type Monitor } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import { download } from '../deploy/download.ts';

/** Milliseconds for the whole answer. */
const ANSWER_MS = 5_000;
const MAX_BYTES = 65_536;

const ADVICE = 'Name a path of the app instead, such as /queue-depth: one of its web dynos is asked.';

/** Asks a monitor's queue how many entries wait in it. Throws a PlatformError that says why it cannot be known. */
export type QueueDepth = (monitor: Monitor) => Promise<number>;

/**
 * A path is asked of one of the app's own web dynos, past the router: it wakes nothing and counts as no traffic. A URL may
 * only lead to the public internet, so that nobody reaches through it what only the machine can (decision 0051).
 */
export function askQueueDepth(context: Context): QueueDepth {
  return async ({ appId, queueUrl }) => {
    const url = queueUrl ?? '';
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = url.startsWith('/')
      ? askDyno(context, appId, url, signal)
      : download(url, { signal, advice: ADVICE });
    try {
      return depthIn(await textOf(await answer));
    } catch (error) {
      if (!signal.aborted) throw error;
      throw unknown(`it does not answer within ${ANSWER_MS / 1000} seconds`);
    }
  };
}

async function askDyno(context: Context, appId: string, path: string, signal: AbortSignal): Promise<Readable> {
  const [app, up, containers] = await Promise.all([
    context.store.rows.apps.get(appId),
    context.store.rows.dynos.list({ appId, type: 'web', state: 'up' }),
    context.engine.list({}, signal),
  ]);
  const ids = new Set(up.filter(({ stopping }) => stopping === null).map(({ id }) => id));
  const web = containers.find(
    ({ dynoId, address, state }) => ids.has(dynoId) && address !== null && state === 'running',
  );
  if (app === null || web === undefined) throw unknown('the app has no web dyno that is up');
  const headers = { host: defaultHostname(context.settings, app.name), 'x-forwarded-proto': 'https' };
  return new Promise((resolve, reject) => {
    const asked = request({ host: web.address, port: web.port, path, headers, agent: false, signal });
    asked.once('error', (error) => reject(unknown(`${web.name} cannot be asked (${error.message})`)));
    asked.once('response', (response) => {
      if (response.statusCode === 200) return resolve(response);
      asked.destroy();
      reject(unknown(`${web.name} answers with status ${response.statusCode}`));
    });
    asked.end();
  });
}

async function textOf(answer: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    // Leaving the loop closes the connection.
    if (bytes > MAX_BYTES) throw unknown(`its answer is longer than ${MAX_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A number, as text or JSON, or an object whose `depth` is one. Throws when it is neither. */
export function depthIn(text: string): number {
  const value = parsed(text);
  const depth = typeof value === 'object' && value !== null && 'depth' in value ? value.depth : value;
  if (typeof depth === 'number' && Number.isFinite(depth) && depth >= 0) return depth;
  throw unknown('its answer must be a number, or JSON such as {"depth": 12}');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unknown(why: string): PlatformError {
  return new PlatformError('invalid_params', `The depth of the queue is not known: ${why}.`);
}
