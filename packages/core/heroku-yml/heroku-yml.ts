/** What a heroku.yml asks for (builds 5). */
export interface HerokuYml {
  readonly addons: readonly string[];
  /** `setup.config`: config vars of a new app. */
  readonly config: Readonly<Record<string, string>>;
  /** `build.docker`, in the order of the file. */
  readonly builds: readonly DockerfileBuild[];
  /** `build.config`: build arguments. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** `build.secrets`: names of config vars that RUN may mount. Ours. */
  readonly secrets: readonly string[];
  readonly release: { readonly image: string | null; readonly command: string | null } | null;
  readonly run: Readonly<Record<string, RunEntry>>;
}

export interface DockerfileBuild {
  /** Process type that the image is for. */
  readonly type: string;
  /** Path in the repository. The build context is its folder. */
  readonly dockerfile: string;
  readonly target: string | null;
}

export interface RunEntry {
  /** Shell text; null: the image's CMD. */
  readonly command: string | null;
  /** Process type whose image it runs; null: its own, or that of `web`. */
  readonly image: string | null;
}

export interface ReadHerokuYml {
  readonly herokuYml: HerokuYml;
  /** What is wrong with it, one sentence each. */
  readonly errors: readonly string[];
}

/** What a repository with a Dockerfile and no heroku.yml asks for. */
export const DOCKERFILE_ONLY: HerokuYml = {
  addons: [],
  config: {},
  builds: [{ type: 'web', dockerfile: 'Dockerfile', target: null }],
  buildArgs: {},
  secrets: [],
  release: null,
  run: {},
};

const PROCESS_TYPE = /^[A-Za-z0-9_-]{1,63}$/;
const CONFIG_VAR = /^[A-Za-z_][A-Za-z0-9_]*$/;

type Complain = (sentence: string) => void;
type Tree = Readonly<Record<string, unknown>>;

/** Reads a parsed heroku.yml. Unknown keys are errors: a mistyped one would go unnoticed otherwise. */
export function readHerokuYml(document: unknown): ReadHerokuYml {
  const errors: string[] = [];
  const complain: Complain = (sentence) => void errors.push(sentence);
  const root = section(document, 'The heroku.yml', ['setup', 'build', 'release', 'run'], complain);
  const setup = section(root['setup'], '"setup"', ['addons', 'config', 'plugins'], complain);
  const build = section(root['build'], '"build"', ['docker', 'config', 'secrets', 'languages', 'packages'], complain);
  if (build['languages'] !== undefined || build['packages'] !== undefined) {
    complain(
      '"build.languages" and "build.packages" are not offered here. Write a Dockerfile and name it in "build.docker".',
    );
  }
  const herokuYml: HerokuYml = {
    addons: addonsOf(setup['addons'], complain),
    config: textsOf(setup['config'], 'setup.config', complain),
    builds: Object.entries(mapOf(build['docker'], '"build.docker"', complain)).flatMap(([type, entry]) =>
      dockerfileOf(type, entry, complain),
    ),
    buildArgs: buildArgsOf(build['config'], complain),
    secrets: secretsOf(build['secrets'], complain),
    release: releaseOf(root['release'], complain),
    run: runOf(root['run'], complain),
  };
  if (herokuYml.builds.length === 0 && errors.length === 0) {
    complain('It builds nothing. Name a Dockerfile, for example: build: {docker: {web: Dockerfile}}.');
  }
  errors.push(...unknownImages(herokuYml));
  return { herokuYml, errors };
}

/** Every image that is named must be built. */
function unknownImages({ builds, release, run }: HerokuYml): string[] {
  const built = new Set(builds.map(({ type }) => type));
  const named: [string, string | null][] = [
    ...Object.entries(run).map(([type, entry]): [string, string | null] => [`run.${type}.image`, entry.image]),
    ['release.image', release?.image ?? null],
  ];
  return named
    .filter(([, image]) => image !== null && !built.has(image))
    .map(([key, image]) => `"${key}" is "${image}", which "build.docker" does not build.`);
}

function dockerfileOf(type: string, entry: unknown, complain: Complain): readonly DockerfileBuild[] {
  const key = `"build.docker.${type}"`;
  if (!PROCESS_TYPE.test(type)) complain(`${key}: a process type has letters, digits, "_" and "-".`);
  const fields =
    typeof entry === 'string' ? { dockerfile: entry } : section(entry, key, ['dockerfile', 'target'], complain);
  const dockerfile = normalPath(fields['dockerfile']);
  const target = fields['target'] ?? null;
  if (dockerfile === null) {
    complain(`${key} must be the path of a Dockerfile in the repository, such as Dockerfile or worker/Dockerfile.`);
    return [];
  }
  if (target !== null && typeof target !== 'string') complain(`${key}: "target" must be the name of a stage.`);
  return [{ type, dockerfile, target: typeof target === 'string' ? target : null }];
}

