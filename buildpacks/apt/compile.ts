import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Commands, createCommands } from '../kit/commands.ts';
import { inheritedEnvironment } from '../kit/environment.ts';
import { detail, heading, runCompile } from '../kit/output.ts';
import { ask } from '../kit/runtime.ts';
import { explainApt, readAptfile } from './aptfile.ts';
import { aptProfile, exportFile, PLACE } from './environment.ts';
import { settleTree } from './tree.ts';

const [pack, app, cache] = process.argv.slice(2) as [string, string, string];
const state = join(cache, 'apt');
const archives = join(state, 'archives');
/** What apt says when a mirror is not to be reached. */
const UNREACHABLE = {
  pattern: /Temporary failure resolving \S+|Could not (?:resolve|connect to) \S+|Connection (?:refused|timed out)/,
  advice: ["The operator looks at the mirror in the stack's /etc/apt and at HTTP_PROXY in the environment of builds."],
};

await runCompile(compile);

/** The packages of an Aptfile with what they need, below `.apt` of the app. */
async function compile(): Promise<void> {
  const text = readFileSync(join(app, 'Aptfile'), 'utf8');
  const { packages, urls, repositories } = readAptfile(text, app);
  const status = ((await ask({ runtime: 'installed-packages' })) as { readonly status: string }).status;
  useCacheFor(`${text}\n${process.env['STACK']}`);
  const env = { ...inheritedEnvironment(process.env), APT_CONFIG: configure(repositories, status), LC_ALL: 'C.UTF-8' };
  const commands = createCommands({ folder: app, env, unreachable: UNREACHABLE, explain: explainApt });

  const files: string[] = [];
  if (packages.length > 0) files.push(...(await fetchPackages(packages, commands)));
  for (const url of urls) files.push(await fetchUrl(url, commands));
  const kept = new Set(files);
  for (const name of readdirSync(archives)) {
    if (name.endsWith('.deb') && !kept.has(join(archives, name))) rmSync(join(archives, name));
  }

  heading(`Installing ${files.length} package${files.length === 1 ? '' : 's'} into ${PLACE}`);
  const tree = join(app, PLACE);
  mkdirSync(tree, { recursive: true });
  for (const file of files) await commands.run(['dpkg-deb', '--extract', file, tree]);
  settleTree(tree);
  mkdirSync(join(app, '.profile.d'), { recursive: true });
  // First of all: what other buildpacks put into the same variables comes before it.
  writeFileSync(join(app, '.profile.d', '000_apt.sh'), aptProfile(process.arch));
  writeFileSync(join(pack, 'export'), exportFile(app, process.arch));
}

/** What was fetched for another Aptfile or stack is of no use. */
function useCacheFor(signature: string): void {
  const digest = createHash('sha256').update(signature).digest('hex');
  const file = join(state, 'signature');
  const same = existsSync(file) && readFileSync(file, 'utf8') === digest;
  detail(
    same ? 'Using the packages of the last build as far as they are the newest' : 'Detected a new Aptfile or stack',
  );
  if (!same) rmSync(state, { recursive: true, force: true });
  for (const folder of ['lists/partial', 'archives/partial', 'preferences.d'])
    mkdirSync(join(state, folder), { recursive: true });
  writeFileSync(file, digest);
}

/** apt's state is the app's own, and what every dyno has counts as installed: not what this larger image of builds has. */
function configure(repositories: readonly string[], status: string): string {
  const system = existsSync('/etc/apt/sources.list') ? readFileSync('/etc/apt/sources.list', 'utf8') : '';
  writeFileSync(join(state, 'sources.list'), `${system}\n${repositories.join('\n')}\n`);
  writeFileSync(join(state, 'status'), status);
  const settings = {
    'Dir::State': state,
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': state,
    'Dir::Cache::archives': archives,
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Log': state,
    'APT::Install-Recommends': 'false',
    'APT::Get::Assume-Yes': 'true',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'DPkg::Use-Pty': 'false',
  };
  const file = join(state, 'apt.conf');
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(''),
  );
  return file;
}

/** Downloads the packages and what they need. Returns the files. */
async function fetchPackages(packages: readonly string[], commands: Commands): Promise<readonly string[]> {
  heading('Updating the package index');
  await commands.run(['apt-get', 'update', '--quiet=2', '--error-on=any']);
  heading(`Fetching ${packages.join(' ')}`);
  const install = ['apt-get', 'install', '--quiet=2', '--reinstall', '--allow-downgrades'];
  await commands.run([...install, '--download-only', ...packages]);
  const before = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  // What is in the archives already is not in apt's list of what to fetch: ask it as if there were none.
  mkdirSync(join(state, 'none', 'partial'), { recursive: true });
  const listed = await commands.read([
    ...install,
    '-o',
    `Dir::Cache::archives=${join(state, 'none')}`,
    '--print-uris',
    ...packages,
  ]);
  const wanted = new Set([...(listed ?? '').matchAll(/^'[^']+' (\S+\.deb) /gm)].map((match) => match[1]));
  return before.filter((name) => wanted.has(name)).map((name) => join(archives, name));
}

async function fetchUrl(url: string, commands: Commands): Promise<string> {
  const file = join(archives, `url-${createHash('sha256').update(url).digest('hex').slice(0, 16)}.deb`);
  if (existsSync(file)) return file;
  heading(`Fetching ${url}`);
  await commands.run([
    'curl',
    '--fail',
    '--silent',
    '--show-error',
    '--location',
    '--max-time',
    '300',
    '--output',
    `${file}.part`,
    url,
  ]);
  await commands.run(['mv', `${file}.part`, file]);
  return file;
}
