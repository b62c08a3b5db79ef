import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { type Commands, createCommands } from '../kit/commands.ts';
import { inheritedEnvironment, readConfigVars } from '../kit/environment.ts';
import { detail, heading, runCompile, warning } from '../kit/output.ts';
import { linkTree, requestRuntime } from '../kit/runtime.ts';
import { type ComposerApp, readComposerApp } from './composer.ts';
import { buildEnvironment, exportFile, type PhpRuntimes, phpProfile, phpSettings } from './environment.ts';
import { chooseExtensions, extensionFolder, findExtensions, parseModules, productionSettings } from './extensions.ts';
import { explainFailure, UNREACHABLE } from './failures.ts';

const [pack, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];
const SERVERS = ['heroku-php-apache2', 'heroku-php-nginx'];

await runCompile(compile);

/** The build of a PHP app, in Heroku's order (builds 10). */
async function compile(): Promise<void> {
  const configVars = readConfigVars(envFolder);
  const composer = readApp(configVars['COMPOSER'] ?? 'composer.json');
  heading('Installing platform packages...');
  const runtimes = await installRuntimes(composer);
  const places = { app, cache, binFolder: composer.binFolder, php: runtimes.php };
  const env = buildEnvironment(inheritedEnvironment(process.env), configVars, places);
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainFailure });

  await writeSettings(runtimes, composer, commands);
  const program = await findComposer(runtimes);
  if (existsSync(join(app, configVars['COMPOSER'] ?? 'composer.json')))
    await installPackages(program, composer, commands);
  heading('Preparing runtime environment...');
  writeLaunchers(composer);
  writeProfiles(runtimes, composer);
  if (!existsSync(join(app, 'Procfile'))) detail('NOTICE: No Procfile, using "web: heroku-php-apache2".');
  if (composer.hasCompile) {
    heading("Running 'composer compile'...");
    await commands.run([...program, 'run-script', 'compile', '--no-dev', '--no-interaction']);
  }
  heading('Build succeeded!');
}

function readApp(name: string): ComposerApp {
  const read = (path: string): string | null =>
    existsSync(join(app, path)) ? readFileSync(join(app, path), 'utf8') : null;
  const json = read(name);
  if (json === null) {
    if (name !== 'composer.json')
      throw new BuildError(`There is no file ${name}, which the config var COMPOSER names.`);
    warning(
      'No composer.json found. Using index.php to tell that this is PHP is for old apps:',
      'create one that holds {}, and commit it.',
    );
  }
  return readComposerApp(json ?? '{}', read(name.replace(/\.json$/, '.lock')));
}

/** The web servers come from the stack, whatever PHP it is. */
async function installRuntimes({ php: range }: ComposerApp): Promise<PhpRuntimes> {
  const php = await requestRuntime('php', range);
  const runtimes = { php, apache: await requestRuntime('apache', null), nginx: await requestRuntime('nginx', null) };
  for (const runtime of Object.values(runtimes)) linkTree(app, runtime.name);
  detail(`- php (${php.version})`);
  detail(`- apache (${runtimes.apache.version})`);
  detail(`- nginx (${runtimes.nginx.version})`);
  return runtimes;
}

/** php.ini, and one file for each extension that is on. */
async function writeSettings({ php }: PhpRuntimes, composer: ComposerApp, commands: Commands): Promise<void> {
  const folder = join(app, '.heroku/php/etc/php');
  rmSync(join(app, '.heroku/php'), { recursive: true, force: true });
  mkdirSync(join(folder, 'conf.d'), { recursive: true });
  writeFileSync(join(folder, 'php.ini'), productionSettings(php));
  writeFileSync(join(folder, 'conf.d/000-heroku.ini'), phpSettings(extensionFolder(php)));
  const compiled = parseModules((await commands.read(['php', '-m'])) ?? '');
  const chosen = chooseExtensions(composer.extensions, findExtensions(php), compiled);
  for (const { name, file, priority } of chosen)
    copyFileSync(file, join(folder, 'conf.d', `${priority + 100}-${name}.ini`));
  for (const { name } of chosen.filter(({ builtIn }) => !builtIn)) detail(`- ext-${name}`);
}

async function installPackages(program: readonly string[], composer: ComposerApp, commands: Commands): Promise<void> {
  heading('Installing dependencies...');
  if (existsSync(join(app, composer.vendorFolder, 'composer'))) {
    warning(`The folder ${composer.vendorFolder} is part of the source. Packages that are in it are not downloaded.`);
  }
  const options = ['--no-dev', '--prefer-dist', '--optimize-autoloader', '--no-interaction', '--no-progress'];
  await commands.run([...program, 'install', ...options]);
}

/** Composer comes with the stack's PHP, and runs on whatever PHP the app has. */
async function findComposer({ php }: PhpRuntimes): Promise<readonly string[]> {
  const stack = php.origin === 'stack' ? php : await requestRuntime('php', null);
  return ['php', `${stack.prefix}/bin/composer`];
}

/** `heroku-php-apache2` and `heroku-php-nginx`, on the PATH and, as in old Procfiles, in the folder of Composer's programs. */
function writeLaunchers({ binFolder }: ComposerApp): void {
  const folder = join(app, '.heroku/php/launch');
  cpSync(join(pack, 'dyno'), folder, { recursive: true });
  mkdirSync(join(app, '.heroku/php/bin'), { recursive: true });
  mkdirSync(join(app, binFolder), { recursive: true });
  for (const name of SERVERS) {
    chmodSync(join(folder, name), 0o755);
    symlinkSync(`../launch/${name}`, join(app, '.heroku/php/bin', name));
    const old = join(app, binFolder, name);
    rmSync(old, { force: true });
    symlinkSync(relative(dirname(old), join(folder, name)), old);
  }
}

function writeProfiles(runtimes: PhpRuntimes, { binFolder }: ComposerApp): void {
  const folder = join(app, '.profile.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '000-php.sh'), phpProfile(runtimes, binFolder));
  writeFileSync(join(pack, 'export'), exportFile(app, runtimes.php));
}
