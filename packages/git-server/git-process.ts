import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** How git is started. */
export interface GitProgram {
  /** Name or path of the program. */
  readonly binary: string;
  /** `PATH` of git and of its hooks. */
  readonly path: string;
}

export const SYSTEM_GIT: GitProgram = {
  binary: 'git',
  path: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

/** Starts git with an environment of its own: no secret of the platform and no setting of the machine's users reaches it. */
export function startGit(
  git: GitProgram,
  args: readonly string[],
  options: SpawnOptions & { readonly cwd: string },
): ChildProcess {
  return spawn(git.binary, args, {
    ...options,
    env: {
      PATH: git.path,
      HOME: '/nonexistent',
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      ...options.env,
    },
  });
}
