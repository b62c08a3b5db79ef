/** Proxies between this machine and the outside. */
export const PROXY_VARIABLES: readonly string[] = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

/** How the outside is reached and trusted: what the platform keeps of the environment in which an operator starts it. */
export const OUTSIDE_VARIABLES: readonly string[] = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'CURL_CA_BUNDLE',
  ...PROXY_VARIABLES,
];

/** Those of `env` that are set and whose name is in `names`, or that are settings of the platform (`JANGADA_…`). */
export function keptVariables(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (names.includes(entry[0]) || entry[0].startsWith('JANGADA_')),
  );
  return Object.fromEntries(kept);
}
