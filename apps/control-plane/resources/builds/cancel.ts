import type { Build } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { RunningBuilds } from '../../deploy/running-builds.ts';
import type { AppCall } from '../../http/route.ts';
import { findBuild } from './find.ts';
import { failBuild } from './record.ts';

/** Kills a build at once. Answers when nothing of it is left. Throws `invalid_params` when it is over. */
export async function cancelBuild(call: AppCall, running: RunningBuilds): Promise<Build> {
  const { context } = call;
  const build = await findBuild(call);
  if (build.status !== 'pending') {
    throw new PlatformError('invalid_params', `This build is over: it has ${build.status}.`);
  }
  if (!(await running.cancel(build.id))) await failBuild(context, build, 'The build was cancelled.');
  return findBuild(call);
}
