import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { type Commands, createCommands } from '../kit/commands.ts';
import { inheritedEnvironment, readConfigVars } from '../kit/environment.ts';
import { detail, heading, runCompile, warning } from '../kit/output.ts';
import { linkRuntime, type Runtime, requestRuntime } from '../kit/runtime.ts';
import { copyTree } from '../kit/trees.ts';
import { precompileAssets } from './assets.ts';
import {
  BUNDLE,
  buildEnvironment,
  exportFile,
  PATHS,
  PATHS_SCRIPT,
  rubyProfile,
  rubyVariables,
} from './environment.ts';
import { explainBundler, type Lockfile, readLockfile, requirePlatform, wantedRuby } from './gemfile.ts';

const [pack, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];
/** What Bundler says when the gem server is not to be reached. */
const UNREACHABLE = {
  pattern:
    /Could not reach host \S+|SocketError|Network error while fetching \S+|getaddrinfo|Connection refused|certificate verify failed/,
  advice: [
    'Name a mirror with the config var BUNDLE_MIRROR__ALL, or keep the gems in the app: "bundle cache", and commit vendor/cache.',
  ],
};

await runCompile(compile);

/** The build of a Ruby app, in Heroku's order (builds 10). */
async function compile(): Promise<void> {
  const lockfile = readLock();
  const configVars = readConfigVars(envFolder);
  const runtime = await installRuby(lockfile);
  const bundler = bundlerOf(runtime);
  const programs = [join(app, BUNDLE, 'bin'), join(runtime.prefix, 'bin')];
  const secret = secretOf();
  const env = buildEnvironment(
    { SECRET_KEY_BASE: secret, ...inheritedEnvironment(process.env) },
    configVars,
    rubyVariables(runtime, bundler, app),
    programs,
  );
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainBundler });
  writeProfiles(runtime, bundler, secret);

  await installGems(runtime, bundler, env, commands);
  await precompileAssets(app, cache, lockfile, env, commands);
  if (lockfile.gems.has('execjs') && !hasNode(env)) {
    warning('The gem execjs needs Node.js at run time: heroku buildpacks:add --index 1 heroku/nodejs');
  }
  heading('Build succeeded!');
}

function readLock(): Lockfile {
  if (!existsSync(join(app, 'Gemfile.lock'))) {
    throw new BuildError('There is no Gemfile.lock.', 'Run "bundle install" on your machine and commit Gemfile.lock.');
  }
  const lockfile = readLockfile(readFileSync(join(app, 'Gemfile.lock'), 'utf8'));
  requirePlatform(lockfile);
  return lockfile;
}

/**
 * The version of the lockfile, otherwise what the Gemfile asks for. Where the Gemfile leaves it open, a patch level that is not
 * there gives way to another of its line; Bundler itself refuses one that the Gemfile rules out.
 */
async function installRuby(lockfile: Lockfile): Promise<Runtime> {
  const fileOf = (name: string): string | null => {
    const path = join(app, name);
    return path.startsWith(`${app}/`) && existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
  const wanted = wantedRuby(readFileSync(join(app, 'Gemfile'), 'utf8'), fileOf);
  const line = lockfile.ruby === null ? null : `~${lockfile.ruby.split('.').slice(0, 2).join('.')}.0`;
  const choices = [...new Set([lockfile.ruby, wanted, wanted === null ? line : null])].filter((each) => each !== null);
  heading('Installing Ruby');
  const runtime = await firstOf(choices.length === 0 ? [null] : choices);
  if (choices.length === 0)
    detail(`The Gemfile names no version of Ruby. Add one to keep to it: ruby "~> ${runtime.version}"`);
  else if (lockfile.ruby !== null && lockfile.ruby !== runtime.version) {
    warning(`Gemfile.lock names Ruby ${lockfile.ruby}, which is not on this server: ${runtime.version} is used.`);
  }
  detail(`Using Ruby ${runtime.version}`);
  linkRuntime(app, runtime, '.heroku/ruby');
  return runtime;
}

async function firstOf(choices: readonly (string | null)[]): Promise<Runtime> {
  let failure: unknown = null;
  for (const choice of choices) {
    try {
      return await requestRuntime('ruby', choice);
    } catch (error) {
      failure ??= error;
    }
  }
  if (!(failure instanceof BuildError)) throw failure;
  throw new BuildError(
    ...failure.lines,
    'Or change the ruby line of the Gemfile, such as ruby "~> 3.3.0", and run "bundle update --ruby".',
  );
}

/** The Bundler that comes with this Ruby. */
function bundlerOf(runtime: Runtime): string {
  const abi = `${runtime.version.split('.').slice(0, 2).join('.')}.0`;
  const folder = join(runtime.prefix, 'lib/ruby/gems', abi, 'specifications/default');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const version = names.map((name) => /^bundler-([\d.]+)\.gemspec$/.exec(name)?.[1]).find((each) => each !== undefined);
  if (version) return version;
  throw new BuildError(`The runtime ${runtime.name} has no Bundler in ${folder}.`);
}

async function installGems(
  runtime: Runtime,
  bundler: string,
  env: Readonly<Record<string, string>>,
  commands: Commands,
): Promise<void> {
  heading(`Installing dependencies using bundler ${bundler}`);
  const bundle = join(app, BUNDLE);
  const kept = join(cache, 'ruby', 'bundle');
  const signature = join(cache, 'ruby', 'signature');
  const wanted = [env['STACK'], runtime.name].join(' ');
  if (existsSync(bundle)) {
    warning('vendor/bundle is part of the source; it is for this machine to write. Add it to .gitignore.');
    rmSync(bundle, { recursive: true });
  }
  if (existsSync(signature) && readFileSync(signature, 'utf8') === wanted) copyTree(kept, bundle);
  // Settings of the developer's machine are not those of a build.
  rmSync(join(app, '.bundle', 'config'), { force: true });
  detail(
    `Running: BUNDLE_WITHOUT='${env['BUNDLE_WITHOUT']}' BUNDLE_PATH=${BUNDLE} BUNDLE_DEPLOYMENT=1 bundle install -j4`,
  );
  await commands.run(['bundle', 'install', '-j4', '--retry=2']);
  await commands.run(['bundle', 'clean']);
  rmSync(join(cache, 'ruby'), { recursive: true, force: true });
  copyTree(bundle, kept);
  writeFileSync(signature, wanted);
}

/** For apps that have set none; the same from build to build, so that sessions live on. */
function secretOf(): string {
  const file = join(cache, 'secret-key-base');
  if (!existsSync(file)) writeFileSync(file, randomBytes(64).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

function writeProfiles(runtime: Runtime, bundler: string, secret: string): void {
  mkdirSync(join(app, '.profile.d'), { recursive: true });
  mkdirSync(dirname(join(app, PATHS)), { recursive: true });
  writeFileSync(join(app, PATHS), PATHS_SCRIPT);
  writeFileSync(join(app, '.profile.d', 'ruby.sh'), rubyProfile(runtime, bundler, secret));
  writeFileSync(join(pack, 'export'), exportFile(runtime, bundler, app));
}

function hasNode(env: Readonly<Record<string, string>>): boolean {
  return (env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'node')));
}
