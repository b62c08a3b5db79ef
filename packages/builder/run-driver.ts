import type { Readable } from 'node:stream';
import type { BuildFailure, DynoSpec, Engine, Terminals } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { BuildOutput } from './build-output.ts';

/** How the driver ended. */
export type DriverEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** It was killed, or never ran. */
  | { readonly kind: 'stopped'; readonly failure: BuildFailure };

/** Something that may end a build before its time. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Kills the build; the first reason counts. */
  because(failure: BuildFailure): void;
  readonly failure: BuildFailure | null;
}

export function createStop(): Stop {
  const controller = new AbortController();
  let failure: BuildFailure | null = null;
  return {
    signal: controller.signal,
    because(reason) {
      failure ??= reason;
      controller.abort();
    },
    get failure() {
      return failure;
    },
  };
}

/** Runs the build container: source in, output out, until it has ended or is stopped. The container is still listed afterwards. */
export async function runDriver(
  parts: { readonly terminals: Terminals; readonly engine: Engine },
  spec: DynoSpec,
  openSource: (signal: AbortSignal) => Promise<Readable>,
  output: BuildOutput,
  stop: Stop,
): Promise<DriverEnd> {
  try {
    const terminal = await parts.terminals.run(spec, null, stop.signal);
    const { stream } = terminal;
    stream.on('error', () => undefined);
    const archive = await openSource(stop.signal);
    archive.on('error', (error) => stop.because(sourceFailure(error)));
    archive.pipe(stream);
    for await (const chunk of stream) await output.pass(chunk as Buffer);
    const code = await terminal.exited;
    if (!archive.destroyed) archive.destroy();
    if (stop.failure) return { kind: 'stopped', failure: stop.failure };
    if (code !== 0 && (await ranOutOfMemory(parts.engine, spec.dynoId))) {
      return { kind: 'stopped', failure: { kind: 'out_of_memory', app: null } };
    }
    return { kind: 'exited', code };
  } catch (error) {
    if (stop.failure) return { kind: 'stopped', failure: stop.failure };
    if (isPlatformError(error)) return { kind: 'stopped', failure: { kind: 'platform', reason: error.message } };
    throw error;
  }
}

async function ranOutOfMemory(engine: Engine, dynoId: string): Promise<boolean> {
  const dyno = (await engine.list()).find((each) => each.dynoId === dynoId);
  return dyno?.oomKilled ?? false;
}

function sourceFailure(error: unknown): BuildFailure {
  return {
    kind: 'bad_source',
    reason: isPlatformError(error) ? error.message : 'It could not be read to its end. Push again.',
  };
}
