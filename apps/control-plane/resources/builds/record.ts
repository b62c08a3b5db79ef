import type { App, Build, BuildStatus } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Actor } from '../../auth/authenticate.ts';
import { logApi } from '../../changes/api-log.ts';
import { recordEvent } from '../../changes/record-event.ts';
import type { Context } from '../../context.ts';

/** `buildpacks`: to run, in order; empty means they are detected. */
export type NewBuild = Pick<
  Build,
  'sourceVersion' | 'sourceDescription' | 'sourceUrl' | 'sourceChecksum' | 'buildpacks'
>;

/**
 * Writes a build down before it starts; its output can be read from now on. Throws `conflict` while another build of the
 * app runs: the second one is told.
 */
export async function startBuild(context: Context, app: App, actor: Actor, input: NewBuild): Promise<Build> {
  const now = context.clock.now();
  const build = await context.store.transaction(async (tx) => {
    await tx.lock(app.id);
    if ((await tx.builds.count({ appId: app.id, status: 'pending' })) > 0) {
      throw new PlatformError('conflict', `Another build of ${app.name} is running. Push again when it is done.`);
    }
    const row = await tx.builds.insert({
      id: context.ids.uuid(),
      appId: app.id,
      userId: actor.account.id,
      status: 'pending',
      stack: app.buildStack,
      ...input,
      slugId: null,
      releaseId: null,
      failure: null,
      phases: [],
      createdAt: now,
      updatedAt: now,
    });
    await announce(context, tx, row, 'create');
    return row;
  });
  await context.outputs.append(build.id, Buffer.alloc(0)).catch((error: unknown) => {
    context.report('build.output-lost', { streamId: build.id, error: String(error) });
  });
  await logApi(context, app.id, [`Build started by user ${actor.account.email}`]);
  return build;
}

/** Ends a build that made no release. */
export async function failBuild(
  context: Context,
  build: Build,
  failure: string,
  phases: Build['phases'] = [],
): Promise<void> {
  await context.store.transaction((tx) => endBuild(context, tx, build, { status: 'failed', failure, phases }));
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
  end: { readonly status: BuildStatus } & Partial<
    Pick<Build, 'failure' | 'slugId' | 'releaseId' | 'buildpacks' | 'phases'>
  >,
): Promise<void> {
  const ended = await tx.builds.update(build.id, { ...end, updatedAt: context.clock.now() });
  if (ended !== null) await announce(context, tx, ended, 'update');
}

async function announce(context: Context, tx: Tx, build: Build, action: 'create' | 'update'): Promise<void> {
  const { id, appId, status, sourceVersion, failure } = build;
  const data = { id, status, sourceVersion, failure };
  await recordEvent(context, tx, { appId, actorId: build.userId, entity: 'api:build', action, data });
}
