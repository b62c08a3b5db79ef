import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import type { Commands } from '../kit/commands.ts';
import { detail, heading } from '../kit/output.ts';
import { ENVIRONMENT } from './environment.ts';

const PYTHON = `${ENVIRONMENT}/bin/python`;

/** Collects a Django app's static files, unless DISABLE_COLLECTSTATIC is set or it does not use the app that collects them. */
export async function collectStatic(
  app: string,
  env: Readonly<Record<string, string>>,
  commands: Commands,
): Promise<void> {
  const manage = findManage(app);
  if (manage === null || (await commands.read([PYTHON, '-c', 'import django'])) === null) return;
  if (env['DISABLE_COLLECTSTATIC'] && env['DISABLE_COLLECTSTATIC'] !== '0') {
    heading('Skipping Django collectstatic since the env var DISABLE_COLLECTSTATIC is set.');
    return;
  }
  if ((await commands.read([PYTHON, manage, 'help', 'collectstatic'])) === null) {
    heading('Skipping Django collectstatic: the command is not there.');
    detail(`"python ${manage} help collectstatic" fails; django.contrib.staticfiles may not be in INSTALLED_APPS.`);
    return;
  }
  heading(`$ python ${manage} collectstatic --noinput`);
  try {
    await commands.run([PYTHON, manage, 'collectstatic', '--noinput', '--traceback']);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw new BuildError(
      ...error.lines,
      'Run it on your machine to see why; settings must not need a database or other add-ons while static files are collected.',
      'An app without static files: heroku config:set DISABLE_COLLECTSTATIC=1',
    );
  }
}

/** `manage.py` at most two folders down, the highest first; its path from the app's folder. */
function findManage(app: string): string | null {
  let level = [app];
  for (let depth = 0; depth < 3; depth++) {
    const found = level.find((folder) => existsSync(join(folder, 'manage.py')));
    if (found !== undefined) return relative(app, join(found, 'manage.py'));
    level = level.flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        .map((entry) => join(folder, entry.name))
        .sort(),
    );
  }
  return null;
}
