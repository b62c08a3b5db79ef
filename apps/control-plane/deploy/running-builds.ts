/** The builds that run in this process: so that they can be cancelled, and are gone before it ends. */
export interface RunningBuilds {
  /** Runs the work of a build; its signal aborts with `signal`, with `cancel` and with `close`. */
  run<Result>(
    build: RunningBuild,
    signal: AbortSignal | null,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>;
  /** Kills a build and resolves when nothing of it is left; false when it does not run here. */
  cancel(buildId: string): Promise<boolean>;
  /** Kills whatever is being built for an app. */
  cancelApp(appId: string): Promise<void>;
  /** Whether nothing is being built: only then files that no row names are left-overs for sure. */
  readonly idle: boolean;
  close(): Promise<void>;
}

interface RunningBuild {
  readonly id: string;
  /** Null for an upload that is not of an app yet. */
  readonly appId: string | null;
}

interface Entry {
  readonly build: RunningBuild;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export function createRunningBuilds(): RunningBuilds {
  const entries = new Map<string, Entry>();
  const kill = async (entry: Entry): Promise<void> => {
    entry.controller.abort(new Error('The build was cancelled.'));
    await entry.ended;
  };

  return {
    async run(build, signal, work) {
      const controller = new AbortController();
      const either = signal === null ? controller.signal : AbortSignal.any([signal, controller.signal]);
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      entries.set(build.id, { build, controller, ended });
      try {
        return await work(either);
      } finally {
        entries.delete(build.id);
        resolve();
      }
    },

    async cancel(buildId) {
      const entry = entries.get(buildId);
      if (entry) await kill(entry);
      return entry !== undefined;
    },

    async cancelApp(appId) {
      await Promise.all([...entries.values()].filter(({ build }) => build.appId === appId).map(kill));
    },

    get idle() {
      return entries.size === 0;
    },

    async close() {
      await Promise.all([...entries.values()].map(kill));
    },
  };
}
