import { requireReadableSettings } from '@jangada/core';
import type { UpdateConfigVarsRequest } from '@jangada/platform-api/requests';
import { releaseTexts } from '../../changes/api-log.ts';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { appendRelease } from '../releases/append.ts';
import { currentConfigVars, standingRelease } from '../releases/newest.ts';
import { type ConfigVars, describeMerge, mergeConfigVars } from './rules.ts';

/** Sets and unsets config vars in one new release; a change that changes nothing makes none. */
export async function updateConfigVars(call: AppCall<UpdateConfigVarsRequest>): Promise<ConfigVars> {
  const { context, actor, app, body } = call;
  return changeApp(context, actor, app.id, async (change) => {
    const merge = mergeConfigVars(await currentConfigVars(change.tx, app.id), body);
    if (merge.set.length + merge.unset.length === 0) return merge.configVars;
    requireReadableSettings(Object.fromEntries(merge.set.map((key) => [key, merge.configVars[key] ?? ''])));
    const release = await appendRelease(context, change.tx, {
      app: change.app,
      actorId: actor.account.id,
      slugId: (await standingRelease(change.tx, app.id))?.slugId ?? null,
      configVars: merge.configVars,
      description: describeMerge(merge),
    });
    change.log(...releaseTexts(release, actor.account.email));
    return merge.configVars;
  });
}
