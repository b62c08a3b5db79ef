import type { Installation } from './installation.ts';
import { type Files, type WorkingCopy, workingCopy } from './sample-app.ts';

/** An app of its own for one test file: created, with a working copy and a remote. */
export interface AppUnderTest {
  readonly name: string;
  readonly platform: Installation;
  readonly copy: WorkingCopy;
  /** The API's answer about the app: `api('GET', '/formation')`. Throws on an error status. */
  api<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  /** What the log has now, oldest first. */
  logs(): Promise<string>;
  /** Pushes and throws with the output when it is rejected. */
  pushOk(): Promise<string>;
  destroy(): Promise<void>;
}

let count = 0;

export async function createApp(platform: Installation, prefix: string, files: Files): Promise<AppUnderTest> {
  count += 1;
  const name = `${prefix}-${Date.now().toString(36)}${count}`;
  const copy = await workingCopy(platform, files);
  const created = await copy.heroku(['apps:create', name]);
  if (created.status !== 0) throw new Error(created.output);
  const api = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const response = await platform.api(method, `/apps/${name}${path}`, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Body;
  };
  return {
    name,
    platform,
    copy,
    api,
    async logs() {
      const session = await api<{ logplex_url: string }>('POST', '/log-sessions', { lines: 1500 });
      return (await fetch(session.logplex_url)).text();
    },
    async pushOk() {
      const push = await copy.push();
      if (push.status !== 0) throw new Error(push.output);
      return push.output;
    },
    async destroy() {
      await platform.api('DELETE', `/apps/${name}`);
      await copy.remove();
    },
  };
}

/** Calls `look` until it returns something that is not null, at most `timeout` milliseconds. */
export async function eventually<Found>(
  look: () => Promise<Found | null>,
  what: string,
  timeout = 200_000,
): Promise<Found> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${timeout} ms in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
