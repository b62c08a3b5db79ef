import { type App, type AppSetup, appUrl } from '@jangada/core';
import type { Context } from '../../context.ts';
import type { Origin } from '../../http/route.ts';
import { outputStreamUrl } from '../output-streams/url.ts';

export async function presentAppSetup(context: Context, origin: Origin, setup: AppSetup): Promise<object> {
  const build = setup.buildId === null ? null : await context.store.rows.builds.get(setup.buildId);
  return {
    id: setup.id,
    app: { id: setup.appId, name: setup.appName },
    build: build && {
      id: build.id,
      status: build.status,
      output_stream_url: outputStreamUrl(context, origin, build.id),
    },
    status: setup.status,
    failure_message: setup.failureMessage,
    manifest_errors: setup.manifestErrors,
    postdeploy: setup.postdeploy && { output: setup.postdeploy.output, exit_code: setup.postdeploy.exitCode },
    resolved_success_url: setup.successUrl,
    created_at: setup.createdAt.toISOString(),
    updated_at: setup.updatedAt.toISOString(),
  };
}

/** Where an app.json's `success_url` leads: the app itself without one. Only web pages count. */
export function successUrl(context: Context, app: App, wanted: string | null): string {
  const home = appUrl(context.settings, app.name);
  if (wanted === null || !URL.canParse(wanted, home)) return home;
  const url = new URL(wanted, home);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : home;
}
