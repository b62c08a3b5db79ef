import type { App, Build, BuildStatus } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { recordEvent } from '../../changes/record-event.ts';
import type { Context } from '../../context.ts';

export interface NewBuild {
  readonly app: App;
  readonly userId: string;
  readonly sourceVersion: string | null;
  readonly sourceDescription: string | null;
  /** As the app's list has them; empty means they are detected. */
  readonly buildpacks: readonly string[];
}

/** Writes a build down before it starts. Throws `conflict` while another build of the app runs: the second push is told. */
export async function startBuild(context: Context, input: NewBuild): Promise<Build> {
  const { app } = input;
  const now = context.clock.now();
  return context.store.transaction(async (tx) => {
    await tx.lock(app.id);
    if ((await tx.builds.count({ appId: app.id, status: 'pending' })) > 0) {
      throw new PlatformError('conflict', `Another build of ${app.name} is running. Push again when it is done.`);
    }
    const build = await tx.builds.insert({
      id: context.ids.uuid(),
      appId: app.id,
      userId: input.userId,
      status: 'pending',
      stack: app.buildStack,
      sourceVersion: input.sourceVersion,
      sourceDescription: input.sourceDescription,
      buildpacks: input.buildpacks,
      slugId: null,
      releaseId: null,
      failure: null,
      createdAt: now,
      updatedAt: now,
    });
    await announce(context, tx, build, 'create');
    return build;
  });
}

/** Ends a build that made no release. */
export async function failBuild(context: Context, build: Build, failure: string): Promise<void> {
  await context.store.transaction((tx) => endBuild(context, tx, build, { status: 'failed', failure }));
}

/** At start: what a crash interrupted has failed. Their output streams were finished when they were opened. */
export async function failInterruptedBuilds(context: Context): Promise<void> {
  for (const build of await context.store.rows.builds.list({ status: 'pending' })) {
    await failBuild(context, build, 'The platform restarted while this build ran.');
  }
}

type Tx = Parameters<Parameters<Context['store']['transaction']>[0]>[0];

/** Ends a build within the transaction that makes its release. */
export async function endBuild(
  context: Context,
  tx: Tx,
  build: Build,
  end: { readonly status: BuildStatus } & Partial<Pick<Build, 'failure' | 'slugId' | 'releaseId' | 'buildpacks'>>,
): Promise<void> {
  const ended = await tx.builds.update(build.id, { ...end, updatedAt: context.clock.now() });
  if (ended !== null) await announce(context, tx, ended, 'update');
}

async function announce(context: Context, tx: Tx, build: Build, action: 'create' | 'update'): Promise<void> {
  const { id, appId, status, sourceVersion, failure } = build;
  const data = { id, status, sourceVersion, failure };
  await recordEvent(context, tx, { appId, actorId: build.userId, entity: 'api:build', action, data });
}
