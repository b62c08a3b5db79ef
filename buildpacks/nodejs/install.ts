import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import type { Commands } from '../kit/commands.ts';
import { detail, heading } from '../kit/output.ts';
import { installKey, keepInstall, restoreInstall } from './kept-install.ts';
import { installCommand, listCommand, planPrune, scriptCommand } from './manager-commands.ts';
import { type Manifest, wantedNode } from './manifest.ts';
import { commandName, type PackageManager } from './package-manager.ts';
import type { PnpmSettings } from './pnpm.ts';
import { linkNode, type Runtime, requestNode, satisfies } from './runtime.ts';
import { writeYarnShim, type YarnSettings } from './yarn.ts';

/** What the steps of one build work with. */
export interface Build {
  readonly app: string;
  readonly cache: string;
  readonly manifest: Manifest;
  readonly manager: PackageManager;
  readonly yarn: YarnSettings;
  readonly pnpm: PnpmSettings;
  readonly env: Readonly<Record<string, string>>;
  readonly commands: Commands;
}

export async function installNode(app: string, manifest: Manifest, wide: boolean): Promise<Runtime> {
  heading('Installing binaries');
  const { range, from } = wantedNode(manifest, app);
  detail(`${from}: ${range ?? 'unspecified, the LTS version is used'}`);
  const runtime = await requestNode(range, wide);
  linkNode(app, runtime);
  detail(`Using Node.js ${runtime.node}${runtime.npm === null ? '' : ` and npm ${runtime.npm}`}`);
  return runtime;
}

/** Puts yarn, pnpm or another npm below `.heroku`, so that it is there at run time too. */
export async function installManager(
  { app, manifest, manager, yarn, commands }: Build,
  runtime: Runtime,
): Promise<void> {
  if (manager.name === 'npm' && !needsPackages(manifest)) return;
  if (yarn.path !== null && manager.name === 'berry') {
    if (!existsSync(join(app, yarn.path))) {
      throw new BuildError(
        `.yarnrc.yml says that Yarn is in ${yarn.path}, and that file is not in the source.`,
        'Commit it, or remove the line yarnPath.',
      );
    }
    return writeYarnShim(app, yarn.path);
  }
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
  const quietly = ['--no-audit', '--no-fund', '--silent'];
  await commands.run(['npm', 'install', '--global', '--prefix', prefix, ...quietly, manager.specifier]).catch(() => {
    throw new BuildError(
      `${manager.specifier} could not be installed from the npm registry.`,
      'Correct packageManager or engines in package.json: only published versions are to be had.',
    );
  });
}

export async function installPackages(build: Build, signature: string): Promise<void> {
  const { app, manifest, manager, yarn, env, commands } = build;
  if (manager.name === 'npm' && !needsPackages(manifest)) return heading('No dependencies to install');
  heading('Installing dependencies');
  if (manager.lockfile === null) {
    detail(
      `There is no lockfile: versions may differ from build to build. Commit the one that ${commandName(manager)} install writes.`,
    );
  }
  const committed = existsSync(join(app, 'node_modules')) && manifest.cacheDirectories.length === 0;
  if (committed && manager.name === 'npm' && manager.lockfile === null) {
    detail('node_modules is part of the source: rebuilding native packages only.');
    return commands.run([...manager.program, 'rebuild']);
  }
  if (yarn.zeroInstall && manager.name === 'berry')
    detail('The archives of .yarn/cache are used: nothing is downloaded.');
  const key = installKey(build, signature);
  if (key !== null && (await restoreInstall(build, key))) {
    detail(`${manager.lockfile} has not changed: node_modules is what the last build installed.`);
    return;
  }
  await commands.run(installCommand(manager, yarn, env));
  if (key !== null) await keepInstall(build, key);
}

/** `heroku-postbuild` wins over `build`. */
export async function runBuild(build: Build): Promise<void> {
  const { scripts } = build.manifest;
  if ('heroku-postbuild' in scripts && 'build' in scripts) {
    heading('Detected both "build" and "heroku-postbuild" scripts: "heroku-postbuild" is run');
  }
  if ('heroku-postbuild' in scripts) return runScript(build, 'heroku-postbuild');
  const flags = (build.env['NODE_BUILD_FLAGS'] ?? '').split(/\s+/).filter((flag) => flag !== '');
  await runScript(build, 'build', flags);
}

export async function runScript(
  { manifest, manager, commands }: Build,
  name: string,
  flags: readonly string[] = [],
): Promise<void> {
  // yarn takes an empty script for none.
  if ((manifest.scripts[name] ?? '').trim() === '') return;
  heading(HEADINGS[name] ?? `Running ${name}`);
  detail(`Running ${name}${manager.name === 'npm' ? '' : ` (${commandName(manager)})`}`);
  await commands.run(scriptCommand(manager, name, flags));
}

const HEADINGS: Readonly<Record<string, string>> = {
  'heroku-prebuild': 'Prebuild',
  build: 'Build',
  'heroku-postbuild': 'Build',
  'heroku-cleanup': 'Cleanup',
};

/** Asked for with `NODE_VERBOSE`; npm says by its status that something is odd with a package, which is no failure here. */
export async function listPackages({ manager, commands }: Build): Promise<void> {
  const argv = listCommand(manager);
  if (argv === null) return;
  heading('Dependencies');
  await commands.run(argv).catch(() => undefined);
}

export async function prune({ app, manifest, manager, yarn, pnpm, env, commands }: Build): Promise<void> {
  if (!manifest.hasDevDependencies && !pnpm.workspace) return;
  heading('Pruning devDependencies');
  const plan = planPrune(manager, yarn, pnpm, env);
  if ('skip' in plan) return detail(plan.skip);
  // pnpm leaves in node_modules what no package needs any more.
  for (const folder of pnpm.folders) rmSync(join(app, folder, 'node_modules'), { recursive: true, force: true });
  await commands.run(plan.argv);
}

/** Whether an install has anything to do; scripts that it runs count. */
function needsPackages({ hasDependencies, hasDevDependencies, scripts }: Manifest): boolean {
  const runByInstall = ['preinstall', 'install', 'postinstall', 'prepare'];
  return hasDependencies || hasDevDependencies || runByInstall.some((name) => name in scripts);
}
