/** Where a buildpack comes from. */
export type BuildpackSource =
  /** `heroku/nodejs`: built in, or from the buildpack registry. */
  | { readonly kind: 'named'; readonly namespace: string; readonly name: string }
  /** `ref` is a branch, tag or commit; null for the default branch. */
  | { readonly kind: 'git'; readonly url: string; readonly ref: string | null }
  /** A gzipped tar archive. */
  | { readonly kind: 'archive'; readonly url: string };

/** A buildpack as somebody asked for it. */
export interface BuildpackAddress {
  /** As people read it in build output: `heroku/nodejs`, or the URL without credentials. */
  readonly display: string;
  readonly source: BuildpackSource;
}

/** Heroku's registry of buildpacks by name (builds 1.3); an operator may name another. */
export const BUILDPACK_REGISTRY = 'https://buildpack-registry.s3.amazonaws.com/buildpacks';

/** The order in which built-in buildpacks look at an app without a list of its own (builds 1.3). `static` only takes what nobody else does. */
export const DETECTION_ORDER = [
  'ruby',
  'nodejs',
  'clojure',
  'python',
  'java',
  'gradle',
  'scala',
  'php',
  'go',
  'static',
] as const;

const NAME = /^([a-z0-9][a-z0-9_-]*)\/([a-z0-9][a-z0-9_.-]*)$/i;
const REGISTRY_URL = /^https:\/\/(?:buildpack-registry|codon-buildpacks)\.[^/]+\/buildpacks\/([^/]+)\/([^/]+)\.tgz$/i;
const WEB_URL = /^https?:\/\/[^\s/]+\/\S+$/i;
const GIT_URL = /^(?:(?:git|ssh):\/\/[^\s/]+\/\S+|[\w.-]+@[\w.-]+:\S+)$/i;

/**
 * Reads a buildpack address in any of the forms of builds 1.3: `heroku/nodejs`, `urn:buildpack:heroku/nodejs`, the registry's
 * URL of a named one, a git URL with an optional `#ref`, a URL ending in `.tgz` or `.tar.gz`. Null for anything else. This
 * file imports nothing: builds read it inside their container.
 */
export function readBuildpackAddress(address: string): BuildpackAddress | null {
  const given = address.trim();
  const named = NAME.exec(given.replace(/^urn:buildpack:/i, '')) ?? REGISTRY_URL.exec(given);
  if (named) {
    const [, namespace, name] = named as unknown as [string, string, string];
    return { display: `${namespace}/${name}`, source: { kind: 'named', namespace, name } };
  }
  const hash = given.indexOf('#');
  const url = hash < 0 ? given : given.slice(0, hash);
  const ref = hash < 0 || hash === given.length - 1 ? null : given.slice(hash + 1);
  const display = withoutCredentials(given);
  if (WEB_URL.test(url) && /\.(tgz|tar\.gz)(\?|$)/i.test(url)) return { display, source: { kind: 'archive', url } };
  if ((WEB_URL.test(url) || GIT_URL.test(url)) && (ref === null || isRef(ref))) {
    return { display, source: { kind: 'git', url, ref } };
  }
  return null;
}

/** What to tell whoever wrote an address that cannot be read. */
export function notABuildpack(address: string): string {
  return `"${withoutCredentials(address.trim())}" is not a buildpack. Use a name such as heroku/nodejs, a git URL (with #branch if you like), or the URL of a .tgz.`;
}

/** Where the registry keeps a named buildpack. */
export function registryUrlOf(source: BuildpackSource & { kind: 'named' }, registry: string): string {
  return `${registry.replace(/\/$/, '')}/${source.namespace}/${source.name}.tgz`;
}

/** The addresses to build with: the legacy config var `BUILDPACK_URL` overrides the app's list (builds 1.3). Empty means detect. */
export function chosenBuildpacks(
  list: readonly string[],
  configVars: Readonly<Record<string, string>>,
): readonly string[] {
  const override = configVars['BUILDPACK_URL']?.trim();
  return override ? [override] : list;
}

function isRef(text: string): boolean {
  return /^[\w][\w./+-]*$/.test(text) && !text.includes('..');
}

function withoutCredentials(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@\s]+@/i, '$1');
}
