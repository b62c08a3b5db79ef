import type { App, Dyno } from '@jangada/core';

/** A dyno as the API shows it. `attach_url` is present only in the answer that made it. */
export function presentDyno(app: Pick<App, 'id' | 'name'>, dyno: Dyno, attachUrl: string | null = null): object {
  return {
    attach_url: attachUrl,
    command: dyno.command,
    created_at: dyno.createdAt.toISOString(),
    id: dyno.id,
    name: dyno.name,
    release: { id: dyno.releaseId, version: dyno.version },
    app: { id: app.id, name: app.name },
    size: dyno.size,
    state: dyno.state === 'created' ? 'starting' : dyno.state,
    type: dyno.type,
    updated_at: dyno.updatedAt.toISOString(),
  };
}
