import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import type { Commands } from '../kit/commands.ts';
import { detail } from '../kit/output.ts';
import { type Runtime, requestRuntime } from '../kit/runtime.ts';
import { ENVIRONMENT } from './environment.ts';
import type { PackageManager } from './package-manager.ts';

/**
 * The program of a package manager. Pipenv and Poetry are packages of the stack; uv is not, so it comes from the operator's
 * runtimes or, like everything that it installs, from the package index. None of them becomes part of the slug.
 */
export async function findProgram(
  manager: PackageManager,
  runtime: Runtime,
  commands: Commands,
  cache: string,
): Promise<string> {
  if (manager.name === 'pip') return join(ENVIRONMENT, 'bin', 'pip');
  try {
    const tool = await requestRuntime(manager.name, null);
    detail(`${manager.title} ${tool.version}`);
    return existsSync(join(tool.prefix, 'bin'))
      ? join(tool.prefix, 'bin', manager.name)
      : join(tool.prefix, manager.name);
  } catch (error) {
    if (manager.name !== 'uv' || !(error instanceof BuildError)) throw error;
    return await installUv(runtime, commands, join(cache, 'tools', runtime.name));
  }
}

async function installUv(runtime: Runtime, commands: Commands, folder: string): Promise<string> {
  const program = join(folder, 'bin', 'uv');
  if (existsSync(program)) return program;
  detail('Installing uv from the package index...');
  await commands.run([`${runtime.prefix}/bin/python3`, '-m', 'venv', '--without-pip', folder]);
  try {
    await commands.run([
      join(ENVIRONMENT, 'bin', 'pip'),
      '--python',
      join(folder, 'bin', 'python'),
      'install',
      '--quiet',
      'uv',
    ]);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw new BuildError(
      ...error.lines,
      'uv is no package of the stack. The operator can add it: uv-<version>.tar.gz in the runtimes folder of the platform’s home.',
      'Or commit a requirements.txt in place of uv.lock: uv export --no-dev > requirements.txt',
    );
  }
  return program;
}
