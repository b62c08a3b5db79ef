import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { serveSite } from './site.ts';
import { parseSiteConfig } from './site-config.ts';

/** The web process of a static site: run in `/app`. */
const text = existsSync('static.json') ? readFileSync('static.json', 'utf8') : null;
const config = parseSiteConfig(text, readdirSync('.'));
const { BASIC_AUTH_USERNAME: username, BASIC_AUTH_PASSWORD: password } = process.env;
if (config.basicAuth && !(username && password)) {
  console.error('static.json asks for "basic_auth": set the config vars BASIC_AUTH_USERNAME and BASIC_AUTH_PASSWORD.');
  process.exit(1);
}
const login = config.basicAuth && username && password ? { username, password } : null;
const server = createServer(await serveSite(config.root, config, login));
// Longer than the router's: it is the router that closes idle connections.
server.keepAliveTimeout = 95_000;
server.listen(Number(process.env['PORT'] ?? 5000), () => console.log(`Serving ${config.root}`));
process.once('SIGTERM', () => server.close());
