import { createRegistry, type Registry } from '@jangada/registry';
import { authenticate } from '../auth/authenticate.ts';
import { requireApp } from '../auth/require-app.ts';
import { requireScope } from '../auth/scope.ts';
import type { Context } from '../context.ts';
import type { RunningBuilds } from '../deploy/running-builds.ts';
import { requireRoom, requireRoomStill } from '../tidying/require-room.ts';

/** The registry of this installation: whoever may deploy an app pushes its images, whoever may see it pulls them. */
export function openRegistry(context: Context, running: RunningBuilds): Registry {
  const { store, blobs, clock, ids, home, report } = context;
  return createRegistry({
    store,
    blobs,
    clock,
    ids,
    uploadsFolder: home.uploads,
    report,
    async authorize({ app: name, password, pushes }) {
      const actor = await authenticate(context, `Bearer ${password}`);
      if (name === null) return { appId: '' };
      requireScope(actor.authorization.scope, pushes ? 'POST' : 'GET', '/apps/:app/builds');
      const { id: appId } = await requireApp(context, actor, name, pushes ? 'deploy' : 'view');
      return { appId };
    },
    // Blobs are tidied away only while nothing is built.
    whileKept: (appId, work) => running.run({ id: ids.uuid(), appId }, null, work),
    requireRoom: () => requireRoom(context, 'images'),
    requireRoomStill: () => requireRoomStill(context, 'images'),
  });
}
