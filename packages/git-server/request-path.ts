import { PlatformError } from '@jangada/platform-api';

/** The two halves of git's smart protocol. */
export type GitService = 'git-upload-pack' | 'git-receive-pack';

/** What a git client asks for. */
export interface GitRequest {
  readonly appName: string;
  /** `advertise` lists refs, `exchange` moves objects. */
  readonly step: 'advertise' | 'exchange';
  readonly service: GitService;
}

/**
 * Reads method and URL of a request. Null when it does not concern a repository; throws `forbidden` for the dumb protocol and
 * `method_not_allowed` or `not_found` for what git never asks.
 */
export function parseGitRequest(method: string, url: string): GitRequest | null {
  const parsed = URL.parse(url, 'http://git');
  const match = /^\/([^/]+)\.git(\/.*)?$/.exec(parsed?.pathname ?? '');
  if (!parsed || !match) return null;
  const [, appName, path = ''] = match as unknown as [string, string, string?];

  if (path === '/info/refs') {
    if (method !== 'GET' && method !== 'HEAD') throw notAllowed();
    const service = parsed.searchParams.get('service');
    if (service === null) {
      throw new PlatformError('forbidden', 'Only the smart HTTP protocol is spoken here. Use git 1.6.6 or newer.');
    }
    if (!isService(service)) throw new PlatformError('forbidden', `There is no git service "${service}".`);
    return { appName, step: 'advertise', service };
  }
  const service = path.slice(1);
  if (isService(service)) {
    if (method !== 'POST') throw notAllowed();
    return { appName, step: 'exchange', service };
  }
  if (/^\/(HEAD|objects\/)/.test(path)) {
    throw new PlatformError('forbidden', 'Only the smart HTTP protocol is spoken here. Use git 1.6.6 or newer.');
  }
  throw new PlatformError('not_found', `This is a git repository. Use it with git: git clone .../${appName}.git`);
}

/** User and password of a Basic `Authorization` header; null when there is none that can be read. */
export function parseBasicCredentials(header: string | undefined): { user: string; password: string } | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1];
  if (!encoded) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function isService(name: string): name is GitService {
  return name === 'git-upload-pack' || name === 'git-receive-pack';
}

function notAllowed(): PlatformError {
  return new PlatformError('method_not_allowed', 'Git does not use this method here.');
}
