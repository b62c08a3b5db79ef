import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { type Commands, createCommands } from '../kit/commands.ts';
import { detail, heading } from '../kit/output.ts';
import { copyTree } from '../kit/trees.ts';
import type { Lockfile } from './gemfile.ts';

/** What Sprockets and others would make anew each time, from the app's folder. */
const KEPT = ['tmp/cache/assets', 'node_modules/.cache'];

/** Runs `rake assets:precompile` when the app has that task, as Heroku does for Rails and others. */
export async function precompileAssets(
  app: string,
  cache: string,
  lockfile: Lockfile,
  env: Readonly<Record<string, string>>,
  commands: Commands,
): Promise<void> {
  if (!lockfile.gems.has('rake') && !lockfile.gems.has('railties')) return;
  if (!['Rakefile', 'rakefile', 'Rakefile.rb', 'rakefile.rb'].some((name) => existsSync(join(app, name)))) return;
  // Rails reads its database's address when it starts, even where no task uses it.
  const database = lockfile.gems.has('mysql2') ? 'mysql2' : 'postgresql';
  const own = createCommands({
    folder: app,
    env: { DATABASE_URL: `${database}://user:pass@127.0.0.1/dbname`, ...env },
    unreachable: { pattern: /(?!)/, advice: [] },
  });
  const tasks = await own.read(['bundle', 'exec', 'rake', '-P', '--trace']);
  if (tasks === null) {
    detail('"rake -P" fails, so no assets are compiled. Run it on your machine with RAILS_ENV=production to see why.');
    return;
  }
  if (!/^rake assets:precompile$/m.test(tasks)) return;
  heading('Preparing app for Rails asset pipeline');
  const manifest = manifestOf(app);
  if (manifest !== null) {
    detail(`Detected ${manifest}: the assets were compiled before.`);
    return;
  }
  const kept = join(cache, 'ruby-assets');
  for (const folder of KEPT) {
    if (existsSync(join(kept, folder)) && !existsSync(join(app, folder)))
      copyTree(join(kept, folder), join(app, folder));
  }
  detail('Running: rake assets:precompile');
  try {
    await own.run(['bundle', 'exec', 'rake', 'assets:precompile']);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw new BuildError(
      ...error.lines,
      'Run "RAILS_ENV=production bundle exec rake assets:precompile" on your machine to see why. It must not need a database.',
    );
  }
  for (const folder of KEPT) if (existsSync(join(app, folder))) copyTree(join(app, folder), join(kept, folder));
  if (/^rake assets:clean$/m.test(tasks)) await commands.run(['bundle', 'exec', 'rake', 'assets:clean']);
}

function manifestOf(app: string): string | null {
  const folder = join(app, 'public', 'assets');
  if (!existsSync(folder)) return null;
  const name = readdirSync(folder).find((each) =>
    /^(\.sprockets-manifest.*\.json|manifest.*\.(json|yml)|\.manifest\.json)$/.test(each),
  );
  return name === undefined ? null : `public/assets/${name}`;
}
