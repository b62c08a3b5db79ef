import { request as httpRequest } from 'node:http';

/** Answer of one call to the Docker Engine. */
export interface DockerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One call on the engine's socket, in the engine's own newest API version. Null when nothing answers within `timeout` milliseconds. */
export function callDocker(
  socketPath: string,
  method: string,
  path: string,
  timeout = 30_000,
): Promise<DockerAnswer | null> {
  return new Promise((resolve) => {
    const request = httpRequest({ socketPath, method, path, timeout, headers: { host: 'docker' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
      response.on('error', () => resolve(null));
    });
    request.on('error', () => resolve(null));
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.end();
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether containers go on while the engine is restarted; null when it does not answer. */
export async function keepsContainers(socketPath: string): Promise<boolean | null> {
  const answer = await callDocker(socketPath, 'GET', '/info', 3_000);
  return answer?.status === 200 ? (answer.body as { LiveRestoreEnabled?: boolean }).LiveRestoreEnabled === true : null;
}

/** The engine's version when it answers, for example `20.10.24`; null otherwise. */
export async function engineVersion(socketPath: string): Promise<string | null> {
  const answer = await callDocker(socketPath, 'GET', '/version', 3_000);
  if (answer?.status !== 200) return null;
  return (answer.body as { Version: string }).Version;
}
