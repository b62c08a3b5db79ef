import { BuildError } from '../kit/build-error.ts';

/** What `go.mod` says about a build. Heroku's directives are comments: `// +heroku goVersion go1.24`. */
export interface GoModule {
  readonly name: string;
  /** Of the line `go 1.22.1`: the lowest Go that can build it. */
  readonly atLeast: string | null;
  /** Of the directive `goVersion`, without `go`. */
  readonly version: string | null;
  /** Packages of the directive `install`. */
  readonly install: readonly string[];
}

/** Throws BuildError when there is no module in it. */
export function parseGoModule(text: string): GoModule {
  const name = /^module\s+"?([^\s"]+)/m.exec(text)?.[1];
  if (name === undefined) {
    throw new BuildError('go.mod does not name a module.', 'Its first line must be like: module example.com/shop');
  }
  return {
    name,
    atLeast: /^go\s+(\d+(?:\.\d+)*)/m.exec(text)?.[1] ?? null,
    version: directive(text, 'goVersion')?.[0]?.replace(/^go/, '') ?? null,
    install: directive(text, 'install') ?? [],
  };
}

/** In which order versions are asked for, each in the form of semver, and where they are written down. */
export function wantedGo(
  module: GoModule,
  setting: string | undefined,
): { readonly ranges: readonly string[]; readonly from: string | null } {
  const exact = setting?.trim().replace(/^go/, '') || module.version;
  // A patch level that is not there is replaced by another of its line: those differ by fixes only.
  const line = (version: string): string => version.split('.').slice(0, 2).join('.');
  if (exact)
    return {
      ranges: [...new Set([exact, line(exact)])],
      from: setting ? 'the config var GOVERSION' : '// +heroku goVersion (go.mod)',
    };
  if (module.atLeast === null) return { ranges: [], from: null };
  // A newer Go builds what was written for an older one; the same line is nearest to what the developer has.
  const next = nextLine(line(module.atLeast));
  return { ranges: [`>=${module.atLeast} <${next}`, `>=${module.atLeast}`], from: 'go.mod' };
}

/** argv of the install (builds 10). `sourceVersion`: the commit, the default value of a linker symbol. */
export function installCommand(packages: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const symbol = env['GO_LINKER_SYMBOL'];
  const value = env['GO_LINKER_VALUE'] || env['SOURCE_VERSION'] || '';
  // The linker's flags are one argument, which go takes apart at spaces outside of quotes.
  const quote = value.includes("'") ? '"' : "'";
  const linker = symbol ? ['-ldflags', `-X ${quote}${symbol}=${value}${quote}`] : [];
  return ['go', 'install', '-v', '-tags', 'heroku', ...linker, ...packages];
}

/** The Procfile of an app without one: a single program is the web process, of several that named like the module, or `web`. */
export function procfileFor(binaries: readonly string[], module: GoModule): string {
  const own = module.name.split('/').findLast((part) => !/^v\d+$/.test(part));
  const web = binaries.length === 1 ? binaries[0] : binaries.find((name) => name === 'web' || name === own);
  return binaries.map((name) => `${name === web ? 'web' : name}: bin/${name}\n`).join('');
}

function directive(text: string, name: string): readonly string[] | null {
  const line = new RegExp(`^\\s*//\\s*\\+heroku\\s+${name}\\s+(.+)$`, 'm').exec(text)?.[1];
  return line === undefined ? null : line.trim().split(/\s+/);
}

function nextLine(line: string): string {
  const [major, minor] = line.split('.').map(Number) as [number, number];
  return `${major}.${(minor ?? 0) + 1}`;
}
