import {
  BUILDPACK_REGISTRY,
  type BuildpackAddress,
  notABuildpack,
  readBuildpackAddress,
  registryUrlOf,
} from './buildpack-address.ts';

/** What buildpacks are known by name on an installation. */
export interface BuildpackNames {
  /** Built in: names without their namespace. */
  readonly builtIn: readonly string[];
  /** The operator's, by `namespace/name`: an address, or `file:` and a path below the operator's folder. They come first. */
  readonly registered: Readonly<Record<string, string>>;
  /** Where all others come from; default: Heroku's. */
  readonly registry?: string;
}

/** How a build gets a buildpack. `builtin` and `registered` are folders, archives or bare repositories on this machine. */
export interface BuildpackFetch {
  readonly kind: 'builtin' | 'registered' | 'git' | 'archive';
  /** A name, a path below the operator's folder, or a URL. */
  readonly location: string;
  /** Branch, tag or commit; null for the default branch. */
  readonly ref: string | null;
  /** As people read it. */
  readonly display: string;
}

/** Begins the address of a registered buildpack that is a file of the operator's folder. */
export const REGISTERED_FILE = 'file:';

/** Built in, but of Heroku's community namespace (builds 1.3). */
const COMMUNITY = ['apt', 'inline'];

/** The name of a built-in buildpack from that of its folder: `heroku/nodejs`, `heroku-community/apt`. */
export function nameOfBuiltIn(folder: string): string {
  return `${COMMUNITY.includes(folder) ? 'heroku-community' : 'heroku'}/${folder}`;
}

export function planBuildpackFetch({ display, source }: BuildpackAddress, names: BuildpackNames): BuildpackFetch {
  switch (source.kind) {
    case 'git':
      return { kind: 'git', location: source.url, ref: source.ref, display };
    case 'archive':
      return { kind: 'archive', location: source.url, ref: null, display };
    case 'named': {
      const registered = names.registered[`${source.namespace}/${source.name}`.toLowerCase()];
      if (registered !== undefined) return planRegistered(registered, display);
      const isOurs = source.namespace === 'heroku' || nameOfBuiltIn(source.name).startsWith(`${source.namespace}/`);
      if (isOurs && names.builtIn.includes(source.name)) {
        return { kind: 'builtin', location: source.name, ref: null, display };
      }
      const location = registryUrlOf(source, names.registry ?? BUILDPACK_REGISTRY);
      return { kind: 'archive', location, ref: null, display };
    }
  }
}

function planRegistered(address: string, display: string): BuildpackFetch {
  if (address.startsWith(REGISTERED_FILE)) {
    return { kind: 'registered', location: address.slice(REGISTERED_FILE.length), ref: null, display };
  }
  const source = readBuildpackAddress(address)?.source;
  if (source?.kind === 'git') return { kind: 'git', location: source.url, ref: source.ref, display };
  return { kind: 'archive', location: address, ref: null, display };
}

/** As the driver of builds reads it: `kind TAB location TAB ref TAB display`, `-` for no ref. */
export function fetchLine({ kind, location, ref, display }: BuildpackFetch): string {
  return [kind, location, ref ?? '-', display].join('\t');
}

/**
 * The lines for a `.buildpacks` file of an app: one address a line, comments and blank lines aside. Throws Error with a
 * sentence that names the line that cannot be read.
 */
export function planBuildpacksFile(text: string, names: BuildpackNames): readonly string[] {
  const addresses = text.split(/\r?\n/).map((line) => line.trim());
  return addresses
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const address = readBuildpackAddress(line);
      if (!address) throw new Error(`In .buildpacks, ${notABuildpack(line)}`);
      return fetchLine(planBuildpackFetch(address, names));
    });
}
