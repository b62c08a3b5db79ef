import { spawn } from 'node:child_process';
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStack, type Stacks, type StackVariant } from '@jangada/stack';
import type { CliConfig } from '../config.ts';
import { findProgram } from '../process/find-program.ts';

/** The stack that new apps get. */
export const DEFAULT_STACK = 'heroku-24';

/** How far the layers are that are made in the background. */
export interface LayerState {
  readonly variant: StackVariant;
  readonly state: 'making' | 'ready' | 'failed';
  /** What is done, or why it failed. */
  readonly detail: string;
  /** ISO time. */
  readonly at: string;
  readonly pid: number;
}

export function stacksOf(config: CliConfig): Stacks {
  return openStack({
    home: config.home,
    dockerSocket: config.dockerSocket,
    recipeFolder: join(config.root, 'stack'),
    debianMirror: config.env['JANGADA_DEBIAN_MIRROR'] || null,
    env: config.env,
  });
}

/** The highest layer that is wanted: `JANGADA_STACK_LAYER` (`base`, `run` or `build`), default `build`. */
export function wantedLayer(config: CliConfig): StackVariant {
  const name = config.env['JANGADA_STACK_LAYER'];
  return name === 'base' || name === 'run' ? name : 'build';
}

/**
 * Starts making the layers above the first in a process of its own, with the lowest priority for processor and disk. It
 * goes on when we end. Starting it twice is harmless: the second waits for the containers of the first.
 */
export async function makeLayersInBackground(config: CliConfig): Promise<boolean> {
  const wanted = wantedLayer(config);
  const ready = await stacksOf(config).ready(DEFAULT_STACK);
  if (ready.includes(wanted)) return false;
  const log = await open(join(config.home.processLogs, 'stack.log'), 'a', 0o640);
  const polite = (await findProgram('ionice', config.env['PATH']))
    ? ['nice', '-n', '19', 'ionice', '-c', '3']
    : ['nice', '-n', '19'];
  const [program, ...args] = [
    ...polite,
    process.execPath,
    join(config.root, 'apps', 'cli', 'main.ts'),
    'stack',
    wanted,
  ];
  const child = spawn(program!, args, {
    detached: true,
    cwd: '/',
    env: { ...config.env, JANGADA_HOME: config.home.root },
    stdio: ['ignore', log.fd, log.fd],
  });
  child.on('error', () => {});
  child.unref();
  await log.close();
  return true;
}

function stateFile(config: CliConfig): string {
  return join(config.home.stack, 'state.json');
}

export async function recordLayer(config: CliConfig, state: LayerState): Promise<void> {
  const partial = `${stateFile(config)}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(state)}\n`);
  await rename(partial, stateFile(config));
}

export async function recordedLayer(config: CliConfig): Promise<LayerState | null> {
  const text = await readFile(stateFile(config), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as LayerState);
}
