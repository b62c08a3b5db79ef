import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliConfig } from '../config.ts';
import { FIXED_HOST_COMMANDS } from '../forwarder/fixed-hosts.ts';
import { herokuArgv } from '../platform/client-environment.ts';
import { shellQuote } from '../process/shell-quote.ts';

/** Leaves `heroku`, `docker` and `jangada` in the folder that `jangada env` puts first on PATH. */
export async function writeShims(config: CliConfig): Promise<void> {
  const { bin } = config.home;
  await mkdir(bin, { recursive: true, mode: 0o755 });
  const jangada = [join(config.root, 'bin', 'jangada')];
  const ours = `export JANGADA_HOME=${shellQuote(config.home.root)}\n`;
  const heroku = `${CREDENTIALS}${forwarded(ours, jangada)}${containerLine(config.root)}${execLine(herokuArgv(config.root))}`;
  await writeShim(join(bin, 'heroku'), heroku);
  await writeShim(join(bin, 'docker'), dockerShim(bin));
  await writeShim(join(bin, 'jangada'), `${ours}${execLine(jangada)}`);
}

/** Commands that ask hosts of Heroku's own go through `jangada heroku`, which leads them to the API (docs/decisions/0041). */
function forwarded(ours: string, jangada: readonly string[]): string {
  return `case "\${1-}" in\n${FIXED_HOST_COMMANDS.join(' | ')})\n${ours}${execLine([...jangada, 'heroku'])};;\nesac\n`;
}

/**
 * A push makes git ask `heroku git:credentials` twice, and the CLI takes most of a second each time to say what is in the
 * environment. The shim says it itself, as the CLI does: for our own git host over https and for no other. Without a token
 * in the environment the CLI answers (docs/decisions/0008).
 */
const CREDENTIALS = `if [ "\${1-}" = git:credentials ] && [ -n "\${HEROKU_API_KEY-}" ]; then
  case "\${2-}" in
  store | erase)
    while read -r _; do :; done
    exit 0
    ;;
  get)
    protocol='' host=''
    while IFS='=' read -r name value && [ -n "$name" ]; do
      case "$name" in protocol) protocol=$value ;; host) host=$value ;; esac
    done
    if [ "$protocol" = https ] && [ "$host" = "\${HEROKU_GIT_HOST:-\${HEROKU_HOST#*://}}" ]; then
      printf 'protocol=https\\nhost=%s\\nusername=heroku\\npassword=%s\\n' "$host" "$HEROKU_API_KEY"
    fi
    exit 0
    ;;
  esac
fi
`;

/**
 * The CLI takes `registry.` and HEROKU_HOST for the name of the registry, which with a URL there is no name of anything. Where it
 * asks the registry itself it gets a module that reads such a name as the URL's host (docs/decisions/0068).
 */
function containerLine(root: string): string {
  const [node, ...rest] = herokuArgv(root);
  const argv = [node, `--import=${join(root, 'apps', 'cli', 'client', 'registry-host.mjs')}`, ...rest];
  return `case "\${1-}" in container | container:*)\n${execLine(argv)};;\nesac\n`;
}

/** What the CLI gives to `docker` as the registry's name becomes its address; everything else is passed on as it is. */
function dockerShim(bin: string): string {
  return `own=${shellQuote(bin)} path=''
IFS=:
for folder in $PATH; do [ "$folder" = "$own" ] || path="$path\${path:+:}$folder"; done
unset IFS
left=$#
while [ "$left" -gt 0 ]; do
  argument=$1
  shift
  case "$argument" in registry.http://* | registry.https://*) argument=\${argument#registry.http*://} ;; esac
  set -- "$@" "$argument"
  left=$((left - 1))
done
PATH=$path
export PATH
exec docker "$@"
`;
}

function execLine(argv: readonly string[]): string {
  return `exec ${argv.map(shellQuote).join(' ')} "$@"\n`;
}

async function writeShim(path: string, script: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, `#!/bin/sh\n${script}`);
  await chmod(partial, 0o755);
  await rename(partial, path);
}
