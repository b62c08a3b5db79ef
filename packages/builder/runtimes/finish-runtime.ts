import { randomUUID } from 'node:crypto';
import { chown, lchown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type DynoLimits, type Engine, SLUG_UID, type Terminals } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Runs a command of a new runtime on its tree: `tree` on the machine is at `place`, writable. Throws `internal_server_error`. */
export type FinishRuntime = (command: readonly string[], tree: string, place: string) => Promise<void>;

const WORK_MS = 5 * 60_000;

/**
 * What is to be run of a runtime before it is ready (byte code is compiled, for example) runs in a container of the stack's image,
 * as part of the build that asks and with its limits: never on the machine itself.
 */
export function createFinisher(
  parts: { readonly terminals: Terminals; readonly engine: Engine },
  build: { readonly appId: string; readonly appName: string; readonly image: string },
  limits: DynoLimits,
): FinishRuntime {
  return async (command, tree, place) => {
    await giveToBuilds(tree);
    const dynoId = randomUUID();
    try {
      const terminal = await parts.terminals.run(
        {
          dynoId,
          // What belongs to no app is taken away by the platform.
          appId: build.appId,
          appName: build.appName,
          name: `build.${dynoId.slice(-4)}`,
          type: 'build',
          user: 'builder',
          version: 0,
          image: build.image,
          slug: null,
          command,
          env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/app', LANG: 'C.UTF-8' },
          limits,
          port: null,
          mounts: [{ source: tree, target: place, readonly: false }],
          captureOutput: false,
        },
        null,
        AbortSignal.timeout(WORK_MS),
      );
      terminal.stream.end();
      const output = await text(terminal.stream);
      const code = await terminal.exited;
      if (code === 0) return;
      throw new PlatformError(
        'internal_server_error',
        `The runtime could not be made ready: "${command.join(' ')}" ended with ${code} (${output.trim().slice(-300)}).`,
      );
    } finally {
      await parts.engine.stop(dynoId, 0);
    }
  };
}

async function giveToBuilds(tree: string): Promise<void> {
  await chown(tree, SLUG_UID, SLUG_UID);
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), SLUG_UID, SLUG_UID);
  }
}
