import { PlatformError } from '@jangada/platform-api';
import { maxSatisfying, rcompare, satisfies, validRange } from 'semver';

/** What there is to choose from. */
export interface NodeVersions {
  /** Every published version; empty when the registry was never reached. */
  readonly published: readonly string[];
  /** Versions on this machine, ready for use. */
  readonly present: readonly string[];
  /** The platform's own, of the Active LTS line: the default. */
  readonly platform: string;
}

/**
 * The version for `engines.node` (builds 10). Null takes the platform's own. The highest match wins, but a range that reaches
 * beyond the Active LTS line stays within it when it can, unless `wide`. Throws `invalid_params` when the range is none or
 * nothing matches, with what there is.
 */
export function chooseNodeVersion(range: string | null, versions: NodeVersions, wide = false): string {
  if (range === null || range.trim() === '') return versions.platform;
  const wanted = readRange(range);
  const all = [...new Set([...versions.published, ...versions.present, versions.platform])];
  const major = Number(versions.platform.split('.')[0]);
  const withinLts = all.filter((version) => Number(version.split('.')[0]) <= major);
  const chosen = (wide ? null : maxSatisfying(withinLts, wanted)) ?? maxSatisfying(all, wanted);
  if (chosen !== null) return chosen;
  const offered =
    versions.published.length > 0 ? 'published' : 'on this server, and the npm registry cannot be reached';
  throw new PlatformError(
    'invalid_params',
    `No version of Node.js matches "${range}". Versions ${offered}: ${newestOfLines(all)}.`,
  );
}

/** npm's line for each line of Node, and within it the highest that runs on the version. Null when there is none. */
export function chooseNpmVersion(
  nodeVersion: string,
  published: Readonly<Record<string, { readonly engines?: { readonly node?: string } | null }>>,
): string | null {
  const major = Number(nodeVersion.split('.')[0]);
  const line = major >= 24 ? '11' : major >= 18 ? '<=10' : major >= 16 ? '<=8' : '<=6';
  const fitting = Object.keys(published).filter((version) => {
    const node = published[version]?.engines?.node;
    return satisfies(version, line) && (node === undefined || satisfies(nodeVersion, node));
  });
  return fitting.sort(rcompare)[0] ?? null;
}

/** Also reads the aliases of version managers: `lts/*`, `lts/jod`, `node`, `v22`. */
function readRange(range: string): string {
  const text = range.trim().replace(/^v(?=\d)/, '');
  const lts = /^lts\/(.+)$/i.exec(text)?.[1]?.toLowerCase();
  if (lts === '*' || /^(lts|node|stable|latest|current)$/i.test(text)) return '*';
  const line = lts === undefined ? undefined : LTS_LINES[lts];
  const wanted = validRange(line ?? text);
  if (wanted !== null && text.length <= 200) return wanted;
  throw new PlatformError(
    'invalid_params',
    `"${range.slice(0, 200)}" is not a version or range of Node.js, such as 24.x.`,
  );
}

const LTS_LINES: Readonly<Record<string, string>> = {
  gallium: '16',
  hydrogen: '18',
  iron: '20',
  jod: '22',
  krypton: '24',
};

function newestOfLines(versions: readonly string[]): string {
  const lines = new Map<string, string>();
  for (const version of [...versions].sort(rcompare)) {
    const line = version.split('.')[0] as string;
    if (!lines.has(line)) lines.set(line, version);
  }
  return [...lines.values()].slice(0, 8).join(', ');
}
