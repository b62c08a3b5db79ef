import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { type Commands, createCommands } from '../kit/commands.ts';
import { inheritedEnvironment, readConfigVars } from '../kit/environment.ts';
import { detail, heading, runCompile, warning } from '../kit/output.ts';
import { linkTree, type Runtime, requestRuntime } from '../kit/runtime.ts';
import { openEnvironmentCache, signatureOf } from './cache.ts';
import { buildEnvironment, CONCURRENCY_PROFILE, ENVIRONMENT, exportFile, pythonProfile } from './environment.ts';
import { choosePackageManager, explainFailure, installCommand } from './package-manager.ts';
import { collectStatic } from './static-files.ts';
import { findProgram } from './tools.ts';
import { type WantedPython, wantedPython } from './version.ts';

const [pack, app, cache, envFolder] = process.argv.slice(2) as [string, string, string, string];
/** What pip, Pipenv, Poetry and uv say when the index is not to be reached. */
const UNREACHABLE = {
  pattern:
    /NewConnectionError|Temporary failure in name resolution|Failed to resolve|ConnectTimeoutError|Connection refused|CERTIFICATE_VERIFY_FAILED|dns error|All attempts to connect/,
  advice: [
    'Name another index with the config var PIP_INDEX_URL (Poetry and uv: in pyproject.toml), or keep wheels in the app and write',
    '"--no-index" and "--find-links FOLDER" at the top of requirements.txt.',
  ],
};

await runCompile(compile);

/** The build of a Python app, in Heroku's order (builds 10). */
async function compile(): Promise<void> {
  const manager = choosePackageManager(readdirSync(app));
  const configVars = readConfigVars(envFolder);
  const runtime = await installPython();
  const env = buildEnvironment(inheritedEnvironment(process.env), configVars, runtime, cache);
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainFailure });

  placeEnvironment();
  const kept = openEnvironmentCache(cache, join(app, '.heroku', 'python'));
  const signature = signatureOf([env['STACK'] ?? '', runtime.name, manager.name, readText(manager.file) ?? '']);
  const restored = kept.restore(signature);
  if (restored === 'changed') detail('The cached packages are not used: Python or the list of packages has changed.');
  if (restored === 'restored') detail('Using the packages of the last build.');
  else await createEnvironment(runtime, commands);
  writeProfiles(runtime);

  await runHook('pre_compile', commands);
  heading(`Installing dependencies using ${manager.title}`);
  const program = await findProgram(manager, runtime, commands, cache);
  await commands.run(installCommand(manager, { environment: ENVIRONMENT, program }));
  kept.save(signature);
  await collectStatic(app, env, commands);
  await runHook('post_compile', commands);
  heading('Build succeeded!');
}

async function installPython(): Promise<Runtime> {
  const stickyFile = join(cache, 'python-version');
  const sticky = existsSync(stickyFile) ? readFileSync(stickyFile, 'utf8') : null;
  const files = {
    'runtime.txt': readText('runtime.txt'),
    '.python-version': readText('.python-version'),
    'Pipfile.lock': readText('Pipfile.lock'),
  };
  const wanted = wantedPython(files, sticky);
  heading(
    wanted.version === null
      ? 'No Python version was specified.'
      : `Using Python ${wanted.version} specified in ${wanted.from}`,
  );
  if (wanted.version === null) detail('Write one into a file named .python-version, such as 3.13, to keep to it.');
  if (files['runtime.txt'] !== null)
    warning('runtime.txt is out of use: put the version into .python-version instead.');
  const runtime = await requestPython(wanted);
  heading(`Installing Python ${runtime.version}`);
  linkTree(app, runtime.name);
  writeFileSync(stickyFile, lineOf(runtime.version));
  return runtime;
}

/** A patch level that is not there is replaced by another of its line: those differ by fixes only. */
async function requestPython({ version, from }: WantedPython): Promise<Runtime> {
  try {
    return await requestRuntime('python', version);
  } catch (error) {
    if (version === null || !(error instanceof BuildError)) throw error;
    if (from === 'the last build') return await requestRuntime('python', null);
    if (version === lineOf(version)) throw error;
    const other = await requestRuntime('python', lineOf(version)).catch(() => null);
    if (!other) throw error;
    warning(`Python ${version} is not on this server: ${other.version} of the same line is used.`);
    return other;
  }
}

/** Packages are installed at the place where dynos have them: scripts name it in their first lines. */
function placeEnvironment(): void {
  rmSync(join(app, '.heroku', 'python'), { recursive: true, force: true });
  mkdirSync(join(app, '.heroku'), { recursive: true });
  mkdirSync('/app/.heroku', { recursive: true });
  rmSync(ENVIRONMENT, { recursive: true, force: true });
  symlinkSync(join(app, '.heroku', 'python'), ENVIRONMENT);
}

/** A venv over the shared runtime, with pip from a wheel that the runtime brings. */
async function createEnvironment(runtime: Runtime, commands: Commands): Promise<void> {
  // venv makes none where a link leads to; nothing but its activation scripts, which nobody needs, names this place.
  const folder = join(app, '.heroku', 'python');
  await commands.run([`${runtime.prefix}/bin/python3`, '-m', 'venv', '--without-pip', folder]);
  for (const name of readdirSync(join(folder, 'bin'))) {
    if (/^activate|^Activate/.test(name)) rmSync(join(folder, 'bin', name));
  }
  // What installing the wheel with itself would do, in a tenth of the time.
  const packages = join(folder, 'lib', `python${lineOf(runtime.version)}`, 'site-packages');
  await commands.run([`${ENVIRONMENT}/bin/python`, '-m', 'zipfile', '-e', pipWheel(runtime), packages]);
  const script = `#!${ENVIRONMENT}/bin/python\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n`;
  for (const name of ['pip', 'pip3']) writeFileSync(join(folder, 'bin', name), script, { mode: 0o755 });
}

function pipWheel(runtime: Runtime): string {
  const folders = [
    `${runtime.prefix}/share/python-wheels`,
    `${runtime.prefix}/lib/python${lineOf(runtime.version)}/ensurepip/_bundled`,
  ];
  for (const folder of folders.filter((each) => existsSync(each))) {
    const wheel = readdirSync(folder).find((name) => /^pip-[\d.]+.*\.whl$/.test(name));
    if (wheel) return join(folder, wheel);
  }
  throw new BuildError(`The runtime ${runtime.name} has no pip: its ensurepip is missing.`);
}

/** `bin/pre_compile` and `bin/post_compile` of the app. */
async function runHook(name: string, commands: Commands): Promise<void> {
  if (!existsSync(join(app, 'bin', name))) return;
  heading(`Running bin/${name} hook`);
  await commands.run(['bash', `bin/${name}`]);
}

function writeProfiles(runtime: Runtime): void {
  const folder = join(app, '.profile.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'python.sh'), pythonProfile(runtime));
  writeFileSync(join(folder, 'WEB_CONCURRENCY.sh'), CONCURRENCY_PROFILE);
  writeFileSync(join(pack, 'export'), exportFile(runtime));
}

function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function readText(name: string): string | null {
  return existsSync(join(app, name)) ? readFileSync(join(app, name), 'utf8') : null;
}
