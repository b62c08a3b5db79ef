import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { type Commands, createCommands } from '../kit/commands.ts';
import { readConfigVars } from '../kit/environment.ts';
import { detail, heading, runCompile } from '../kit/output.ts';
import { restoreDirectories, saveDirectories, signatureOf } from './cache.ts';
import { buildEnvironment } from './environment.ts';
import { type Manifest, parseManifest, wantedNode } from './manifest.ts';
import {
  choosePackageManager,
  downloadEnvironment,
  installCommand,
  type PackageManager,
  pruneCommand,
  scriptCommand,
} from './package-manager.ts';
import { CONCURRENCY_PROFILE, exportFile, NODE_PROFILE } from './profile.ts';
import { linkNode, type Runtime, requestNode, satisfies } from './runtime.ts';

const [pack, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];
/** What npm, yarn and pnpm say when their registry is not to be reached. */
const UNREACHABLE = {
  pattern: /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ECONNRESET|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER/,
  advice: ['The operator names a mirror with npm_config_registry in the build environment.'],
};

await runCompile(compile);

/** The build of a Node.js app, in Heroku's order (builds 10). */
async function compile(): Promise<void> {
  const manifest = parseManifest(readFileSync(join(app, 'package.json'), 'utf8'));
  const yarnrc = existsSync(join(app, '.yarnrc.yml')) ? readFileSync(join(app, '.yarnrc.yml'), 'utf8') : null;
  const manager = choosePackageManager(manifest, readdirSync(app), yarnrc);
  const configVars = readConfigVars(envFolder);
  const basis = buildEnvironment(process.env, configVars, app);
  const env = { ...basis, ...downloadEnvironment(cache, basis['npm_config_registry']) };
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE });

  heading('Creating runtime environment');
  detail(`NODE_ENV=${env['NODE_ENV']}`);
  const runtime = await installNode(manifest, configVars);
  const needsPackages = manifest.hasDependencies || manifest.hasDevDependencies || hasInstallScripts(manifest);
  if (needsPackages || manager.name !== 'npm') await installManager(manager, runtime, commands);
  const signature = signatureOf(env, runtime, manager);
  const caching = env['NODE_MODULES_CACHE'] !== 'false';
  if (caching) restoreDirectories(app, cache, manifest.cacheDirectories, signature);

  await runScript(manifest, manager, commands, 'heroku-prebuild');
  await installPackages(manifest, manager, commands, needsPackages);
  const build = 'heroku-postbuild' in manifest.scripts ? 'heroku-postbuild' : 'build';
  await runScript(manifest, manager, commands, build);
  if (caching) saveDirectories(app, cache, manifest.cacheDirectories, signature);
  else for (const name of ['npm', 'yarn', 'pnpm']) rmSync(join(cache, name), { recursive: true, force: true });
  if (manifest.hasDevDependencies) await prune(manager, commands, env);
  await runScript(manifest, manager, commands, 'heroku-cleanup');

  writeProfiles();
  heading('Build succeeded!');
}

async function installNode(manifest: Manifest, configVars: Readonly<Record<string, string>>): Promise<Runtime> {
  heading('Installing binaries');
  const { range, from } = wantedNode(manifest, app);
  detail(`${from}: ${range ?? 'unspecified, the LTS version is used'}`);
  const runtime = await requestNode(range, configVars['NODEJS_ALLOW_WIDE_RANGE'] === 'true');
  linkNode(app, runtime);
  detail(`Using Node.js ${runtime.node}${runtime.npm === null ? '' : ` and npm ${runtime.npm}`}`);
  return runtime;
}

/** Puts yarn, pnpm or another npm below `.heroku`, so that it is there at run time too. */
async function installManager(manager: PackageManager, runtime: Runtime, commands: Commands): Promise<void> {
  if (runtime.npm === null) {
    throw new BuildError(
      'npm is not on this server, and the npm registry cannot be reached to get it.',
      'The operator sets JANGADA_NPM_REGISTRY to a registry or a mirror. Apps without dependencies can be deployed.',
    );
  }
  if (manager.specifier === null) return;
  const name = commandName(manager);
  const range = manager.specifier.slice(manager.specifier.lastIndexOf('@') + 1);
  if (name === 'npm' && (await satisfies(runtime, runtime.npm, range))) return;
  detail(`Installing ${manager.specifier}...`);
  const prefix = join(app, '.heroku', name);
  await commands.run([
    'npm',
    'install',
    '--global',
    '--prefix',
    prefix,
    '--no-audit',
    '--no-fund',
    '--silent',
    manager.specifier,
  ]);
}

async function installPackages(
  manifest: Manifest,
  manager: PackageManager,
  commands: Commands,
  needed: boolean,
): Promise<void> {
  if (!needed) {
    heading('No dependencies to install');
    return;
  }
  heading('Installing dependencies');
  if (manager.lockfile === null) {
    detail('There is no lockfile: versions may differ from build to build. Commit the one that npm install writes.');
  }
  const committed =
    existsSync(join(app, 'node_modules')) && manager.name === 'npm' && manifest.cacheDirectories.length === 0;
  if (committed && manager.lockfile === null) {
    detail('node_modules is part of the source: rebuilding native packages only.');
    await commands.run([...manager.program, 'rebuild']);
    return;
  }
  await commands.run(installCommand(manager));
}

async function prune(
  manager: PackageManager,
  commands: Commands,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const skip = manager.name === 'berry' ? 'YARN2_SKIP_PRUNING' : `${manager.name.toUpperCase()}_SKIP_PRUNING`;
  const wanted = env['NODE_ENV'] === 'production' && env['NPM_CONFIG_PRODUCTION'] !== 'false' && env[skip] !== 'true';
  const command = pruneCommand(manager);
  if (!wanted || command === null) return;
  heading('Pruning devDependencies');
  await commands.run(command);
}

async function runScript(manifest: Manifest, manager: PackageManager, commands: Commands, name: string): Promise<void> {
  if (!(name in manifest.scripts)) return;
  heading(name === 'build' || name === 'heroku-postbuild' ? 'Build' : `Running ${name}`);
  detail(`Running ${name}${manager.name === 'npm' ? '' : ` (${commandName(manager)})`}`);
  await commands.run(scriptCommand(manager, name));
}

function writeProfiles(): void {
  const folder = join(app, '.profile.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'nodejs.sh'), NODE_PROFILE);
  writeFileSync(join(folder, 'WEB_CONCURRENCY.sh'), CONCURRENCY_PROFILE);
  writeFileSync(join(pack, 'export'), exportFile(app));
}

function commandName({ name }: PackageManager): 'npm' | 'yarn' | 'pnpm' {
  return name === 'berry' ? 'yarn' : name;
}

/** Scripts that an install runs even without dependencies. */
function hasInstallScripts({ scripts }: Manifest): boolean {
  return ['preinstall', 'install', 'postinstall', 'prepare'].some((name) => name in scripts);
}
