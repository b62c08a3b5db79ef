import { execHost, type Settings } from '@jangada/core';
import { isLoopback } from '../platform/addresses.ts';

export interface SetupScriptParts {
  /** Name or address of the platform as the other computer knows it. */
  readonly host: string;
  readonly settings: Pick<Settings, 'port' | 'installId' | 'execHost'>;
  /** The platform's CA, PEM. */
  readonly ca: string;
  /** Text of elsewhere.mjs. */
  readonly module: string;
}

/**
 * A POSIX shell script that points the official CLI and git of another computer at the platform. It holds no secret. What it
 * leaves there is one folder, which only the shells use that read `env` in it, and one line of git's settings.
 */
export function setupScript({ host, settings, ca, module }: SetupScriptParts): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${settings.port}`;
  const folder = `\${XDG_CONFIG_HOME:-$HOME/.config}/jangada/${host.replaceAll(':', '_')}-${settings.port}`;
  return `#!/bin/sh
# Points the Heroku CLI and git of this computer at the Jangada platform at ${authority}.
set -eu
if ! command -v git >/dev/null; then
  echo 'git is not on this computer. Install it, then run this again.' >&2
  exit 1
fi
folder="${folder}"
case "$folder" in
*:*)
  echo "$folder has a colon in its name, which PATH cannot hold. Set XDG_CONFIG_HOME to another folder." >&2
  exit 1
  ;;
esac
mkdir -p "$folder/bin"
${file('ca.pem', ca)}${file('elsewhere.mjs', module)}${file('bin/heroku', herokuScript(authority, settings))}${file('env', envScript(folder))}chmod 755 "$folder/bin/heroku"
git config --global http.https://${authority}/.sslCAInfo "$folder/ca.pem"
cat <<END
This computer knows the platform at ${authority} now. In each shell that is to use it:

  . "$folder/env"

Then, with an account that the operator made ("bin/jangada accounts:create EMAIL" on the server):

  heroku login -i
  heroku apps:create
  git push heroku main
${isLoopback(host) ? tunnelHint(settings.port) : ''}END
`;
}

const END_OF_FILE = 'END_OF_FILE';

function file(name: string, content: string): string {
  return `cat >"$folder/${name}" <<'${END_OF_FILE}'\n${content.trimEnd()}\n${END_OF_FILE}\n`;
}

function tunnelHint(port: number): string {
  return `\nWhile you work, keep the way to the server open in another terminal:\n\n  ssh -N -L ${port}:127.0.0.1:${port} SERVER\n`;
}

/** Puts the folder's `heroku` first on PATH unless it is. */
function envScript(folder: string): string {
  return `case "$PATH" in
"${folder}/bin:"*) ;;
*) export PATH="${folder}/bin:$PATH" ;;
esac
`;
}

/**
 * The official CLI that is next on PATH, pointed at the platform. Scripts of this kind for other platforms are no CLI: they
 * would point it at theirs.
 */
function herokuScript(authority: string, settings: SetupScriptParts['settings']): string {
  const host = authority.slice(0, authority.lastIndexOf(':'));
  const api = `https://${authority}`;
  return `#!/bin/sh
# The official Heroku CLI, for the Jangada platform at ${authority}.
folder=$(cd "$(dirname "$0")/.." && pwd)
if ! [ -r "$folder/ca.pem" ] || ! [ -r "$folder/elsewhere.mjs" ]; then
  echo "Files of $folder are missing. Run the script of \\"bin/jangada client\\" again." >&2
  exit 1
fi
official=''
set -f
IFS=:
for bin in $PATH; do
  case "$bin" in */jangada/*/bin) continue ;; esac
  [ -n "$official" ] || ! [ -x "$bin/heroku" ] || official=$bin/heroku
done
unset IFS
if [ -z "$official" ]; then
  echo 'The official Heroku CLI is not on this computer. Install it: npm install -g heroku' >&2
  exit 127
fi
export HEROKU_HOST=https://127.0.0.1:${standInPort(settings)} HEROKU_DATA_HOST=127.0.0.1 HEROKU_GIT_HOST=${authority}
export HEROKU_PARTICLEBOARD_URL=https://127.0.0.1:${standInPort(settings)} HEROKU_LOGIN_HOST=${api}/cli-auth
export HEROKU_BUILDPACK_REGISTRY_URL=${api}/bpreg HEROKU_EXEC_URL=${api}/ JANGADA_EXEC_HOST=${execHost(settings)}
export DISABLE_TELEMETRY=true HEROKU_DISABLE_AUTOUPDATE=1 HEROKU_SKIP_NEW_VERSION_CHECK=1 HEROKU_NETRC_WRITE=true
export NO_PROXY="${host},127.0.0.1\${NO_PROXY:+,$NO_PROXY}" NODE_EXTRA_CA_CERTS="$folder/ca.pem"
export NODE_OPTIONS="--import=\\"$folder/elsewhere.mjs\\"\${NODE_OPTIONS:+ $NODE_OPTIONS}"
exec "$official" "$@"
`;
}

/**
 * The CLI keeps tokens by the host and port of HEROKU_HOST. A port of the installation's own keeps apart those of platforms
 * that listen on the same one.
 */
function standInPort({ installId }: Pick<Settings, 'installId'>): number {
  return 1 + (Number.parseInt(installId.slice(0, 8), 16) % 65_535);
}
