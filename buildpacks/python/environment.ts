import { MEMORY_FUNCTION } from '../kit/memory.ts';
import { quoted } from '../kit/output.ts';
import type { Runtime } from '../kit/runtime.ts';

/** The app's environment (a venv) at its place in dynos; in builds this is a link to the same folder of the build. */
export const ENVIRONMENT = '/app/.heroku/python';

/** What installs, hooks and collectstatic find in their environment. */
export function buildEnvironment(
  inherited: Readonly<Record<string, string>>,
  configVars: Readonly<Record<string, string>>,
  runtime: Pick<Runtime, 'libraries' | 'prefix' | 'version'>,
  cache: string,
): Readonly<Record<string, string>> {
  const { PYTHONHOME: _home, VIRTUAL_ENV: _env, ...given } = { ...inherited, ...configVars };
  const join = (...places: readonly (string | undefined)[]): string => places.filter((each) => each).join(':');
  const line = runtime.version.split('.').slice(0, 2).join('.');
  return {
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_NO_WARN_SCRIPT_LOCATION: '1',
    PIP_CACHE_DIR: `${cache}/pip`,
    PIPENV_VERBOSITY: '-1',
    PIPENV_NOSPIN: '1',
    POETRY_CACHE_DIR: `${cache}/poetry`,
    POETRY_VIRTUALENVS_CREATE: 'false',
    UV_CACHE_DIR: `${cache}/uv`,
    UV_PYTHON_DOWNLOADS: 'never',
    UV_PROJECT_ENVIRONMENT: ENVIRONMENT,
    PYTHONUNBUFFERED: '1',
    ...given,
    VIRTUAL_ENV: ENVIRONMENT,
    // After it, what other buildpacks have put there.
    LD_LIBRARY_PATH: join(runtime.libraries, given['LD_LIBRARY_PATH']),
    // Debian's Python believes its headers to be below /usr.
    CPATH: join(`${runtime.prefix}/include/python${line}`, given['CPATH']),
    LIBRARY_PATH: join(runtime.libraries, given['LIBRARY_PATH']),
    PATH: `${ENVIRONMENT}/bin:${given['PATH'] ?? ''}`,
  };
}

/** Sourced when a dyno boots. */
export function pythonProfile(runtime: Pick<Runtime, 'libraries'>): string {
  return `export PATH="$HOME/.heroku/python/bin:$PATH"
export LD_LIBRARY_PATH=${quoted(runtime.libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PYTHONUNBUFFERED=true
export PYTHONPATH="\${PYTHONPATH:-$HOME}"
export LANG="\${LANG:-C.UTF-8}"
export GUNICORN_CMD_ARGS="\${GUNICORN_CMD_ARGS:---access-logfile -}"
export FORWARDED_ALLOW_IPS="\${FORWARDED_ALLOW_IPS:-*}"
`;
}

/** As many web processes as the memory and the processors are good for: the smaller of MB / 256 and 2 × CPU + 1 (builds 10). */
export const CONCURRENCY_PROFILE = `${MEMORY_FUNCTION}if [ -z "\${WEB_CONCURRENCY:-}" ]; then
  WEB_CONCURRENCY=$(($(jangada_memory) / 256))
  jangada_by_cpu=$((2 * $(nproc) + 1))
  if [ "$WEB_CONCURRENCY" -gt "$jangada_by_cpu" ]; then WEB_CONCURRENCY=$jangada_by_cpu; fi
  if [ "$WEB_CONCURRENCY" -lt 1 ]; then WEB_CONCURRENCY=1; fi
fi
export WEB_CONCURRENCY
unset -f jangada_memory
unset jangada_by_cpu
`;

/** Sourced before the next buildpack. */
export function exportFile(runtime: Pick<Runtime, 'libraries'>): string {
  return `export PATH=${ENVIRONMENT}/bin:"$PATH"
export LD_LIBRARY_PATH=${quoted(runtime.libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
`;
}
