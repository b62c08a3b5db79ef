/** Where things lie inside a build container: Heroku's places (builds 1.2), and ours below `/opt/jangada`. */
export const CONTAINER = {
  /** All writable state of a build, on disk. */
  temporary: '/tmp',
  cache: '/tmp/codon/tmp/cache',
  node: '/opt/jangada/node/bin/node',
  driver: '/opt/jangada/driver',
  /** Programs that stand before curl and wget while there are mirrors. */
  shims: '/opt/jangada/driver/shims',
  /** Pure rules that the driver uses. */
  core: '/opt/jangada/core',
  buildpacks: '/opt/jangada/buildpacks',
  /** The operator's own. */
  ownBuildpacks: '/opt/jangada/registered',
  /** What is to be done; read-only. */
  plan: '/opt/jangada/plan',
  /** What happened; written by the driver, trusted by nobody. */
  result: '/opt/jangada/result',
  /** Questions of buildpacks for runtimes, and the answers, which they cannot write. */
  requests: '/opt/jangada/runtime-requests',
  answers: '/opt/jangada/runtime-answers',
  /** Settings of pip for the whole container. */
  pip: '/etc/pip.conf',
  /** Runtimes shared by all apps, read-only; the same place holds an app's runtimes when it runs. */
  runtimes: '/app/.jangada',
} as const;

/** Folder at the top of an app tree that names the shared runtimes it uses, one symbolic link each. */
export const RUNTIMES_IN_APP = '.jangada';

/** `/tmp/build_<hex>`, as on Heroku. */
export function buildDirName(buildId: string): string {
  return `build_${buildId.replaceAll('-', '').slice(-8)}`;
}

export function envDirName(buildId: string): string {
  return `env_${buildId.replaceAll('-', '').slice(-8)}`;
}
