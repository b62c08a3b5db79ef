import type { DynoLimits, Engine, StackPackages, Terminals } from '@jangada/core';
import type { BuildRequest } from '../build-request.ts';
import { createFinisher } from './finish-runtime.ts';
import type { Asker } from './runtime-shelf.ts';

export interface AskerParts {
  readonly terminals: Terminals;
  readonly engine: Engine;
  /** Absent where runtimes come from the operator only. */
  readonly packages?: StackPackages;
  /** The platform's own log. */
  readonly report: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** What the desk has to know of a build that asks. */
export function createAsker(
  parts: AskerParts,
  request: Pick<BuildRequest, 'buildId' | 'appId' | 'appName' | 'stack' | 'image'>,
  limits: DynoLimits,
): Asker {
  return {
    stack: request.stack,
    finish: createFinisher(parts, request, limits),
    installed: async () => (await parts.packages?.installed(request.stack)) ?? null,
    failed: (error) => parts.report('runtime.failed', { buildId: request.buildId, error: String(error) }),
  };
}
