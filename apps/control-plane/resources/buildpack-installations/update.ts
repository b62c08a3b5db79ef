import type { BuildpackInstallation } from '@jangada/core';
import type { UpdateBuildpackInstallationsRequest } from '@jangada/platform-api/requests';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { requireBuildpack } from '../buildpack-registry/find.ts';

/** Replaces the ordered list of buildpacks; it counts from the next build on. */
export async function updateBuildpackInstallations({
  context,
  actor,
  app,
  body,
}: AppCall<UpdateBuildpackInstallationsRequest>): Promise<readonly BuildpackInstallation[]> {
  const urls = body.updates.map((update) => update.buildpack.trim());
  const names: string[] = [];
  for (const url of urls) names.push((await requireBuildpack(context, url)).display);
  return changeApp(context, actor, app.id, async ({ tx, event }) => {
    for (const old of await tx.buildpackInstallations.list({ appId: app.id })) {
      await tx.buildpackInstallations.delete(old.id);
    }
    const installations: BuildpackInstallation[] = [];
    for (const [ordinal, url] of urls.entries()) {
      const row = { id: context.ids.uuid(), appId: app.id, ordinal, url };
      installations.push(await tx.buildpackInstallations.insert(row));
    }
    await event('api:buildpack-installation', 'update', { buildpacks: names });
    return installations;
  });
}
