import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEMORY_FUNCTION } from '../kit/memory.ts';
import { quoted } from '../kit/output.ts';

/** Sourced when a dyno boots: the programs of the build, and as many web processes as fit into the memory (builds 10). */
export const NODE_PROFILE = `export PATH="$HOME/.heroku/npm/bin:$HOME/.heroku/yarn/bin:$HOME/.heroku/pnpm/bin:$HOME/.heroku/node/bin:$PATH:$HOME/bin:$HOME/node_modules/.bin"
export NODE_HOME="$HOME/.heroku/node"
export NODE_ENV="\${NODE_ENV:-production}"
`;

export const CONCURRENCY_PROFILE = `${MEMORY_FUNCTION}export MEMORY_AVAILABLE="\${MEMORY_AVAILABLE:-$(jangada_memory)}"
if [ -z "\${WEB_MEMORY:-}" ]; then
  if [ "$MEMORY_AVAILABLE" -gt 16384 ]; then WEB_MEMORY=2048; else WEB_MEMORY=512; fi
fi
export WEB_MEMORY
if [ -z "\${WEB_CONCURRENCY:-}" ]; then
  WEB_CONCURRENCY=$((MEMORY_AVAILABLE / WEB_MEMORY))
  if [ "$WEB_CONCURRENCY" -lt 1 ]; then WEB_CONCURRENCY=1; fi
fi
export WEB_CONCURRENCY
unset -f jangada_memory
`;

/** Sourced before the next buildpack. */
export function exportFile(appFolder: string): string {
  const at = (path: string): string => `${quoted(appFolder)}/${path}`;
  const programs = ['npm', 'yarn', 'pnpm', 'node'].map((name) => at(`.heroku/${name}/bin`));
  return `export PATH=${programs.join(':')}:${at('node_modules/.bin')}:"$PATH"\nexport NODE_HOME=${at('.heroku/node')}\n`;
}

/** Leaves what dynos and later buildpacks source. */
export function writeProfiles(app: string, pack: string): void {
  const folder = join(app, '.profile.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'nodejs.sh'), NODE_PROFILE);
  writeFileSync(join(folder, 'WEB_CONCURRENCY.sh'), CONCURRENCY_PROFILE);
  writeFileSync(join(pack, 'export'), exportFile(app));
}
