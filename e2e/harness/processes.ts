import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './app-under-test.ts';
import type { Installation } from './installation.ts';

/** Processes of an installation whose command line has this part: `apps/router/main.ts`, `haproxy`. */
export function pidsOf({ home }: Installation, part: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [command, environment] = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${pid}/${file}`, 'utf8'),
        );
        const ours = command?.includes(home) || environment?.includes(`JANGADA_HOME=${home}\0`);
        return ours && command?.includes(part);
      } catch {
        return false;
      }
    });
}

/** `kill -9` of each of them. Throws when there was none. */
export function killProcesses(installation: Installation, part: string): void {
  const pids = pidsOf(installation, part);
  if (pids.length === 0) throw new Error(`There is no process ${part} of this installation.`);
  killEach(pids);
}

/** `kill -9` of processes, of which some may end with others. */
export function killEach(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went with another one.
    }
  }
}

/** Resolves when the control plane answers again. */
export function healthy({ port }: Installation): Promise<true> {
  return eventually(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    return response?.status === 200 ? true : null;
  }, 'the control plane to be back');
}
