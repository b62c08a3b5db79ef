/** How a site is served: `static.json`, with Heroku's keys. */
export interface SiteConfig {
  /** Folder with the files, relative to the app. */
  readonly root: string;
  /** `/about` serves `about.html`. */
  readonly cleanUrls: boolean;
  /** In order: a pattern with `*` (no slash) and `**`, and the file it serves. */
  readonly routes: readonly (readonly [pattern: string, file: string])[];
  /** In order; all that match apply. */
  readonly headers: readonly (readonly [pattern: string, values: Readonly<Record<string, string>>])[];
  readonly redirects: readonly (readonly [path: string, to: string, status: number])[];
  /** File of the 404 page, relative to the root. */
  readonly errorPage: string | null;
  readonly httpsOnly: boolean;
  /** Requests for other hosts are redirected to this one; null for none. */
  readonly canonicalHost: string | null;
  /** Asks for a name and a password: those of the config vars BASIC_AUTH_USERNAME and BASIC_AUTH_PASSWORD. */
  readonly basicAuth: boolean;
  /** Whether each request is a line of the log. */
  readonly logAccess: boolean;
}

/**
 * Reads `static.json`; null means there is none. `folders`: what lies at the top of the app, to find the root when the file does
 * not name one. Throws with a sentence when something in it cannot be used.
 */
export function parseSiteConfig(text: string | null, folders: readonly string[]): SiteConfig {
  let value: unknown = {};
  try {
    if (text !== null) value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`static.json is not valid JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (!isRecord(value)) throw new Error('static.json must hold an object: { "root": "public/" }');
  const root = value['root'] ?? defaultRoot(text !== null, folders);
  if (typeof root !== 'string' || root.startsWith('/') || root.split('/').includes('..')) {
    throw new Error('"root" in static.json must be a folder inside the app, for example "public/".');
  }
  if (value['proxies'] !== undefined) {
    throw new Error(
      '"proxies" in static.json is not there: this server serves files only. Call the other app by its URL, with CORS.',
    );
  }
  const canonicalHost = value['canonical_host'] ?? null;
  if (canonicalHost !== null && (typeof canonicalHost !== 'string' || !/^[\w.-]+(:\d+)?$/.test(canonicalHost))) {
    throw new Error('"canonical_host" in static.json must be a host name, for example "www.example.com".');
  }
  return {
    root,
    cleanUrls: value['clean_urls'] === true,
    routes: entries(value, 'routes').map(([pattern, file]) => [pattern, textOf(file, `routes["${pattern}"]`)] as const),
    headers: entries(value, 'headers').map(([pattern, values]) => [pattern, headersOf(pattern, values)] as const),
    redirects: entries(value, 'redirects').map(redirectOf),
    errorPage: value['error_page'] === undefined ? null : textOf(value['error_page'], 'error_page'),
    httpsOnly: value['https_only'] === true,
    canonicalHost,
    basicAuth: value['basic_auth'] === true,
    logAccess: isRecord(value['logging']) && value['logging']['access'] === true,
  };
}

/** A pattern of `static.json` as a regular expression over paths. */
export function patternExpression(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&')))
    .join('');
  return new RegExp(`^${pattern.startsWith('/') ? '' : '/'}${source}$`);
}

function defaultRoot(hasConfig: boolean, folders: readonly string[]): string {
  if (hasConfig) return folders.includes('public_html') ? 'public_html' : folders.includes('public') ? 'public' : '.';
  return folders.includes('index.html') ? '.' : 'public';
}

function redirectOf([path, value]: readonly [string, unknown]): readonly [string, string, number] {
  if (typeof value === 'string') return [path, value, 301];
  if (!isRecord(value)) throw new Error(`redirects["${path}"] in static.json must have a "url".`);
  const status = value['status'] ?? 301;
  if (typeof status !== 'number' || ![301, 302, 303, 307, 308].includes(status)) {
    throw new Error(`redirects["${path}"].status in static.json must be 301, 302, 303, 307 or 308.`);
  }
  return [path, textOf(value['url'], `redirects["${path}"].url`), status];
}

function headersOf(pattern: string, value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value))
    throw new Error(`headers["${pattern}"] in static.json must be an object of header names and values.`);
  for (const [name, content] of Object.entries(value)) {
    if (!/^[\w-]+$/.test(name) || typeof content !== 'string' || /[\r\n\0]/.test(content)) {
      throw new Error(`headers["${pattern}"]["${name}"] in static.json is not a header.`);
    }
  }
  return value as Record<string, string>;
}

function entries(config: Record<string, unknown>, key: string): readonly (readonly [string, unknown])[] {
  const value = config[key] ?? {};
  if (!isRecord(value)) throw new Error(`"${key}" in static.json must be an object.`);
  return Object.entries(value);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${name} in static.json must be a text.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
