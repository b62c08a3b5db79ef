import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { BuildError } from './build-error.ts';

/** Runs programs in the app's folder and shows their output indented, as details of the step. */
export interface Commands {
  /** Throws BuildError when it does not exit with 0. */
  run(argv: readonly string[]): Promise<void>;
}

const NETWORK =
  /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ECONNRESET|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER/;

export function createCommands(folder: string, env: Readonly<Record<string, string>>): Commands {
  return {
    async run([program, ...args]) {
      const child = spawn(program as string, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let unreachable: string | null = null;
      const show = async (stream: Readable): Promise<void> => {
        for await (const line of createInterface({ input: stream })) {
          unreachable ??= NETWORK.exec(line)?.[0] ?? null;
          process.stdout.write(`       ${line}\n`);
        }
      };
      const ended = new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 1)));
      });
      const [code] = await Promise.all([ended, show(child.stdout), show(child.stderr)]);
      if (code === 0) return;
      const called = [program, ...args].join(' ');
      throw new BuildError(
        `"${called}" failed with exit status ${code}.`,
        ...(unreachable
          ? [
              `The package registry cannot be reached from builds (${unreachable}).`,
              'The operator names a mirror with npm_config_registry in the build environment.',
            ]
          : []),
        ...(code === 137 ? ['It was killed, most likely for using too much memory.'] : []),
      );
    },
  };
}
