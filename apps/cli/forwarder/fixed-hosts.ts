/**
 * Commands of the official CLI that ask hosts which nothing but a proxy redirects: `api.metrics.heroku.com`,
 * `api.metrics.herokai.com`, `telex.heroku.com`, and `particleboard.heroku.com` for favorites (cli-contract 1.5). Those after
 * them would give their token to `kolkrabbi.heroku.com` over TLS, to ask for GitHub: the proxy refuses, and they say that no
 * GitHub is connected. Shell patterns.
 */
export const FIXED_HOST_COMMANDS = [
  'ps:autoscale:*',
  'apps:errors',
  'apps:favorites*',
  'notifications',
  'dashboard',
  'pipelines:connect',
  'pipelines:diff',
  'pipelines:setup',
  'ci:debug',
  'ci:rerun',
  'ci:run',
];

/** The domains to which the CLI gives its token. */
const HEROKU_DOMAINS = ['heroku.com', 'herokai.com', 'herokuspace.com', 'herokudev.com'];

/** Whether these arguments of `heroku` are one of those commands. */
export function asksFixedHost(args: readonly string[]): boolean {
  const command = args[0] ?? '';
  return FIXED_HOST_COMMANDS.some((pattern) =>
    pattern.endsWith('*') ? command.startsWith(pattern.slice(0, -1)) : command === pattern,
  );
}

/**
 * Whether a tunnel to `target` (`api.metrics.heroku.com:5000`) is one that leads to the API instead: plain HTTP, for which the
 * CLI keeps the port of `HEROKU_HOST` whatever the host is. TLS to Heroku, telemetry above all, is none.
 */
export function isForApi(target: string, api: { readonly host: string; readonly port: number }): boolean {
  const [, host = '', port = ''] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(target.toLowerCase()) ?? [];
  if (Number(port) !== api.port) return false;
  return host === api.host || HEROKU_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
