import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { type Commands, createCommands } from '../kit/commands.ts';
import { inheritedEnvironment, readConfigVars } from '../kit/environment.ts';
import { detail, heading, runCompile, warning } from '../kit/output.ts';
import { type Runtime, requestRuntime } from '../kit/runtime.ts';
import { buildEnvironment } from './environment.ts';
import { explainFailure, UNREACHABLE } from './failures.ts';
import { type GoModule, installCommand, parseGoModule, procfileFor, wantedGo } from './module.ts';

const [, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];

await runCompile(compile);

/** The build of a Go app, in Heroku's order (builds 10). The programs are in `bin`; Go itself is not part of the slug. */
async function compile(): Promise<void> {
  const module = readModule();
  const configVars = readConfigVars(envFolder);
  const go = await installGo(module, configVars['GOVERSION']);
  const vendored = existsSync(join(app, 'vendor', 'modules.txt'));
  const places = { root: go.prefix, cache, app, vendored };
  const env = buildEnvironment(inheritedEnvironment(process.env), configVars, places);
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainFailure });

  await runHook('go-pre-compile', commands);
  if (vendored) detail('The modules of the folder vendor are used.');
  const packages = await choosePackages(module, env, commands);
  const before = new Set(binaries());
  heading(`Running: ${installCommand(packages, env).join(' ')}`);
  await commands.run(installCommand(packages, env));
  const installed = await installedBy(packages, before, commands);
  heading('Installed the following binaries:');
  for (const name of installed) detail(`./bin/${name}`);
  await runHook('go-post-compile', commands);
  writeProcfile(installed, module);
  heading('Build succeeded!');
}

function readModule(): GoModule {
  const file = join(app, 'go.mod');
  if (existsSync(file)) {
    const module = parseGoModule(readFileSync(file, 'utf8'));
    heading(`Detected go modules via go.mod`);
    heading(`Detected Module Name: ${module.name}`);
    return module;
  }
  throw new BuildError(
    'There is no go.mod: dep, godep, govendor and glide are out of use.',
    'Run go mod init and go mod tidy, commit go.mod and go.sum and push again.',
  );
}

async function installGo(module: GoModule, setting: string | undefined): Promise<Runtime> {
  const { ranges, from } = wantedGo(module, setting);
  const go = await firstOf(ranges.length === 0 ? [null] : ranges);
  heading(`Using go${go.version}${from === null ? '' : `, by ${from}`}`);
  const exact = ranges[0]?.match(/^\d+\.\d+\.\d+$/)?.[0];
  if (exact && exact !== go.version)
    warning(`Go ${exact} is not on this server: ${go.version} of the same line is used.`);
  return go;
}

/** The first range that is to be had; the error is that of the last. */
async function firstOf(ranges: readonly (string | null)[]): Promise<Runtime> {
  const [range, ...others] = ranges as [string | null, ...(string | null)[]];
  if (others.length === 0) return await requestRuntime('go', range);
  return await requestRuntime('go', range).catch((error: unknown) => {
    if (error instanceof BuildError) return firstOf(others);
    throw error;
  });
}

/** `GO_INSTALL_PACKAGE_SPEC`, the directive in go.mod, or every program that there is. */
async function choosePackages(
  module: GoModule,
  env: Readonly<Record<string, string>>,
  commands: Commands,
): Promise<readonly string[]> {
  const setting = (env['GO_INSTALL_PACKAGE_SPEC'] ?? '').split(/\s+/).filter((name) => name !== '');
  if (setting.length > 0) return setting;
  if (module.install.length > 0) return module.install;
  heading('Determining packages to install');
  const programs = await listPrograms(['./...'], '{{.ImportPath}}', commands);
  if (programs.length === 0) {
    throw new BuildError(
      'There is no program in this module: no package is named main.',
      'Push the module with the program, or name its package: // +heroku install ./cmd/... in go.mod.',
    );
  }
  for (const program of programs) detail(program);
  return programs;
}

async function listPrograms(packages: readonly string[], what: string, commands: Commands): Promise<readonly string[]> {
  const template = `{{if eq .Name "main"}}${what}{{end}}`;
  const listed = await commands.read(['go', 'list', '-find', '-tags', 'heroku', '-f', template, ...packages]);
  // What is wrong with the module, the install says in its own words.
  if (listed === null) return ['./...'];
  return listed.split('\n').filter((line) => line.trim() !== '');
}

/** Names in `bin` that this install made; a program of the same name may have been in the source. */
async function installedBy(
  packages: readonly string[],
  before: ReadonlySet<string>,
  commands: Commands,
): Promise<readonly string[]> {
  const targets = await listPrograms(packages, '{{.Target}}', commands);
  const named = targets.map((target) => target.slice(target.lastIndexOf('/') + 1));
  const there = binaries();
  return there.filter((name) => named.includes(name) || !before.has(name));
}

function binaries(): readonly string[] {
  mkdirSync(join(app, 'bin'), { recursive: true });
  return readdirSync(join(app, 'bin')).sort();
}

/** `bin/go-pre-compile` and `bin/go-post-compile` of the app. */
async function runHook(name: string, commands: Commands): Promise<void> {
  if (!existsSync(join(app, 'bin', name))) return;
  heading(`Running bin/${name} hook`);
  await commands.run(['bash', `bin/${name}`]);
}

function writeProcfile(installed: readonly string[], module: GoModule): void {
  const file = join(app, 'Procfile');
  if (existsSync(file) || installed.length === 0) return;
  const text = procfileFor(installed, module);
  writeFileSync(file, text);
  heading('Created a Procfile with the following entries:');
  for (const line of text.trimEnd().split('\n')) detail(line);
}
