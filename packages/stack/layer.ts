import { PlatformError } from '@jangada/platform-api';
import type { DebianMirror } from './debian-mirror.ts';
import type { EngineImages } from './engine-images.ts';
import { IMAGE_CHANGES } from './engine-images.ts';
import type { Recipe, StackVariant } from './recipe.ts';

/**
 * Runs in a container of the layer below. Constant text: what varies comes as arguments (sources, apt options, locales,
 * packages). Nothing comes as container environment, because a commit would keep that in the image. The empty folder of sources
 * stays, because buildpacks copy it (official/apt). The package that locales are made from is eight times what they are, and goes.
 */
const SCRIPT = `set -e
export DEBIAN_FRONTEND=noninteractive
printf '%s\\n' "$1" > /etc/apt/sources.list
rm -rf /etc/apt/sources.list.d
mkdir /etc/apt/sources.list.d
printf '%s\\n' "$2" > /etc/apt/apt.conf.d/99jangada
locales=$3
shift 3
nice -n 19 apt-get update
nice -n 19 apt-get install -y --no-install-recommends "$@"
if [ -n "$locales" ]; then
  nice -n 19 apt-get install -y --no-install-recommends locales
  for locale in $locales; do localedef --no-archive -i "\${locale%.*}" -f "\${locale#*.}" "$locale"; done
  apt-get purge -y locales libc-l10n
fi
rm -rf /etc/apt/apt.conf.d/99jangada /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
rm -rf /var/log/apt /var/log/dpkg.log
find / -xdev -type f -perm /6000 -exec chmod ug-s {} +
`;

/** This machine's certificate bundle, for mirrors behind a private CA. Its place in the container is on a tmpfs: not committed. */
const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const CA_INSIDE = '/dev/jangada-ca.crt';

const PROXY_NAMES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** The body of the create call for the container in which a layer grows. Pure. */
export function planLayer(
  recipe: Recipe,
  variant: StackVariant,
  mirror: DebianMirror,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, unknown>> {
  const layer = recipe.layers[variant];
  const below = layer.from === null ? layer : recipe.layers[layer.from];
  const proxies = PROXY_NAMES.flatMap((name) => (env[name] ? [`${name}=${env[name]}`] : []));
  const options = [`Acquire::https::CaInfo=${CA_INSIDE}`, 'Acquire::Languages=none', ...mirror.options]
    .filter((option, index) => index < 2 || !option.startsWith('Acquire::https::CaInfo'))
    .map((option) => `${option.replace('=', ' "')}";`);
  const lists = [mirror.sources.join('\n'), options.join('\n'), layer.locales.join(' ')];
  return {
    Image: below.image,
    Cmd: ['/usr/bin/env', ...proxies, '/bin/sh', '-c', SCRIPT, 'layer', ...lists, ...layer.packages],
    Labels: { 'jangada.stack-layer': layer.image },
    HostConfig: {
      NetworkMode: 'host',
      // Never in the way of dynos: the smallest weight, no hard cap.
      CpuShares: 2,
      Mounts: [{ Type: 'bind', Source: CA_BUNDLE, Target: CA_INSIDE, ReadOnly: true }],
    },
  };
}

/** The container's name is the lock: whoever comes second, also after a kill -9, finds it and waits for it. */
function containerName(image: string): string {
  return image.replaceAll(/[^a-zA-Z0-9]/g, '-');
}

interface Inspected {
  readonly State: { readonly Status: string; readonly ExitCode: number };
}

/**
 * Makes the image of a layer above the first. Goes on with a container that an earlier, killed attempt left. Throws
 * `stack_not_found` with apt's own last words.
 */
export async function makeLayer(
  engine: EngineImages,
  recipe: Recipe,
  variant: StackVariant,
  create: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<void> {
  const { image } = recipe.layers[variant];
  const name = containerName(image);
  const at = `/containers/${name}`;
  const options = signal ? { signal } : {};
  await engine.call('POST', `/containers/create?name=${name}`, create, { allow: [409], ...options });
  // 304: it runs already.
  await engine.call('POST', `${at}/start`, undefined, { allow: [304], ...options });
  await engine.call('POST', `${at}/wait`, undefined, { allow: [404], ...options });
  const { status, body } = await engine.call<Inspected>('GET', `${at}/json`, undefined, { allow: [404], ...options });
  if (status === 404) {
    // Another process waited for the same container, took its result and removed it.
    if (await engine.has(image, signal)) return;
    throw new PlatformError(
      'stack_not_found',
      `The "${variant}" stack layer was taken away while it was made. Try again.`,
    );
  }
  if (body.State.ExitCode !== 0) {
    const words = await engine.tail(name, 30);
    await engine.call('DELETE', `${at}?force=1&v=1`, undefined, { allow: [404, 409] });
    throw new PlatformError('stack_not_found', `The "${variant}" stack layer could not be made: ${tellingLine(words)}`);
  }
  await commit(engine, name, image);
  await engine.call('DELETE', `${at}?force=1&v=1`, undefined, { allow: [404, 409] });
}

async function commit(engine: EngineImages, container: string, image: string): Promise<void> {
  const [repo, tag] = image.split(':') as [string, string];
  const query = new URLSearchParams({ container, repo, tag });
  for (const change of IMAGE_CHANGES) query.append('changes', change);
  await engine.call('POST', `/commit?${query}`, {});
}

function tellingLine(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /^(E:|Err:|dpkg: error)/.test(line)) ?? lines.at(-1) ?? 'no output').trim();
}
