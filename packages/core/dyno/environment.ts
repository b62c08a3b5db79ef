import type { App } from '../app/app.ts';
import type { Release } from '../release/release.ts';
import type { Slug } from '../slug/slug.ts';
import type { Dyno } from './dyno.ts';

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface EnvironmentInput {
  readonly app: Pick<App, 'id' | 'name' | 'stack'>;
  readonly dyno: Pick<Dyno, 'id' | 'name' | 'port' | 'env'>;
  readonly release: Pick<Release, 'version' | 'configVars' | 'createdAt'>;
  readonly slug: Pick<Slug, 'commit' | 'commitDescription' | 'images'> | null;
  readonly defaultDomain: string;
  /** Labs features `runtime-dyno-metadata` and `runtime-dyno-build-metadata`. */
  readonly metadata: boolean;
  readonly buildMetadata: boolean;
  /** Bytes that the dyno's size has. */
  readonly memoryQuota: number;
}

/** Everything a process of the dyno finds in its environment (behaviour 7). PORT, DYNO and HOME cannot be overridden. */
export function dynoEnvironment(input: EnvironmentInput): Readonly<Record<string, string>> {
  const { app, dyno, release } = input;
  return {
    // An image brings its own.
    ...(input.slug?.images ? {} : { PATH: DEFAULT_PATH }),
    STACK: app.stack,
    // What buildpacks plan processes and heaps by. The kernel's limit is higher: it is where R15 kills.
    MEMORY_AVAILABLE: String(Math.floor(input.memoryQuota / 1_048_576)),
    ...release.configVars,
    ...(input.metadata ? dynoMetadata(input) : {}),
    ...(input.buildMetadata ? sourceOf('BUILD', input.slug) : {}),
    ...dyno.env,
    HOME: '/app',
    DYNO: dyno.name,
    ...(dyno.port === null ? {} : { PORT: String(dyno.port) }),
  };
}

function dynoMetadata({ app, dyno, release, slug, defaultDomain }: EnvironmentInput): Record<string, string> {
  return {
    HEROKU_APP_ID: app.id,
    HEROKU_APP_NAME: app.name,
    HEROKU_APP_DEFAULT_DOMAIN_NAME: defaultDomain,
    HEROKU_DYNO_ID: dyno.id,
    HEROKU_RELEASE_CREATED_AT: release.createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    HEROKU_RELEASE_VERSION: `v${release.version}`,
    ...sourceOf('SLUG', slug),
  };
}

/** The commit that the dyno was built from, under either of its names. */
function sourceOf(kind: 'SLUG' | 'BUILD', slug: EnvironmentInput['slug']): Record<string, string> {
  return {
    ...(slug?.commit ? { [`HEROKU_${kind}_COMMIT`]: slug.commit } : {}),
    ...(slug?.commitDescription ? { [`HEROKU_${kind}_DESCRIPTION`]: slug.commitDescription } : {}),
  };
}
