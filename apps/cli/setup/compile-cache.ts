import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliConfig } from '../config.ts';
import { sourcesStamp } from '../platform/stamp.ts';
import { completePath } from '../process/find-program.ts';
import { runProgram } from '../process/run-program.ts';

/** Node keeps compiled sources, types stripped, here: `NODE_COMPILE_CACHE` of all our processes. */
export function compileCache(root: string): string {
  return join(root, 'node_modules', '.cache', 'jangada');
}

const PROCESSES = ['supervisor', 'node-agent', 'router', 'control-plane'];

/**
 * Fills the cache before the platform starts from it. A process that strips types itself keeps the compiler in memory for
 * ever (20 MB each) and starts in twice the time. Node writes the cache when a process ends, so each program is run once
 * without settings: it loads everything, finds that it has nothing to do, and ends.
 */
export async function warmCompileCache(config: CliConfig, signal: AbortSignal): Promise<string> {
  const folder = compileCache(config.root);
  const mark = join(folder, 'sources');
  const stamp = await sourcesStamp(config.root);
  if ((await readFile(mark, 'utf8').catch(() => '')) === stamp) return 'compiled before';
  await mkdir(folder, { recursive: true });
  const env = { PATH: completePath(config.env['PATH']), NODE_COMPILE_CACHE: folder, JANGADA_HOME: '/nonexistent' };
  for (const name of PROCESSES) {
    await runProgram([process.execPath, join(config.root, 'apps', name, 'main.ts')], { cwd: '/', env, signal });
  }
  await writeFile(mark, stamp);
  return 'compiled';
}
