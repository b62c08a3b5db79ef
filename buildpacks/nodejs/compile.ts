import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { createCommands } from '../kit/commands.ts';
import { readConfigVars } from '../kit/environment.ts';
import { detail, heading, runCompile } from '../kit/output.ts';
import { restoreDirectories, saveDirectories, signatureOf } from './cache.ts';
import { buildEnvironment, registryOf } from './environment.ts';
import { explainFailure, UNREACHABLE } from './failure-hints.ts';
import {
  type Build,
  installManager,
  installNode,
  installPackages,
  listPackages,
  prune,
  runBuild,
  runScript,
} from './install.ts';
import { forgetInstall } from './kept-install.ts';
import { downloadEnvironment, installsLoosely } from './manager-commands.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { choosePackageManager } from './package-manager.ts';
import { readPnpmSettings } from './pnpm.ts';
import { writeProfiles } from './profile.ts';
import { headersFor, mayCompile } from './runtime.ts';
import { dropArchives, mirrorYarnLock, readYarnSettings } from './yarn.ts';

const [pack, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];

await runCompile(compile);

/** The build of a Node.js app, in Heroku's order (builds 10). */
async function compile(): Promise<void> {
  refuseFilesInTheWay();
  const manifest = parseManifest(readFileSync(join(app, 'package.json'), 'utf8'));
  const configVars = readConfigVars(envFolder);
  const basis = buildEnvironment(process.env, configVars, app, pack);
  const registry = registryOf(app, basis['npm_config_registry']);
  const yarn = readYarnSettings(app, basis);
  const manager = choosePackageManager(manifest, readdirSync(app), yarn);

  heading('Creating runtime environment');
  detail(`NODE_ENV=${basis['NODE_ENV']}`);
  const runtime = await installNode(app, manifest, configVars['NODEJS_ALLOW_WIDE_RANGE'] === 'true');
  const headers = mayCompile(app, manager.lockfile) ? await headersFor(runtime) : null;
  const { npm_config_registry: _, ...withoutRegistry } = basis;
  const env: Readonly<Record<string, string>> = {
    ...withoutRegistry,
    ...(registry ? { npm_config_registry: registry } : {}),
    ...(headers ? { npm_config_nodedir: headers } : {}),
    ...downloadEnvironment(manager, yarn, cache, registry),
  };
  const build: Build = {
    app,
    cache,
    manifest,
    manager,
    yarn,
    pnpm: readPnpmSettings(app),
    env,
    commands: createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainFailure }),
  };
  await installManager(build, runtime);

  const signature = signatureOf(env, runtime, manager);
  const directories = env['NODE_MODULES_CACHE'] === 'false' ? [] : keptDirectories(manifest, build);
  restoreDirectories(app, cache, directories, signature);
  await runScript(build, 'heroku-prebuild');
  const restoreLockfile = manager.name === 'yarn' ? mirrorYarnLock(app, registry) : () => undefined;
  await installPackages(build, signature);
  await runBuild(build);
  if (env['NODE_VERBOSE'] === 'true') await listPackages(build);
  saveDirectories(app, cache, directories, signature);
  if (env['NODE_MODULES_CACHE'] === 'false') forgetDownloads();
  await prune(build);
  restoreLockfile();
  await runScript(build, 'heroku-cleanup');
  if (manager.name === 'berry') dropArchives(app, yarn);

  writeProfiles(app, pack);
  heading('Build succeeded!');
}

/** What the next build gets back: what package.json names, or the packages of an install that is not exact. */
function keptDirectories(manifest: Manifest, { manager, env }: Build): readonly string[] {
  if (manifest.cacheDirectories.length > 0) return manifest.cacheDirectories;
  return installsLoosely(manager, env) ? ['node_modules'] : [];
}

function forgetDownloads(): void {
  forgetInstall(cache);
  for (const name of ['npm', 'yarn', 'berry', 'pnpm']) rmSync(join(cache, name), { recursive: true, force: true });
}

function refuseFilesInTheWay(): void {
  for (const name of ['.heroku', '.heroku/node', '.profile.d']) {
    const info = lstatSync(join(app, name), { throwIfNoEntry: false });
    if (info && (!info.isDirectory() || name === '.heroku/node')) {
      throw new BuildError(
        `The directory ${name} could not be created: there is a ${info.isDirectory() ? 'folder' : 'file'} of this name in the source.`,
        `Remove it (git rm -r ${name}), or name it in .slugignore.`,
      );
    }
  }
}