/** A relative path that stays in the repository, without `./`. */
function normalPath(value: unknown): string | null {
  if (typeof value !== 'string' || value.startsWith('/') || /[\x00-\x1f]/.test(value)) return null;
  const names = value.split('/').filter((name) => name !== '' && name !== '.');
  return names.length === 0 || names.includes('..') || value.endsWith('/') ? null : names.join('/');
}

function releaseOf(value: unknown, complain: Complain): HerokuYml['release'] {
  if (value === undefined || value === null) return null;
  const { image, command } = section(value, '"release"', ['image', 'command'], complain);
  return {
    image: imageName(image, 'release.image', complain),
    command: commandOf(command, 'release.command', complain),
  };
}

function runOf(value: unknown, complain: Complain): HerokuYml['run'] {
  const entries = Object.entries(mapOf(value, '"run"', complain)).map(([type, entry]): [string, RunEntry] => {
    const key = `run.${type}`;
    if (!PROCESS_TYPE.test(type)) complain(`"${key}": a process type has letters, digits, "_" and "-".`);
    if (typeof entry === 'string' || Array.isArray(entry)) {
      return [type, { command: commandOf(entry, key, complain), image: null }];
    }
    const { command, image } = section(entry, `"${key}"`, ['command', 'image'], complain);
    return [
      type,
      { command: commandOf(command, `${key}.command`, complain), image: imageName(image, `${key}.image`, complain) },
    ];
  });
  return Object.fromEntries(entries);
}

/** Text for the shell. A list of one is such a text too, a longer one the words of one command. */
function commandOf(value: unknown, key: string, complain: Complain): string | null {
  if (value === undefined || value === null) return null;
  const words = typeof value === 'string' ? [value] : value;
  if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string' && word !== '')) {
    return words.length === 1 ? words[0] : words.map(quoted).join(' ');
  }
  complain(`"${key}" must be a command, or a list of its words.`);
  return null;
}

/** Variables in a word still count, as they do in every command of Heroku's. */
function quoted(word: string): string {
  return /^[\w./:=@%+,$-]+$/.test(word) ? word : `"${word.replace(/[\\"`]/g, '\\$&')}"`;
}

function imageName(value: unknown, key: string, complain: Complain): string | null {
  if (value === undefined || value === null || typeof value === 'string') return value ?? null;
  complain(`"${key}" must be the name of a process type in "build.docker".`);
  return null;
}

function addonsOf(value: unknown, complain: Complain): readonly string[] {
  if (value === undefined || value === null) return [];
  const plans = Array.isArray(value) ? value.map((entry) => (isTree(entry) ? entry['plan'] : entry)) : [null];
  if (plans.every((plan): plan is string => typeof plan === 'string' && plan !== '')) return plans;
  complain('"setup.addons" must be a list of plans, such as - plan: heroku-postgresql.');
  return [];
}

function secretsOf(value: unknown, complain: Complain): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((name) => typeof name === 'string' && CONFIG_VAR.test(name))) return value;
  complain('"build.secrets" must be a list of names of config vars.');
  return [];
}

/** BuildKit takes arguments with its own name for settings: BUILDKIT_SYNTAX names a program that reads the Dockerfile in its place. */
function buildArgsOf(value: unknown, complain: Complain): Readonly<Record<string, string>> {
  const buildArgs = textsOf(value, 'build.config', complain);
  for (const name of Object.keys(buildArgs).filter((key) => /^BUILDKIT_/i.test(key))) {
    complain(`"build.config.${name}" is a setting of BuildKit, which is not offered here. Leave it out.`);
  }
  return buildArgs;
}

function textsOf(value: unknown, key: string, complain: Complain): Readonly<Record<string, string>> {
  const entries = Object.entries(mapOf(value, `"${key}"`, complain)).flatMap(([name, text]): [string, string][] => {
    if (CONFIG_VAR.test(name) && ['string', 'number', 'boolean'].includes(typeof text)) return [[name, String(text)]];
    complain(`"${key}.${name}" must be a name with a plain value.`);
    return [];
  });
  return Object.fromEntries(entries);
}

/** A map whose keys are known. */
function section(value: unknown, name: string, keys: readonly string[], complain: Complain): Tree {
  const tree = mapOf(value, name, complain);
  for (const key of Object.keys(tree)) {
    if (!keys.includes(key)) complain(`${name} has an unknown key "${key}". It may have: ${keys.join(', ')}.`);
  }
  return tree;
}

function mapOf(value: unknown, name: string, complain: Complain): Tree {
  if (value === undefined || value === null) return {};
  if (isTree(value)) return value;
  complain(`${name} must be a map.`);
  return {};
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
