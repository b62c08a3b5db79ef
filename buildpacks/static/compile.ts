import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseSiteConfig, type SiteConfig } from './site-config.ts';

const [pack, app] = process.argv.slice(2) as [string, string];
const SERVER_FILES = ['package.json', 'serve.ts', 'site.ts', 'site-config.ts', 'content.ts'];

const config = readConfig();
if (config) {
  process.stdout.write(`-----> Serving ${config.root === '.' ? 'the top folder' : config.root}\n`);
  const into = join(app, '.heroku', 'static');
  mkdirSync(into, { recursive: true });
  for (const file of SERVER_FILES) cpSync(join(pack, file), join(into, file));
  await linkNode(into);
  process.stdout.write('-----> Build succeeded!\n');
} else {
  process.exitCode = 1;
}

function readConfig(): SiteConfig | null {
  const file = join(app, 'static.json');
  try {
    const config = parseSiteConfig(existsSync(file) ? readFileSync(file, 'utf8') : null, readdirSync(app));
    if (!existsSync(join(app, config.root))) throw new Error(`The folder ${config.root} is not there.`);
    return config;
  } catch (error) {
    process.stdout.write(`\n !     ${error instanceof Error ? error.message : String(error)}\n\n`);
    return null;
  }
}

/** The server runs on the platform's Node.js, shared by all apps, whatever Node.js the app itself may have. */
async function linkNode(into: string): Promise<void> {
  const requests = '/opt/jangada/runtime-requests';
  writeFileSync(join(requests, 'static'), JSON.stringify({ runtime: 'node', range: null, wide: false }));
  renameSync(join(requests, 'static'), join(requests, '1.json'));
  const file = '/opt/jangada/runtime-answers/1.json';
  while (!existsSync(file)) await sleep(3);
  const { name } = JSON.parse(readFileSync(file, 'utf8')) as { readonly name: string };
  const shared = join(app, '.jangada', name);
  mkdirSync(join(app, '.jangada'), { recursive: true });
  if (!existsSync(shared)) symlinkSync(join('/app/.jangada', name), shared);
  symlinkSync(`../../.jangada/${name}/bin/node`, join(into, 'node'));
}
