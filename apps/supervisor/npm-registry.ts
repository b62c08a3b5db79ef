import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Home } from '@jangada/core';

const run = promisify(execFile);

/**
 * The registry that this machine's npm is set to: builds use the same one. Asking npm takes half a second, so the answer
 * of the last start is used at once and asked again beside it, for the next. Null when npm does not say.
 */
export async function npmRegistry(home: Home, env: Readonly<Record<string, string>>): Promise<string | null> {
  const given = env['JANGADA_NPM_REGISTRY'];
  if (given) return given;
  const cache = join(home.run, 'npm-registry');
  const known = (await readFile(cache, 'utf8').catch(() => '')) || null;
  const asked = ask(env).then(async (answer) => {
    if (answer !== null && answer !== known) await writeFile(cache, answer, { mode: 0o600 });
    return answer;
  });
  if (known === null) return asked;
  asked.catch(() => {});
  return known;
}

async function ask(env: Readonly<Record<string, string>>): Promise<string | null> {
  try {
    const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: '/', env: { ...env }, timeout: 20_000 });
    const answer = stdout.trim();
    return /^https?:\/\//.test(answer) ? answer : null;
  } catch {
    return null;
  }
}
