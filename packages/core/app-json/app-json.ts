/** What an app.json asks for (builds 4). Only what a set-up uses; other keys are allowed and ignored. */
export interface AppJson {
  readonly env: Readonly<Record<string, EnvEntry>>;
  readonly formation: Readonly<Record<string, { readonly quantity: number; readonly size: string | null }>>;
  /** Plans, as written: `heroku-postgresql:essential-0`. */
  readonly addons: readonly string[];
  readonly buildpacks: readonly string[];
  /** Command that runs once, after the first release. */
  readonly postdeploy: string | null;
  /** Absolute, or a path of the app. */
  readonly successUrl: string | null;
  readonly stack: string | null;
}

export interface EnvEntry {
  readonly value: string | null;
  readonly required: boolean;
  /** `generator: "secret"`: 64 hex digits are made up when nobody gives a value. */
  readonly generated: boolean;
}

export interface ReadAppJson {
  readonly appJson: AppJson;
  /** What is wrong with it, one sentence each. */
  readonly errors: readonly string[];
}

/** Sizes that Heroku does not sell any more, and what took their place. */
const FORMER_SIZES: Readonly<Record<string, string>> = { free: 'eco', hobby: 'basic' };

/** Kinds of apps for which an app.json may say something of its own, in `environments`. */
export type AppJsonEnvironment = 'production' | 'review' | 'test';

/**
 * Reads an app.json as leniently as Heroku does: plain texts as env values, unknown keys, any stack. What `environments` has for
 * this kind of app counts over the rest: config vars and scripts by name, everything else as a whole.
 */
export function readAppJson(text: string, environment: AppJsonEnvironment = 'production'): ReadAppJson {
  const errors: string[] = [];
  const complain = (sentence: string): void => void errors.push(sentence);
  const root = forEnvironment(parse(text, complain), environment, complain);
  return {
    appJson: {
      env: mapOf(root['env'], 'env', complain, envEntry),
      formation: mapOf(root['formation'], 'formation', complain, formationEntry),
      addons: listOf(root['addons'], 'addons', 'plan', complain),
      buildpacks: listOf(root['buildpacks'], 'buildpacks', 'url', complain),
      postdeploy: scriptOf(root['scripts'], complain),
      successUrl: textOf(root['success_url'], 'success_url', complain),
      stack: textOf(root['stack'], 'stack', complain),
    },
    errors,
  };
}

/** The config vars of a set-up: what the person gives, over what the app.json says. `secret` makes a value up. */
export function resolveEnv(
  env: AppJson['env'],
  given: Readonly<Record<string, string>>,
  secret: () => string,
): { readonly configVars: Readonly<Record<string, string>>; readonly errors: readonly string[] } {
  const configVars: Record<string, string> = {};
  const errors: string[] = [];
  for (const [name, entry] of Object.entries(env)) {
    const value = given[name] ?? entry.value ?? (entry.generated ? secret() : null);
    if (value !== null) configVars[name] = value;
    else if (entry.required) errors.push(`The config var "${name}" is required. Give it a value in overrides.env.`);
  }
  return { configVars: { ...configVars, ...given }, errors };
}

type Complain = (sentence: string) => void;
type Json = Readonly<Record<string, unknown>>;

function parse(text: string, complain: Complain): Json {
  try {
    const root: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isObject(root)) return root;
    complain('The app.json must be a JSON object.');
  } catch (error) {
    complain(`The app.json is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return {};
}

/** Keys whose entries are laid over each other one by one. */
const MERGED = ['env', 'scripts'];

function forEnvironment(root: Json, environment: AppJsonEnvironment, complain: Complain): Json {
  const environments = root['environments'] ?? {};
  const own = isObject(environments) ? (environments[environment] ?? {}) : null;
  if (!isObject(own)) {
    complain(`"environments" must be an object of objects, such as {"review": {"env": {}}}.`);
    return root;
  }
  const merged = MERGED.flatMap((key): [string, Json][] => {
    const [all, some] = [root[key], own[key]];
    return isObject(all) && isObject(some) ? [[key, { ...all, ...some }]] : [];
  });
  return { ...root, ...own, ...Object.fromEntries(merged) };
}

function mapOf<Entry>(
  value: unknown,
  key: string,
  complain: Complain,
  read: (name: string, entry: unknown, complain: Complain) => Entry | null,
): Readonly<Record<string, Entry>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) {
    complain(`"${key}" must be an object.`);
    return {};
  }
  const entries = Object.entries(value).map(([name, entry]) => [name, read(name, entry, complain)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Entry] => entry[1] !== null));
}

function envEntry(name: string, entry: unknown, complain: Complain): EnvEntry | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    complain(`"${name}" in "env" cannot be the name of a config var.`);
    return null;
  }
  const plain = plainText(entry);
  if (plain !== null) return { value: plain, required: true, generated: false };
  if (!isObject(entry)) {
    complain(`"env.${name}" must be a text or an object.`);
    return null;
  }
  if (entry['generator'] !== undefined && entry['generator'] !== 'secret') {
    complain(`"env.${name}.generator" must be "secret".`);
  }
  const value = entry['value'] ?? null;
  if (value !== null && plainText(value) === null) complain(`"env.${name}.value" must be a text.`);
  return {
    value: plainText(value),
    required: entry['required'] !== false,
    generated: entry['generator'] === 'secret',
  };
}

function formationEntry(type: string, entry: unknown, complain: Complain): AppJson['formation'][string] | null {
  const quantity = isObject(entry) ? entry['quantity'] : undefined;
  if (!/^[A-Za-z0-9_-]{1,63}$/.test(type) || !isObject(entry) || !Number.isInteger(quantity) || Number(quantity) < 0) {
    complain(`"formation.${type}" must be an object with a quantity of 0 or more.`);
    return null;
  }
  const size = typeof entry['size'] === 'string' ? entry['size'].toLowerCase() : null;
  return { quantity: Number(quantity), size: size === null ? null : (FORMER_SIZES[size] ?? size) };
}

/** Texts, or objects whose `field` is one. */
function listOf(value: unknown, key: string, field: string, complain: Complain): readonly string[] {
  if (value === undefined || value === null) return [];
  const texts = Array.isArray(value) ? value.map((entry) => (isObject(entry) ? entry[field] : entry)) : [null];
  if (texts.every((text): text is string => typeof text === 'string' && text !== '')) return texts;
  complain(`"${key}" must be a list of texts or of objects with "${field}".`);
  return [];
}

function scriptOf(scripts: unknown, complain: Complain): string | null {
  const script = isObject(scripts) ? (scripts['postdeploy'] ?? null) : null;
  // Older files have the command in an object.
  return textOf(isObject(script) ? script['command'] : script, 'scripts.postdeploy', complain);
}

function textOf(value: unknown, key: string, complain: Complain): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  complain(`"${key}" must be a text.`);
  return null;
}

function plainText(value: unknown): string | null {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
